using StepDpo.Core.Problems;

namespace StepDpo.Web.Problems;

/// <summary>Splits in words: the same on every page.</summary>
public static class SplitWords
{
    /// <summary>"Pool", "Test".</summary>
    public static string Of(Split split) => split switch
    {
        Split.Pool => T("Pool"),
        Split.Validation => T("Validation"),
        Split.Test => T("Test"),
        Split.Gold => T("Gold"),
        _ => throw new ArgumentOutOfRangeException(nameof(split), split, "found no words"),
    };
}
