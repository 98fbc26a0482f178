using static StepDpo.Core.Grading.AnswerTokenKind;

namespace StepDpo.Core.Grading;

/// <summary>
/// Reads the shape of an answer: one value with its unit, several, a bracket, a matrix, a relation. What it does not
/// understand is null, and then only the words count.
/// </summary>
internal static class AnswerParser
{
    private const int MaximumDepth = 20;

    private static readonly string RowBreak = AnswerCleaning.RowBreak.ToString();

    /// <summary>Reads a cleaned answer.</summary>
    public static Answer? Parse(string cleaned) =>
        cleaned.Length is > 0 and <= AnswerExtraction.MaximumLength && AnswerLexer.Tokens(cleaned) is { } tokens ? Parse(tokens, 0) : null;

    private static Answer? Parse(ReadOnlySpan<AnswerToken> tokens, int depth)
    {
        if (tokens.Length == 0 || depth > MaximumDepth) return null;
        if (Encloses(tokens, "{", "}")) return Parse(tokens[1..^1], depth + 1);
        if (tokens.Length > 2 && tokens[1].Is("in")) return Parse(tokens[2..], depth + 1);

        foreach (var separator in new[] { "cup", "," })
        {
            if (Split(tokens, separator) is { Count: > 1 } parts) return Several(tokens, parts, depth);
        }

        if (Encloses(tokens, "\\{", "\\}")) return Parse(tokens[1..^1], depth + 1) switch
        {
            null => null,
            SeveralAnswers several => several,
            var one => new SeveralAnswers([one]),
        };
        return (Answer?)Matrix(tokens, depth) ?? Bracketed(tokens, depth) ?? Relation(tokens) ?? (Answer?)BothSigns(tokens, depth) ?? Value(tokens);
    }

    private static SeveralAnswers? Several(ReadOnlySpan<AnswerToken> tokens, List<Range> parts, int depth)
    {
        var items = new List<Answer>();
        foreach (var part in parts)
        {
            // "1, 2, and 3" has an empty part between its comma and its "and".
            if (tokens[part].Length == 0 && items.Count > 0) continue;
            if (Parse(tokens[part], depth + 1) is not { } item) return null;
            if (item is SeveralAnswers several) items.AddRange(several.Items);
            else items.Add(item);
        }

        return new(items);
    }

    private static BracketedAnswer? Bracketed(ReadOnlySpan<AnswerToken> tokens, int depth)
    {
        if (tokens.Length < 2 || tokens[0].Text is not ("(" or "[") || tokens[^1].Text is not (")" or "]") || Closing(tokens, 0) != tokens.Length - 1) return null;
        var inner = tokens[1..^1];
        var rows = Split(inner, ";");
        if (rows.Count == 1 && Split(inner, ",").Count == 1) return null;
        return Rows(inner, rows, ",", depth) is { } items ? new(tokens[0].Text[0], tokens[^1].Text[0], items) : null;
    }

    private static BracketedAnswer? Matrix(ReadOnlySpan<AnswerToken> tokens, int depth)
    {
        if (!tokens[0].Is("begin") || Split(tokens, "end").Count != 2) return null;
        var start = FirstClosing(tokens);
        var end = Split(tokens, "end")[0].End.Value;
        if (start <= 0 || start > end) return null;
        var inner = tokens[start..end];
        var rows = Split(inner, RowBreak);
        if (rows.Count > 1 && inner[rows[^1]].Length == 0) rows.RemoveAt(rows.Count - 1);
        return Rows(inner, rows, "&", depth) is { } items ? new('m', 'm', items) : null;
    }

    private static int FirstClosing(ReadOnlySpan<AnswerToken> tokens)
    {
        for (var i = 0; i < tokens.Length; i++)
        {
            if (tokens[i].Is("}")) return i + 1;
        }

        return 0;
    }

    private static List<IReadOnlyList<Answer>>? Rows(ReadOnlySpan<AnswerToken> inner, List<Range> rows, string separator, int depth)
    {
        var result = new List<IReadOnlyList<Answer>>();
        foreach (var row in rows)
        {
            var cells = new List<Answer>();
            foreach (var cell in Split(inner[row], separator))
            {
                if (Parse(inner[row][cell], depth + 1) is not { } answer) return null;
                cells.Add(answer);
            }

            result.Add(cells);
        }

        return result;
    }

    // 3 ± √2 is both of its values; ± and ∓ in one expression go together.
    private static SeveralAnswers? BothSigns(ReadOnlySpan<AnswerToken> tokens, int depth)
    {
        var plus = tokens.ToArray();
        var minus = tokens.ToArray();
        var found = false;
        for (var i = 0; i < tokens.Length; i++)
        {
            if (!tokens[i].Is("pm") && !tokens[i].Is("mp")) continue;
            found = true;
            plus[i] = new(Sign, tokens[i].Is("pm") ? "+" : "-", false);
            minus[i] = new(Sign, tokens[i].Is("pm") ? "-" : "+", false);
        }

        return found && Parse(plus, depth + 1) is { } a && Parse(minus, depth + 1) is { } b ? new([a, b]) : null;
    }

