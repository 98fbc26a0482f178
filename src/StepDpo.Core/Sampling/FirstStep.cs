using StepDpo.Contracts.Completions;

namespace StepDpo.Core.Sampling;

/// <summary>
/// The candidate for a winning step: a continuation up to the next <c>\nStep </c>, as sampled, with its leading space
/// (Step-DPO, <c>generate_dataset.py</c>).
/// </summary>
public static class FirstStep
{
    /// <summary>The first step of a text that continues a prefix ending in <c>Step k:</c>.</summary>
    public static string Of(string continuation)
    {
        var end = continuation.IndexOf(StepSplit.Boundary, StringComparison.Ordinal);
        return end < 0 ? continuation : continuation[..end];
    }

    /// <summary>
    /// Its words with every run of blanks made one: two steps that people read alike are one candidate, though the texts are kept as sampled.
    /// </summary>
    public static string Words(string step) => string.Join(' ', step.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Sum of the log-probabilities of its tokens, by where each begins in the text; null where the endpoint does not say.</summary>
    public static double? LogProbabilitySum(CompletionChoice continuation)
    {
        if (continuation.Logprobs is not { } tokens || tokens.TokenLogprobs.Count == 0 || tokens.TextOffset.Count != tokens.TokenLogprobs.Count) return null;
        var end = Of(continuation.Text).Length;
        var start = tokens.TextOffset[0]; // vLLM counts from the prompt's beginning
        var sum = tokens.TokenLogprobs.Where((_, i) => tokens.TextOffset[i] - start < end).Sum(value => value ?? 0);
        return double.IsFinite(sum) ? sum : null;
    }

    /// <summary>Whether that step is whole: where the text was cut off within it, it can be no winning step.</summary>
    public static bool IsWhole(string continuation, FinishReason finish) =>
        finish == FinishReason.Stop || continuation.Contains(StepSplit.Boundary, StringComparison.Ordinal);
}
