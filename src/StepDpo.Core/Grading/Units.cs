using System.Numerics;

namespace StepDpo.Core.Grading;

/// <summary>Units and number words of answers.</summary>
internal static class Units
{
    private static readonly Dictionary<string, string> Names = new()
    {
        ["feet"] = "foot",
        ["ft"] = "foot",
        ["inches"] = "inch",
        ["in"] = "inch",
        ["dollar"] = "",
        ["degree"] = "",
        ["unit"] = "",
        ["cm"] = "centimeter",
        ["m"] = "meter",
        ["km"] = "kilometer",
        ["mm"] = "millimeter",
        ["kg"] = "kilogram",
        ["g"] = "gram",
        ["hr"] = "hour",
        ["min"] = "minute",
        ["sec"] = "second",
        ["s"] = "second",
        ["mph"] = "miles/hour",
        ["lb"] = "pound",
        ["oz"] = "ounce",
    };

    /// <summary>The unit that these words name, one name a unit; null where they name none (degrees, dollars).</summary>
    public static string? Name(ReadOnlySpan<AnswerToken> tokens)
    {
        var words = new List<string>();
        foreach (var token in tokens) words.Add(Singular(token.Text.ToLowerInvariant().Replace(" ", "", StringComparison.Ordinal)));
        return string.Concat(words) is { Length: > 0 } name ? name : null;
    }

    /// <summary>What a number word multiplies by, such as <c>million</c>; null for other words.</summary>
    public static Rational? Scale(string word) => word.ToLowerInvariant() switch
    {
        "hundred" => new(100, 1),
        "thousand" => new(1000, 1),
        "million" => new(1_000_000, 1),
        "billion" => new(BigInteger.Pow(10, 9), 1),
        "trillion" => new(BigInteger.Pow(10, 12), 1),
        _ => null,
    };

    private static string Singular(string word)
    {
        if (Names.TryGetValue(word, out var name)) return name;
        var singular = word.Length > 3 && word.EndsWith('s') ? word[..^1] : word;
        return Names.GetValueOrDefault(singular, singular);
    }
}
