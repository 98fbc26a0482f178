using System.Text.RegularExpressions;

namespace StepDpo.Engine.Tokenization;

/// <summary>A token that is found in a text before anything else is done with it, such as <c>&lt;|im_start|&gt;</c>.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="Special">It steers the model and is no text: left out by <c>Decode(ids, skipSpecial: true)</c>.</param>
/// <param name="Normalized">It is looked for in the normalised text, not in the raw one.</param>
internal sealed record AddedToken(int Id, string Content, bool Special, bool Normalized);

/// <summary>Cuts text at added tokens: the leftmost match, of several there the longest.</summary>
internal sealed class AddedTokens
{
    private readonly Dictionary<string, int> _ids;
    private readonly Regex? _pattern;

    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        _ids = tokens.DistinctBy(token => token.Content, StringComparer.Ordinal).ToDictionary(token => token.Content, token => token.Id, StringComparer.Ordinal);
        var alternatives = _ids.Keys.OrderByDescending(content => content.Length).Select(Regex.Escape);
        if (_ids.Count > 0) _pattern = new Regex(string.Join('|', alternatives), RegexOptions.CultureInvariant);
    }

    /// <summary>The parts in order: an added token's id, or text between them (never empty).</summary>
    public IEnumerable<(string Text, int? Id)> Split(string text)
    {
        var done = 0;
        for (var match = _pattern?.Match(text); match is { Success: true }; match = match.NextMatch())
        {
            if (match.Index > done) yield return (text[done..match.Index], null);
            yield return (match.Value, _ids[match.Value]);
            done = match.Index + match.Length;
        }

        if (done < text.Length) yield return (text[done..], null);
    }
}
