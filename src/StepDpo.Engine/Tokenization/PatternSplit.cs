using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace StepDpo.Engine.Tokenization;

/// <summary>
/// Cuts text at the matches of a tokenizer's regular expression; what lies between matches is a piece too (<c>Isolated</c>).
/// The expressions count in code points, .NET's in UTF-16 units; so a code point beyond U+FFFF is shown to the expression as a
/// character of the same general category.
/// </summary>
internal sealed class PatternSplit
{
    // One character of the basic plane for each category, none of which any published pattern names literally.
    private static readonly Dictionary<UnicodeCategory, char> StandIns = new[]
    {
        '\u00C0', '\u00E0', '\u01C5', '\u02B0', '\u00AA', '\u0300', '\u0903', '\u0488', '\u0660', '\u2160', '\u00B2', '\u203F', '\u2010', '\u2045',
        '\u2046', '\u00AB', '\u00BB', '\u00A1', '\u00AC', '\u00A2', '\u00A8', '\u00A6', '\u00AD', '\uE000', '\u0378',
    }.ToDictionary(CharUnicodeInfo.GetUnicodeCategory);

    private readonly Regex _pattern;
    private readonly bool _foldsLongS;

    /// <summary>Compiles an expression in Oniguruma's syntax, of which the published tokenizers use only what .NET has as well.</summary>
    /// <exception cref="ArgumentException">.NET does not read it, or it names code points beyond U+FFFF.</exception>
    public PatternSplit(string pattern)
    {
        if (pattern.Any(char.IsSurrogate)) throw new ArgumentException("it names code points beyond U+FFFF");
        _pattern = new Regex(pattern, RegexOptions.CultureInvariant);
        _foldsLongS = pattern.Contains("(?i", StringComparison.Ordinal);
    }

    /// <summary>The pieces; joined they give the text.</summary>
    public IEnumerable<string> Split(string text)
    {
        var (shown, offsets) = Show(text);
        var done = 0;
        for (var match = _pattern.Match(shown); match.Success; match = match.NextMatch())
        {
            if (match.Length == 0) continue;
            var (start, end) = (offsets?[match.Index] ?? match.Index, offsets?[match.Index + match.Length] ?? match.Index + match.Length);
            if (start > done) yield return text[done..start];
            yield return text[start..end];
            done = end;
        }

        if (done < text.Length) yield return text[done..];
    }

    // What the expression sees, and where each of its characters begins in the text (null: at the same place).
    private (string Shown, int[]? Offsets) Show(string text)
    {
        // Oniguruma folds the long s to s where case is ignored; .NET does not.
        if (_foldsLongS) text = text.Replace('\u017F', 's');
        if (!text.Any(char.IsSurrogate)) return (text, null);

        var shown = new StringBuilder(text.Length);
        var offsets = new List<int>(text.Length + 1);
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            offsets.Add(at);
            shown.Append(rune.IsBmp ? (char)rune.Value : StandIns[Rune.GetUnicodeCategory(rune)]);
            at += rune.Utf16SequenceLength;
        }

        offsets.Add(at);
        return (shown.ToString(), [.. offsets]);
    }
}
