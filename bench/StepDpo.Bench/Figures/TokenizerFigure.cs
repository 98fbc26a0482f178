using System.Globalization;
using StepDpo.Bench.Contestants;
using StepDpo.Bench.Inputs;

namespace StepDpo.Bench.Figures;

/// <summary>10 MB of text into Qwen2.5's tokens on one thread.</summary>
internal static class TokenizerFigure
{
    private const string Ours = "StepDpo's tokenizer";
    private const string HuggingFaces = "Hugging Face's tokenizers (Rust)";

    /// <summary>Measures it.</summary>
    public static Report Measure(BenchOptions options)
    {
        var folder = Texts.UnpackTokenizer(options.Output);
        var trials = Comparison.Alternate(options.Rounds, [
            Contestant.Ours(HuggingFaces, "tokenizer", "huggingface", folder, "--threads", "1"),
            Contestant.Ours(Ours, "tokenizer", "ours", folder, "--threads", "1"),
        ]);
        var (ours, theirs) = (trials[Ours][0].Tokens, trials[HuggingFaces][0].Tokens);
        return new Report("tokenizer", [
            Report.Compare("10 MB of GSM8K into Qwen2.5's tokens, problem by problem, one thread", Ours, HuggingFaces, trials, string.Create(CultureInfo.InvariantCulture, $"{ours:N0} tokens, theirs {theirs:N0}")),
        ], trials);
    }
}
