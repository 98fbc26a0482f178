using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using StepDpo.Bench.Contestants;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Checkpoints.Safetensors;
using StepDpo.Engine.Devices;
using StepDpo.Engine.Examples;
using StepDpo.Engine.Scoring;
using static TorchSharp.torch;

namespace StepDpo.Bench;

/// <summary>
/// <c>goldens</c>: log-probabilities, loss and every gradient of eight real pairs, computed where a run would compute them, against
/// a reference implementation's in float64. Model and numbers travel with this program (<c>bench/goldens</c>).
/// </summary>
internal static class GoldensVerb
{
    /// <summary>The verb; exit code 1 where a number is out of tolerance.</summary>
    public static Command Create()
    {
        var device = new Option<string?>("--device");
        var precision = new Option<Precision?>("--precision");
        var verb = new Command("goldens", "Holds log-probabilities, loss and gradients of this machine against a reference implementation's.") { device, precision };
        verb.SetAction(parsed =>
        {
            LibTorch.Load();
            var place = Place.Of(parsed.GetValue(device), parsed.GetValue(precision));
            var passes = new Dictionary<string, ScoringPass>
            {
                ["the plain pass"] = SequencePass.Of,
                ["the fast pass"] = TreePass.Of,
                ["the fast pass, a layer at a time"] = TreePass.With(new TreePassOptions { SegmentLayers = 1 }),
            };
            return passes.Count(pass => !Holds(place, pass.Key, pass.Value)) == 0 ? 0 : 1;
        });
        return verb;
    }

    private static bool Holds(Place place, string name, ScoringPass pass)
    {
        using var scope = NewDisposeScope();
        var goldens = Path.Combine(AppContext.BaseDirectory, "goldens");
        var golden = JsonSerializer.Deserialize<Golden>(File.ReadAllText(Path.Combine(goldens, "pairs.json")), JsonSerializerOptions.Web)!;
        using var model = HuggingFaceFolder.Load(Path.Combine(goldens, "model"), place.Dtype, place.Device);
        model.SetTrainable(true);
        var scores = pass(model, [.. golden.Pairs.Select(pair => new AnswerTokens(pair.Prompt, pair.Chosen))], [.. golden.Pairs.Select(pair => new AnswerTokens(pair.Prompt, pair.Rejected))]);
        Tensor Column(Func<GoldenPair, double> value) => tensor(golden.Pairs.Select(value).ToArray(), device: place.Device);
        var margin = scores.Chosen - scores.Rejected! - Column(pair => pair.ReferenceChosen - pair.ReferenceRejected);
        var loss = -nn.functional.logsigmoid(margin * golden.Beta).mean();
        loss.backward();
        scores.Backward();

        // fp32: the goldens' own tolerances. bf16 keeps 8 bits of each number; on a CPU the plain pass is off by 2e-3 of a sum's size,
        // 0.12 in the loss (beta times sums near -110) and 7 % of the largest gradient. Twice that is allowed, and more for the sums.
        var isNarrow = place.Dtype == ScalarType.BFloat16;
        var wanted = cat([Column(pair => pair.PolicyChosen), Column(pair => pair.PolicyRejected)]);
        var found = cat([scores.Chosen, scores.Rejected!]).detach();
        var sums = isNarrow ? ((found - wanted) / wanted).abs().max().item<double>() : (found - wanted).abs().max().item<double>();
        using var file = SafetensorsFile.Open(Path.Combine(goldens, "gradients.safetensors"));
        var gradients = model.NamedParameters().Select(item => (Found: item.Parameter.grad!.to(ScalarType.Float64, CPU), Wanted: file.Read(item.Name).to_type(ScalarType.Float64))).ToList();
        var largest = gradients.Max(item => item.Wanted.abs().max().item<double>());
        var gradient = gradients.Max(item => (item.Found - item.Wanted).abs().max().item<double>());
        var offLoss = Math.Abs(loss.item<double>() - golden.Loss);
        var (sumTolerance, lossTolerance, gradientTolerance) = isNarrow ? (1e-2, 0.25, 0.15 * largest) : (5e-4, 5e-4 + (1e-4 * golden.Loss), 5e-5 + (1e-4 * largest));
        var holds = sums <= sumTolerance && offLoss <= lossTolerance && gradient <= gradientTolerance;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"goldens, {place.Device}, {place.Dtype}, {name}: {(holds ? "hold" : "DO NOT HOLD")}: log-probabilities {sums:E1} off{(isNarrow ? " of their size" : "")} ({sumTolerance:E1} allowed), loss {offLoss:E1} ({lossTolerance:E1}), gradients {gradient:E1} ({gradientTolerance:E1}; the largest is {largest:F2})"));
        return holds;
    }

    private sealed record Golden(double Loss, double Beta, IReadOnlyList<GoldenPair> Pairs);

    private sealed record GoldenPair(int[] Prompt, int[] Chosen, int[] Rejected, double PolicyChosen, double PolicyRejected, double ReferenceChosen, double ReferenceRejected);
}
