using StepDpo.Contracts;

namespace StepDpo.Core.Data;

/// <summary>Checks of what people type.</summary>
public static class Words
{
    /// <summary>The trimmed text, or a refusal that names the field: it must hold 1 to <paramref name="longest"/> characters and no U+0000, which PostgreSQL cannot hold.</summary>
    public static Outcome<string> Needed(string field, Sentence name, string? text, int longest)
    {
        var words = text?.Trim() ?? "";
        if (words.Length == 0) return Refusal.Invalid(field, $"{name} is missing.");
        return Checked(field, name, words, longest);
    }

    /// <summary>The same for a text that may be empty.</summary>
    public static Outcome<string> Optional(string field, Sentence name, string? text, int longest) => Checked(field, name, text?.Trim() ?? "", longest);

    private static Outcome<string> Checked(string field, Sentence name, string words, int longest)
    {
        if (words.Contains('\0', StringComparison.Ordinal)) return Refusal.Invalid(field, $"{name} holds the character U+0000, which cannot be stored.");
        return words.Length > longest ? Refusal.Invalid(field, $"{name} may hold {longest} characters; found {words.Length}.") : words;
    }
}
