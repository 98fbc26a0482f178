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

    /// <summary>Whether that step is whole: where the text was cut off within it, it can be no winning step.</summary>
    public static bool IsWhole(string continuation, FinishReason finish) =>
        finish == FinishReason.Stop || continuation.Contains(StepSplit.Boundary, StringComparison.Ordinal);
}