    private static Answer? Relation(ReadOnlySpan<AnswerToken> tokens)
    {
        var places = new List<(int At, char Kind)>();
        foreach (var at in Places(tokens, token => Kind(token) is not null)) places.Add((at, Kind(tokens[at])!.Value));
        if (places.Count is 0 or > 2) return null;

        var left = ExpressionParser.Parse(tokens[..places[0].At]);
        var right = ExpressionParser.Parse(tokens[(places[^1].At + 1)..]);
        if (left is null || right is null) return null;
        if (places.Count == 2)
        {
            // 0 ≤ x < 1 is an interval.
            var middle = ExpressionParser.Parse(tokens[(places[0].At + 1)..places[1].At]);
            return middle is { IsVariable: true } && (places[0].Kind, places[1].Kind) is ('<' or '≤', '<' or '≤')
                ? Interval(places[0].Kind, left, right, places[1].Kind)
                : null;
        }

        var kind = places[0].Kind;
        if (kind is '>' or '≥') (kind, left, right) = (kind == '>' ? '<' : '≤', right, left);
        if (kind == '=') return new RelationAnswer(kind, left, right);
        if (right is { IsVariable: true } && left.IsConstant) return Interval(kind, left, ExpressionParser.Infinity, '<');
        if (left is { IsVariable: true } && right.IsConstant) return Interval('<', -ExpressionParser.Infinity, right, kind);
        return new RelationAnswer(kind, left, right);
    }

    private static BracketedAnswer Interval(char open, Quantity from, Quantity to, char close) =>
        new(open == '≤' ? '[' : '(', close == '≤' ? ']' : ')', [[new ValueAnswer(from, null, false), new ValueAnswer(to, null, false)]]);

    private static char? Kind(AnswerToken token) => token switch
    {
        { Kind: Sign, Text: "=" or "<" or ">" } => token.Text[0],
        { Kind: Command, Text: "lt" } => '<',
        { Kind: Command, Text: "gt" } => '>',
        { Kind: Command, Text: "le" } => '≤',
        { Kind: Command, Text: "ge" } => '≥',
        _ => null,
    };

    // The words behind a value are its unit: 7 cm^2, 5 m/s.
    private static ValueAnswer? Value(ReadOnlySpan<AnswerToken> tokens)
    {
        var end = tokens.Length;
        for (var i = 1; i < tokens.Length && end == tokens.Length; i++)
        {
            if (tokens[i].IsWord && Units.Scale(tokens[i].Text) is null) end = i;
        }

        var unit = end < tokens.Length ? Units.Name(tokens[end..]) : null;
        var isPercent = end > 1 && tokens[end - 1].Is("%");
        return ExpressionParser.Parse(tokens[..(isPercent ? end - 1 : end)]) is { } number ? new(number, unit, isPercent) : null;
    }

    private static bool Encloses(ReadOnlySpan<AnswerToken> tokens, string open, string close) =>
        tokens.Length > 1 && tokens[0].Is(open) && tokens[^1].Is(close) && Closing(tokens, 0) == tokens.Length - 1;

    private static int Closing(ReadOnlySpan<AnswerToken> tokens, int open)
    {
        var depth = 0;
        for (var i = open; i < tokens.Length; i++)
        {
            depth += Step(tokens[i]);
            if (depth == 0) return i;
        }

        return -1;
    }

    private static List<Range> Split(ReadOnlySpan<AnswerToken> tokens, string separator)
    {
        var parts = new List<Range>();
        var start = 0;
        foreach (var at in Places(tokens, token => token.Is(separator)))
        {
            parts.Add(start..at);
            start = at + 1;
        }

        parts.Add(start..tokens.Length);
        return parts;
    }

    // Where such a token stands outside all brackets and environments.
    private static List<int> Places(ReadOnlySpan<AnswerToken> tokens, Func<AnswerToken, bool> wanted)
    {
        var places = new List<int>();
        var depth = 0;
        for (var i = 0; i < tokens.Length; i++)
        {
            depth += Step(tokens[i]);
            if (depth == 0 && wanted(tokens[i])) places.Add(i);
        }

        return places;
    }

    private static int Step(AnswerToken token) => token switch
    {
        { Kind: Sign, Text: "(" or "[" or "{" or "\\{" } or { Kind: Command, Text: "begin" } => 1,
        { Kind: Sign, Text: ")" or "]" or "}" or "\\}" } or { Kind: Command, Text: "end" } => -1,
        _ => 0,
    };
}
