using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace StepDpo.Web.Tests.Languages;

/// <summary>The little of C# and Razor that the tests of the catalogues must understand: literals, brackets, arguments, expressions in markup.</summary>
internal static partial class Lexer
{
    /// <summary>The end of the string literal whose quote is at <paramref name="at"/>; holes of an interpolated one may hold strings.</summary>
    public static int EndOfString(string text, int at)
    {
        var prefix = text[Math.Max(0, at - 2)..at];
        var (interpolated, verbatim) = (prefix.Contains('$', StringComparison.Ordinal) && !prefix.EndsWith(' '), prefix.EndsWith('@') || prefix == "@$");
        for (var i = at + 1; i < text.Length;)
        {
            if (text[i] == '\\' && !verbatim) i += 2;
            else if (interpolated && text[i] == '{') i = text[i + 1] == '{' ? i + 2 : EndOfBracket(text, i);
            else if (text[i] == '"' && verbatim && i + 1 < text.Length && text[i + 1] == '"') i += 2;
            else if (text[i++] == '"') return i;
        }
        return text.Length;
    }

    /// <summary>The end of the bracket that opens at <paramref name="at"/>.</summary>
    public static int EndOfBracket(string text, int at)
    {
        var depth = 0;
        for (var i = at; i < text.Length;)
        {
            if (text[i] == '"') i = EndOfString(text, i);
            else if (Character().Match(text, i) is { Success: true, Index: var start, Length: var length } && start == i) i += length;
            else if ("([{".Contains(text[i], StringComparison.Ordinal)) (depth, i) = (depth + 1, i + 1);
            else if (")]}".Contains(text[i], StringComparison.Ordinal))
            {
                i++;
                if (--depth == 0) return i;
            }
            else i++;
        }
        return text.Length;
    }

    /// <summary>The arguments of the call whose bracket opens at <paramref name="at"/>.</summary>
    public static List<string> Arguments(string text, int at)
    {
        var (end, depth, start, found) = (EndOfBracket(text, at) - 1, 0, at + 1, new List<string>());
        for (var i = at + 1; i < end;)
        {
            if (text[i] == '"') { i = EndOfString(text, i); continue; }
            if (Character().Match(text, i) is { Success: true, Index: var quote, Length: var length } && quote == i) { i += length; continue; }
            if ("([{".Contains(text[i], StringComparison.Ordinal)) depth++;
            else if (")]}".Contains(text[i], StringComparison.Ordinal)) depth--;
            else if (text[i] == ',' && depth == 0)
            {
                found.Add(text[start..i]);
                start = i + 1;
            }
            i++;
        }
        found.Add(text[start..end]);
        return found;
    }

    /// <summary>The end of the expression that begins at <paramref name="at"/>: before the semicolon, comma or bracket that is not its own.</summary>
    public static int EndOfExpression(string text, int at)
    {
        for (var i = at; i < text.Length;)
        {
            if (text[i] == '"') i = EndOfString(text, i);
            else if (Character().Match(text, i) is { Success: true, Index: var start, Length: var length } && start == i) i += length;
            else if ("([{".Contains(text[i], StringComparison.Ordinal)) i = EndOfBracket(text, i);
            else if (";,)]}".Contains(text[i], StringComparison.Ordinal)) return i;
            else i++;
        }
        return text.Length;
    }

    /// <summary>The literals of a piece of code, those in holes of others left out.</summary>
    public static IEnumerable<string> Literals(string code)
    {
        for (var i = 0; i < code.Length; i++)
        {
            if (code[i] != '"') continue;
            var end = EndOfString(code, i);
            yield return code[(i > 0 && code[i - 1] == '$' ? i - 1 : i)..end];
            i = end - 1;
        }
    }

    /// <summary>The key of a literal: what stands between the quotes, each hole as its number.</summary>
    public static string Key(string literal)
    {
        var body = literal[(literal.IndexOf('"', StringComparison.Ordinal) + 1)..^1];
        if (literal[0] != '$') return Escape().Replace(body, Unescaped);
        var (key, places) = (new StringBuilder(), 0);
        for (var i = 0; i < body.Length;)
        {
            if (body[i] == '\\')
            {
                var escape = Escape().Match(body, i);
                key.Append(Unescaped(escape));
                i += escape.Length;
            }
            else if (body[i] == '{' && body[i + 1] != '{')
            {
                var end = EndOfBracket(body, i);
                key.Append(CultureInfo.InvariantCulture, $"{{{places++}{FormatOf(body[(i + 1)..(end - 1)])}}}");
                i = end;
            }
            else if (body[i] is '{' or '}')
            {
                key.Append(body[i], 2);
                i += 2;
            }
            else key.Append(body[i++]);
        }
        return key.ToString();
    }

    /// <summary>The text without comments of C# and Razor.</summary>
    public static string WithoutComments(string source) => Comments().Replace(source, "");

    // ":N0" of "hours:N0"; none where the colon belongs to a choice.
    private static string FormatOf(string hole)
    {
        for (var i = 0; i < hole.Length;)
        {
            if (hole[i] == '"') i = EndOfString(hole, i);
            else if ("([{".Contains(hole[i], StringComparison.Ordinal)) i = EndOfBracket(hole, i);
            else if (hole[i] == '?' && (i + 1 == hole.Length || hole[i + 1] is not ('.' or '?' or '['))) return "";
            else if (hole[i] == ':') return hole[i..];
            else i++;
        }
        return "";
    }

    private static string Unescaped(Match escape) => escape.Value[1] switch
    {
        'u' => ((char)int.Parse(escape.Value.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString(),
        'n' => "\n",
        var other => other.ToString(),
    };

    [GeneratedRegex(@"\\(?:u[0-9a-fA-F]{4}|.)")]
    private static partial Regex Escape();

    [GeneratedRegex(@"'(?:\\.[^']*|[^'\\])'")]
    private static partial Regex Character();

    [GeneratedRegex(@"@\*.*?\*@|<!--.*?-->|^\s*//[^\n]*$|(?<=[;{},\s])// [^\n""]*$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Comments();
}
