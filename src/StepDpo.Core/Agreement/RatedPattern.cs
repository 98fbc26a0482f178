namespace StepDpo.Core.Agreement;

/// <summary>
/// What the judges of a solution said, and how many solutions got just these words. Every figure of agreement is a sum over
/// patterns, so a million judgements are a few hundred rows.
/// </summary>
/// <param name="Values">One value a judge, in the order in which they were stored: k, or 0 for "no error". "Cannot judge" is no value: it is missing.</param>
/// <param name="Count">How many solutions.</param>
public readonly record struct RatedPattern(IReadOnlyList<int> Values, long Count)
{
    /// <summary>The value that stands for "no error".</summary>
    public const int NoError = 0;

    /// <summary>The same with "no error" and "an error at any step" alone.</summary>
    public RatedPattern HasError() => this with { Values = [.. Values.Select(value => value == NoError ? 0 : 1)] };
}
