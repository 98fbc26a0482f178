using System.Globalization;
using StepDpo.Bench.Contestants;
using StepDpo.Bench.Inputs;
using StepDpo.Engine.Checkpoints.Gguf;
using StepDpo.Engine.Devices;

namespace StepDpo.Bench.Figures;

/// <summary>SmolLM2-135M's tokens a second: a real model, no baseline.</summary>
internal static class SmolLm2Figure
{
    private const string Ours = "StepDpo, SmolLM2-135M-Instruct in fp32";

    /// <summary>Measures it.</summary>
    public static Report Measure(BenchOptions options)
    {
        var folder = Path.Combine(options.Output, "smollm2-135m-instruct");
        if (!Directory.Exists(folder))
        {
            LibTorch.Load(options.Threads);
            GgufImport.Run(Repository.SmolLm2, folder);
        }

        string Words(int number) => number.ToString(CultureInfo.InvariantCulture);
        var trials = Comparison.Alternate(options.Rounds, [
            Contestant.Ours(Ours, "sample", folder, folder, Words(options.Prompts), "250", Words(options.Samples), Words(options.NewTokens[0]), "--threads", Words(options.Threads)),
        ]);
        var rates = Spread.Of(trials[Ours].Select(trial => trial.Tokens!.Value / trial.Seconds[0]));
        return new Report("smollm2", [
            Report.Compare($"{options.Samples} continuations of each of {options.Prompts} prompts of 250 tokens, {options.NewTokens[0]} new tokens", Ours, null, trials, string.Create(CultureInfo.InvariantCulture, $"{rates.Median:F0} tokens a second ({rates.Lowest:F0} to {rates.Highest:F0})")),
        ], trials);
    }
}
