using System.Text;

namespace StepDpo.Contracts.Prompts.Jinja;

/// <summary>What a piece of a template is.</summary>
internal enum JinjaPieceKind
{
    /// <summary>Text that is written as it stands.</summary>
    Text,

    /// <summary><c>{{ ... }}</c></summary>
    Output,

    /// <summary><c>{% ... %}</c></summary>
    Block,
}

/// <summary>A word of a tag.</summary>
/// <param name="Kind"><c>n</c> a name, <c>i</c> a number, <c>s</c> a string, <c>o</c> a sign.</param>
/// <param name="Text">The name, digits, the string's value, or the sign.</param>
internal sealed record JinjaToken(char Kind, string Text);

/// <summary>A piece of a template.</summary>
internal sealed record JinjaPiece(JinjaPieceKind Kind, string Text, IReadOnlyList<JinjaToken> Tokens, int Line);

/// <summary>
/// Cuts a template into text and tags. Whitespace goes as transformers lets it go: <c>trim_blocks</c> and <c>lstrip_blocks</c> are on,
/// <c>-</c> in a tag takes all of its side, and the last line break of a template is none.
/// </summary>
internal sealed class JinjaLexer
{
    private const int LongestTemplate = 200_000;

    // What is chained in a tag is computed one within the other.
    private const int MostTokens = 1000;

    private static readonly string[] Signs = ["==", "!=", "<=", ">=", "//", "(", ")", "[", "]", ",", ".", ":", "|", "+", "-", "*", "%", "~", "<", ">", "="];

    private readonly string _source;
    private readonly List<JinjaPiece> _pieces = [];
    private int _at;

    private JinjaLexer(string source) => _source = source;

    /// <summary>Cuts a template.</summary>
    /// <exception cref="InvalidDataException">A tag does not end, or holds what no tag holds.</exception>
    public static IReadOnlyList<JinjaPiece> Cut(string template)
    {
        if (template.Length > LongestTemplate) throw new InvalidDataException($"line 1: found {template.Length} characters, wanted at most {LongestTemplate}");
        var source = template.ReplaceLineEndings("\n");
        var lexer = new JinjaLexer(source.EndsWith('\n') ? source[..^1] : source);
        lexer.Cut();
        return lexer._pieces;
    }

    private int Line => 1 + _source.AsSpan(0, Math.Min(_at, _source.Length)).Count('\n');

    private void Cut()
    {
        var (startsLine, trims) = (true, false);
        while (true)
        {
            var open = NextTag();
            var text = _source[_at..open];
            if (trims) text = text.TrimStart();
            var isEnd = open >= _source.Length;
            var kind = isEnd ? ' ' : _source[open + 1];
            var mark = open + 2 < _source.Length ? _source[open + 2] : ' ';
            if (!isEnd && mark == '-') text = text.TrimEnd();
            else if (kind is '%' or '#' && mark != '+') text = WithoutIndent(text, startsLine);
            if (text.Length > 0) _pieces.Add(new(JinjaPieceKind.Text, text, [], Line));
            if (isEnd) return;

            _at = open + 2 + (mark is '-' or '+' ? 1 : 0);
            trims = kind == '#' ? SkipComment() : ReadTag(kind);
            startsLine = false;
            if (!trims && kind is '%' or '#' && _at < _source.Length && _source[_at] == '\n')
            {
                _at++;
                startsLine = true;
            }
        }
    }

    private int NextTag()
    {
        for (var at = _source.IndexOf('{', _at); at >= 0 && at + 1 < _source.Length; at = _source.IndexOf('{', at + 1))
        {
            if (_source[at + 1] is '{' or '%' or '#') return at;
        }

        return _source.Length;
    }

    private static string WithoutIndent(string text, bool startsLine)
    {
        var start = text.LastIndexOf('\n') + 1;
        return (start > 0 || startsLine) && text.AsSpan(start).Trim(" \t").IsEmpty ? text[..start] : text;
    }

    private bool SkipComment()
    {
        var end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0) throw new InvalidDataException($"line {Line}: found a comment without an end, wanted #}}");
        _at = end + 2;
        return _source[end - 1] == '-';
    }

    // Whether it ends with a minus.
    private bool ReadTag(char kind)
    {
        var (line, tokens, end) = (Line, new List<JinjaToken>(), kind == '{' ? "}}" : "%}");
        while (true)
        {
            while (_at < _source.Length && char.IsWhiteSpace(_source[_at])) _at++;
            if (_at >= _source.Length) throw new InvalidDataException($"line {line}: found a tag without an end, wanted {end}");
            var minus = Stands("-" + end);
            if (minus || Stands(end))
            {
                _at += end.Length + (minus ? 1 : 0);
                _pieces.Add(new(kind == '{' ? JinjaPieceKind.Output : JinjaPieceKind.Block, "", tokens, line));
                return minus;
            }

            if (tokens.Count == MostTokens) throw new InvalidDataException($"line {line}: found more than {MostTokens} words in a tag, wanted fewer");
            tokens.Add(ReadToken());
        }
    }

    private JinjaToken ReadToken()
    {
        var c = _source[_at];
        if (c is '\'' or '"') return new('s', ReadString(c));
        var start = _at;
        if (char.IsAsciiLetter(c) || c == '_')
        {
            while (_at < _source.Length && (char.IsAsciiLetterOrDigit(_source[_at]) || _source[_at] == '_')) _at++;
            return new('n', _source[start.._at]);
        }

        if (char.IsAsciiDigit(c))
        {
            while (_at < _source.Length && char.IsAsciiDigit(_source[_at])) _at++;
            return new('i', _source[start.._at]);
        }

        var sign = Array.Find(Signs, Stands) ?? throw new InvalidDataException($"line {Line}: found {c}, wanted a name, a number, a string or a sign such as + or (");
        _at += sign.Length;
        return new('o', sign);
    }

    private string ReadString(char quote)
    {
        var (text, line) = (new StringBuilder(), Line);
        for (_at++; _at < _source.Length && _source[_at] != quote; _at++)
        {
            if (_source[_at] != '\\' || _at + 1 >= _source.Length)
            {
                text.Append(_source[_at]);
                continue;
            }

            var escaped = _source[++_at];
            // As Python: an escape that it does not know stays as written.
            text.Append(escaped switch { 'n' => "\n", 't' => "\t", 'r' => "\r", '\\' or '\'' or '"' => escaped.ToString(), '\n' => "", _ => $"\\{escaped}" });
        }

        if (_at >= _source.Length) throw new InvalidDataException($"line {line}: found a string without an end, wanted {quote}");
        _at++;
        return text.ToString();
    }

    private bool Stands(string text) => string.CompareOrdinal(_source, _at, text, 0, text.Length) == 0;
}
