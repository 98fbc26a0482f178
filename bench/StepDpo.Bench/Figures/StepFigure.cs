using System.Globalization;
using StepDpo.Bench.Contestants;
using StepDpo.Bench.Inputs;

namespace StepDpo.Bench.Figures;

/// <summary>One optimiser step at Qwen2.5-0.5B's width.</summary>
internal static class StepFigure
{
    private const string Ours = "StepDpo";
    private const string Trl = "baseline.py train (TRL's way on a CPU)";
    private const string TrlOnGpu = "baseline.py train --logits step (TRL's way on a GPU)";
    private const string Strongest = "baseline.py train --logits step --precomputed";

    /// <summary>Measures it.</summary>
    public static Report Measure(BenchOptions options)
    {
        var (folder, pairs) = (Shapes.Folder(options), PairIds.Write(options));
        var threads = options.Threads.ToString(CultureInfo.InvariantCulture);
        var micro = options.MicroBatch.ToString(CultureInfo.InvariantCulture);
        var tokens = (options.MicroBatchTokens ?? 0).ToString(CultureInfo.InvariantCulture);
        var contestants = new List<Contestant> { Of("fast") };
        Contestant Of(string pass) => Contestant.Ours(pass == "fast" ? Ours : Without(pass), ["step", folder, pairs, micro, pass, tokens, "--threads", threads, .. options.OurPlace()]);
        var baselines = new List<string>();
        if (options.Python is { } python)
        {
            void Add(string name, int microBatch, params string[] more)
            {
                baselines.Add(name);
                contestants.Insert(baselines.Count == 1 ? 0 : contestants.Count, Contestant.Baseline(name, python,
                [
                    "train", "--shape", Shapes.ForBaseline(options.Layers), "--weights", Path.Combine(folder, "model.safetensors"), "--pairs", pairs,
                    "--micro-batch", microBatch.ToString(CultureInfo.InvariantCulture), "--threads", threads, "--steps", options.Device == "cpu" ? "1" : "6", "--warm-pairs", "1",
                    .. options.BaselinePlace(), .. more,
                ]));
            }

            foreach (var microBatch in options.BaselineMicroBatches)
            {
                var with = microBatch == options.MicroBatch ? "" : string.Create(CultureInfo.InvariantCulture, $", micro-batch {microBatch}");
                // On a GPU TRL 1.16 scores the completion's positions alone.
                if (options.Device == "cpu") Add(Trl + with, microBatch);
                else Add(TrlOnGpu + with, microBatch, "--logits", "step");
                Add(Strongest + with, microBatch, "--logits", "step", "--precomputed");
            }
        }

        string[] parts = options.Ablation ? [.. TrainingStep.Passes.Keys.Where(pass => pass != "fast")] : [];
        contestants.AddRange(parts.Select(Of));
        var trials = Comparison.Alternate(options.Rounds, contestants);
        var title = string.Create(CultureInfo.InvariantCulture, $"a step of {options.Pairs} pairs{(options.Prefix is { } prefix ? $", prefixes of {prefix} tokens" : "")}, {options.Layers} layers, micro-batch {options.MicroBatch}{(options.MicroBatchTokens is { } most ? $" (ours {most} tokens)" : "")}, {options.Threads} threads, {options.Device}, {options.Precision}");
        return new Report("step", [.. (baselines.Count > 0 ? baselines : [Trl]).Concat(parts.Select(Without)).Select(baseline => Report.Compare(title, Ours, baseline, trials, Notes(baseline, trials, options)))], trials);
    }

    // The run's own way against the same way without one part: what that part gives.
    private static string Without(string pass) => $"StepDpo, {pass}";

    private static string[] Notes(string baseline, IReadOnlyDictionary<string, IReadOnlyList<Trial>> trials, BenchOptions options)
    {
        var ours = trials[Ours][0];
        var notes = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"loss {ours.Losses![0]:F9}; logits and activations {ours.ActivationBytes / 1e9:F2} GB; the reference pass, once a run, {ours.ReferenceCpuSeconds:F1} s of processor time"),
        };
        var rate = ours.Operations!.Value / ours.Seconds.Min() / 1e12;
        notes.Add(string.Create(CultureInfo.InvariantCulture, $"{ours.Operations / 1e12:F2} TFLOP are needed: {rate:F3} a second{(options.PeakTeraflops is { } peak ? $", {(rate / peak).ToString("P1", CultureInfo.InvariantCulture)} of the peak of {peak}" : "")}"));
        if (trials.TryGetValue(baseline, out var found))
        {
            notes.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{baseline}: {found[0].CpuSeconds[0]:F1} s of processor time, loss {found[0].Losses![0]:F9} ({Math.Abs(found[0].Losses![0] - ours.Losses![0]):E1} apart), logits and activations {found[0].ActivationBytes / 1e9:F2} GB ({(double)found[0].ActivationBytes!.Value / ours.ActivationBytes:F2} times ours)"));
        }

        return [.. notes];
    }
}
