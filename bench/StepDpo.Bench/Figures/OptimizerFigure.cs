using System.Globalization;
using StepDpo.Bench.Contestants;

namespace StepDpo.Bench.Figures;

/// <summary>The optimiser alone.</summary>
internal static class OptimizerFigure
{
    private const string Ours = "StepDpo's AdamW";
    private const string TorchSharps = "TorchSharp's AdamW";

    /// <summary>Measures it.</summary>
    public static Report Measure(BenchOptions options)
    {
        var threads = options.Threads.ToString(CultureInfo.InvariantCulture);
        var trials = Comparison.Alternate(options.Rounds, [
            Contestant.Ours(TorchSharps, "optimizer", "torchsharp", "--threads", threads),
            Contestant.Ours(Ours, "optimizer", "ours", "--threads", threads),
        ]);
        var difference = trials.Values.SelectMany(all => all).Max(trial => trial.Difference!.Value);
        return new Report("optimizer", [
            Report.Compare("a step over 288 tensors of 16,384 numbers", Ours, TorchSharps, trials, string.Create(CultureInfo.InvariantCulture, $"largest difference after 101 steps {difference:E1}")),
        ], trials);
    }
}
