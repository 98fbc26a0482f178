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

    // A piece of a megabyte takes milliseconds, and an expression made to try every way of reading a text takes centuries.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string _where;
    private readonly Regex _pattern;
    private readonly bool _foldsLongS;

    /// <summary>
    /// Compiles an expression in Oniguruma's syntax, of which the published tokenizers use only what .NET has as well. It is a
    /// stranger's, so it runs under a time limit: .NET's engine without backtracking knows no looking around, which GPT-2's, Qwen's
    /// and Llama's expressions need, and allocates megabytes for a class of characters.
    /// </summary>
    /// <param name="pattern">The expression.</param>
    /// <param name="where">File and field that it stands in, for messages.</param>
    /// <param name="patience">How long the search for one piece may take; null: 10 s.</param>
    /// <exception cref="InvalidDataException">.NET does not read it, or it names code points beyond U+FFFF.</exception>
    public PatternSplit(string pattern, string where, TimeSpan? patience = null)
    {
        _where = where;
        _foldsLongS = pattern.Contains("(?i", StringComparison.Ordinal);
        try
        {
            if (pattern.Any(char.IsSurrogate)) throw new ArgumentException("it names code points beyond U+FFFF");
            _pattern = new Regex(pattern, RegexOptions.CultureInvariant, patience ?? Patience);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{where}: found an expression that is not understood ({e.Message}), wanted one that .NET understands", e);
        }
    }

    /// <summary>The pieces; joined they give the text.</summary>
    /// <exception cref="InvalidDataException">The search for one piece took too long.</exception>
    public IEnumerable<string> Split(string text)
    {
        var (shown, offsets) = Show(text);
        var done = 0;
        for (var match = Search(() => _pattern.Match(shown)); match.Success; match = Search(match.NextMatch))
        {
            if (match.Length == 0) continue;
            var (start, end) = (offsets?[match.Index] ?? match.Index, offsets?[match.Index + match.Length] ?? match.Index + match.Length);
            if (start > done) yield return text[done..start];
            yield return text[start..end];
            done = end;
        }

        if (done < text.Length) yield return text[done..];
    }

    private Match Search(Func<Match> next)
    {
        try
        {
            return next();
        }
        catch (RegexMatchTimeoutException e)
        {
            var shown = e.Pattern.Length > 100 ? e.Pattern[..100] + "…" : e.Pattern;
            throw new InvalidDataException($"{_where}: found {shown}, which searched for one piece of a text of {e.Input.Length} characters for more than {e.MatchTimeout.TotalSeconds:0.##} s; wanted an expression that does not try every way of reading it", e);
        }
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
