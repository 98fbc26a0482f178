using System.CommandLine;
using System.Text.Json;
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
        var kinds = new Dictionary<string, Func<string[], Trial>>
        {
            ["step"] = TrainingStep.Run,
            ["optimizer"] = OptimizerSteps.Run,
            ["sample"] = Sampling.Run,
            ["tokenizer"] = Encoding.Run,
        };
        var kind = new Argument<string>("KIND");
        var threads = new Option<int>("--threads") { Required = true };
        var rest = new Argument<string[]>("REST") { Arity = ArgumentArity.ZeroOrMore };
        var verb = new Command(Name, "One turn of a measurement.") { kind, rest, threads };
        verb.Hidden = true;
        verb.SetAction(parsed =>
        {
            LibTorch.Load(parsed.GetValue(threads));
            Console.WriteLine(JsonSerializer.Serialize(kinds[parsed.GetValue(kind)!](parsed.GetValue(rest)!), Trial.Json));
        });
        return verb;
    }
}
