using System.Globalization;

namespace StepDpo.Core.Accounts;

/// <summary>Something a key does on a work page.</summary>
/// <param name="Key">The key that the page gives it; also its name in code and storage.</param>
/// <param name="Words">What it does.</param>
public sealed record WorkKey(string Key, string Words);

/// <summary>The keys of the work pages that people may put elsewhere. Digits, Enter, Escape, Tab, space and the arrows stay where they are.</summary>
public static class WorkKeys
{
    /// <summary>The annotate page.</summary>
    public const string Annotate = "annotate";

    private static readonly Dictionary<string, IReadOnlyList<WorkKey>> Pages = new(StringComparer.Ordinal)
    {
        [Annotate] =
        [
            new("e", "Equivalent answer"), new("w", "Wrong reference"), new("b", "Bad problem"), new("s", "Bad step split"), new("c", "Cannot judge"),
            new("j", "Next step"), new("k", "Step before"), new("x", "Mark the step in focus"), new("n", "Neutral"), new("t", "Note"),
            new("f", "Ask the lead"), new("u", "Undo"), new("p", "Put aside, for others"), new("v", "Look again, with the suggestion"), new("m", "Keep mine, not the suggestion"),
            new("h", "Next number, everywhere"), new("H", "Next word, everywhere"), new("r", "Text as it was written"), new("l", "Copy the step as LaTeX"), new("=", "Calculate"),
            new("i", "Guidelines"), new("?", "Keys"), new("g", "Go to: a annotate, r review, d disputes, h home"),
        ],
    };

    /// <summary>The page's keys in the order of its key sheet; none for a page without.</summary>
    public static IReadOnlyList<WorkKey> Of(string page) => Pages.GetValueOrDefault(page, []);

    /// <summary>Whether a key can be had for something else: one visible character that is no digit.</summary>
    public static bool IsFree(string key) =>
        key.Length is > 0 and <= 8 && new StringInfo(key).LengthInTextElements == 1 && !key.Any(char.IsDigit) && !key.Any(char.IsControl) && !char.IsWhiteSpace(key[0]);
}
