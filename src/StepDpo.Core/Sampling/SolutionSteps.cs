using System.Text.RegularExpressions;

namespace StepDpo.Core.Sampling;

/// <summary>
/// A solution seen as steps: the words of step k, and what follows from there on. Offsets point into the sampled text, which
/// is never changed. k counts from 1, by position; labels that a model misnumbers do not matter.
/// </summary>
/// <param name="firstStep">The start of step 1 as the prompt held it: <c>Step 1: </c> or <c>Step 1:</c>.</param>
/// <param name="text">The sampled text.</param>
/// <param name="offsets">Of <see cref="StepSplit.Offsets"/> for this text.</param>
public sealed partial class SolutionSteps(string firstStep, string text, int[] offsets)
{
    /// <summary>Splits a text at once.</summary>
    public SolutionSteps(string firstStep, string text) : this(firstStep, text, StepSplit.Offsets(text))
    {
    }

    /// <summary>Number of steps, at least 1.</summary>
    public int Count => offsets.Length;

    /// <summary>Step k as a reader sees it, with its label: <c>Step 2: She has 9 eggs.</c></summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no step k.</exception>
    public string Labelled(int k) => k == 1 ? firstStep + text[..End(1)] : text[Start(k)..End(k)];

    /// <summary>The words of step k: what follows <c>Step k:</c>, with the space that the model (or, in step 1, the prompt) put there.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no step k.</exception>
    public string Words(int k) => LeadingSpace(k) + text[Body(k)..End(k)];

    /// <summary>The words of step k and all that follows them: <c>full_rejected</c> of the data set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no step k.</exception>
    public string From(int k) => LeadingSpace(k) + text[Body(k)..];

    /// <summary>What stands before step k in the sampled text, with the line break before its label; empty for step 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no step k.</exception>
    public string Before(int k) => text[..Start(k)];

    private int Start(int k) => k >= 1 && k <= offsets.Length
        ? offsets[k - 1]
        : throw new ArgumentOutOfRangeException(nameof(k), k, $"found step {k}, wanted 1 to {offsets.Length}");

    private int End(int k) => Start(k) >= 0 && k < offsets.Length ? offsets[k] - 1 : text.Length;

    private string LeadingSpace(int k) => k == 1 ? firstStep[firstStep.TrimEnd(' ').Length..] : "";

    // A line such as "Step by step, we ..." begins a step as well (the rule looks at "\nStep " alone); only the word is its label.
    private int Body(int k) => k == 1 ? 0 : Start(k) + Label().Match(text, Start(k), End(k) - Start(k)).Length;

    [GeneratedRegex(@"\GStep(?: [0-9]+:)?")]
    private static partial Regex Label();
}
