using System.Globalization;
using System.Text.Json;
using StepDpo.Bench.Contestants;
using StepDpo.Bench.Inputs;

namespace StepDpo.Bench.Figures;

/// <summary>Continuations at Qwen2.5-0.5B's width; several numbers of new tokens give the curve.</summary>
internal static class SampleFigure
{
    private const int PromptLength = 250;
    private const string Ours = "StepDpo";
    private const string Generate = "baseline.py sample (generate()'s way)";

    /// <summary>Measures it.</summary>
    public static Report Measure(BenchOptions options)
    {
        var folder = Shapes.Folder(options, lastNorm: 7);
        var (figures, all) = (new List<Figure>(), new Dictionary<string, IReadOnlyList<Trial>>());
        foreach (var newTokens in options.NewTokens)
        {
            var trials = Comparison.Alternate(options.Rounds, [.. Contestants(options, folder, newTokens)]);
            var title = string.Create(CultureInfo.InvariantCulture, $"{options.Samples} continuations of each of {options.Prompts} prompts of {PromptLength} tokens, {newTokens} new tokens, {options.Layers} layers, {options.Threads} threads, {options.Device}, {options.Precision}");
            var rate = string.Create(CultureInfo.InvariantCulture, $"{Spread.Of(trials[Ours].Select(trial => trial.Tokens!.Value / trial.Seconds[0])).Median:F0} tokens a second");
            figures.Add(Report.Compare(title, Ours, Generate, trials, rate));
            foreach (var (name, own) in trials) all[$"{newTokens} new tokens: {name}"] = own;
        }

        return new Report("sample", figures, all);
    }

    private static IEnumerable<Contestant> Contestants(BenchOptions options, string folder, int newTokens)
    {
        string Words(int number) => number.ToString(CultureInfo.InvariantCulture);
        if (options.Python is { } python)
        {
            // All rows in one batch: its best.
            yield return Contestant.Baseline(Generate, python, [
                "sample", "--shape", Shapes.ForBaseline(options.Layers), "--weights", Path.Combine(folder, "model.safetensors"),
                "--lengths", JsonSerializer.Serialize(Enumerable.Repeat(PromptLength, options.Prompts)), "--n", Words(options.Samples),
                "--micro-batch", Words(options.Prompts * options.Samples), "--new-tokens", Words(newTokens), "--threads", Words(options.Threads), "--steps", "1", .. options.BaselinePlace()]);
        }

        yield return Contestant.Ours(Ours, ["sample", folder, Repository.NanoModel, Words(options.Prompts), Words(PromptLength), Words(options.Samples), Words(newTokens), "--threads", Words(options.Threads), .. options.OurPlace()]);
    }
}
