using System.CommandLine;
using System.Text.Json;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Devices;

namespace StepDpo.Bench.Contestants;

/// <summary><c>contestant KIND</c>: one turn of ours in a process of its own; prints one line of JSON.</summary>
internal static class ContestantVerb
{
    /// <summary>Its name on the command line.</summary>
    public const string Name = "contestant";

    /// <summary>The verb, which people have no use for.</summary>
    public static Command Create()
    {
        var kinds = new Dictionary<string, Func<string[], Place, Trial>>
        {
            ["step"] = TrainingStep.Run,
            ["optimizer"] = (arguments, _) => OptimizerSteps.Run(arguments),
            ["sample"] = Sampling.Run,
            ["tokenizer"] = (arguments, _) => Encoding.Run(arguments),
        };
        var kind = new Argument<string>("KIND");
        var threads = new Option<int>("--threads") { Required = true };
        var device = new Option<string>("--device") { DefaultValueFactory = _ => "cpu" };
        var precision = new Option<Precision?>("--precision");
        var rest = new Argument<string[]>("REST") { Arity = ArgumentArity.ZeroOrMore };
        var verb = new Command(Name, "One turn of a measurement.") { kind, rest, threads, device, precision };
        verb.Hidden = true;
        verb.SetAction(parsed =>
        {
            LibTorch.Load(parsed.GetValue(threads));
            var place = Place.Of(parsed.GetValue(device), parsed.GetValue(precision));
            Console.WriteLine(JsonSerializer.Serialize(kinds[parsed.GetValue(kind)!](parsed.GetValue(rest)!, place), Trial.Json));
        });
        return verb;
    }
}
