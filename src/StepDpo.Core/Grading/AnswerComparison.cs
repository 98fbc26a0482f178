using System.Text.RegularExpressions;

namespace StepDpo.Core.Grading;

/// <summary>
/// Does a final answer mean the same as the reference answer? Numbers are compared exactly; brackets, order in tuples and
/// units count; order in sets and lists, LaTeX style, case of words do not. A rounded decimal is not the exact value.
/// </summary>
public static partial class AnswerComparison
{
    /// <summary>Compares two final answers, as extracted.</summary>
    /// <param name="reference">The reference answer.</param>
    /// <param name="prediction">The answer that a text gives.</param>
    public static bool Same(string reference, string prediction)
    {
        if (reference.Length > AnswerExtraction.MaximumLength || prediction.Length > AnswerExtraction.MaximumLength)
            return string.Equals(reference.Trim(), prediction.Trim(), StringComparison.Ordinal);

        var (wanted, found) = (AnswerCleaning.Clean(reference), AnswerCleaning.Clean(prediction));
        if (found.Length == 0 || wanted.Length == 0) return false;
        if (Choice().Match(Plain(wanted)) is { Success: true } choice)
            return ChosenLetter(Plain(found)) is { } letter && char.ToUpperInvariant(letter) == choice.Groups[1].ValueSpan[0];
        if (Compact(wanted) == Compact(found)) return true;
        if (Words().IsMatch(Plain(wanted)) && !IsProduct(wanted)) return string.Equals(Compact(Plain(wanted)), Compact(Plain(found)), StringComparison.OrdinalIgnoreCase);

        return AnswerParser.Parse(wanted) is { } a && AnswerParser.Parse(found) is { } b && Same(a, b);
    }

    private static bool Same(Answer wanted, Answer found) => (wanted, found) switch
    {
        (ValueAnswer a, ValueAnswer b) => SameValue(a, b),
        (ValueAnswer a, RelationAnswer { Kind: '=' } b) => (!b.Left.IsConstant && a.Number.Same(b.Right)) || (b.Right.IsVariable && a.Number.Same(b.Left)),
        (RelationAnswer { Kind: '=' } a, ValueAnswer b) => (!a.Left.IsConstant && a.Right.Same(b.Number)) || (a.Right.IsVariable && a.Left.Same(b.Number)),
        (RelationAnswer a, RelationAnswer b) => a.Kind == b.Kind && (a.Right - a.Left).RatioTo(b.Right - b.Left) is { } ratio && (a.Kind == '=' || ratio.Real > 0),
        (SeveralAnswers a, SeveralAnswers b) => SameInAnyOrder(a.Items, b.Items),
        (SeveralAnswers { Items: [var only] }, _) => Same(only, found),
        (_, SeveralAnswers { Items: [var only] }) => Same(wanted, only),
        (BracketedAnswer a, BracketedAnswer b) => a.Open == b.Open && a.Close == b.Close && a.Rows.Count == b.Rows.Count
            && a.Rows.Zip(b.Rows).All(rows => rows.First.Count == rows.Second.Count && rows.First.Zip(rows.Second).All(cells => Same(cells.First, cells.Second))),
        _ => false,
    };

    // 50 % may be written 50 or 0.5 where per cent are asked for; elsewhere only 50% means 0.5.
    private static bool SameValue(ValueAnswer wanted, ValueAnswer found)
    {
        if (wanted.Unit is { } a && found.Unit is { } b && a != b) return false;
        var hundred = Quantity.Of(new Rational(100, 1));
        return (wanted.IsPercent, found.IsPercent) switch
        {
            (true, false) => wanted.Number.Same(found.Number) || (wanted.Number / hundred).Same(found.Number),
            (false, true) => wanted.Number.Same(found.Number / hundred),
            _ => wanted.Number.Same(found.Number),
        };
    }

    private static bool SameInAnyOrder(IReadOnlyList<Answer> wanted, IReadOnlyList<Answer> found)
    {
        if (wanted.Count != found.Count) return false;
        var left = found.ToList();
        return wanted.All(item => left.FindIndex(other => Same(item, other)) is >= 0 and var at && Removed(left, at));
    }

    private static bool Removed(List<Answer> list, int at)
    {
        list.RemoveAt(at);
        return true;
    }

    private static char? ChosenLetter(string text)
    {
        var match = Chosen().Match(text);
        return match.Success ? match.Groups["letter"].ValueSpan[0] : null;
    }

    private static string Plain(string cleaned) =>
        cleaned.Replace(AnswerCleaning.WordsOpen, ' ').Replace(AnswerCleaning.WordsClose, ' ').Trim();

    private static string Compact(string text) => Space().Replace(text, "");

    // "ab" is a times b; "No" and "even" are words.
    private static bool IsProduct(string text) => text.Length <= 2 && text.All(char.IsAsciiLetterLower) && text is not "no";

    [GeneratedRegex(@"^\(?([A-J])\)?$")]
    private static partial Regex Choice();

    [GeneratedRegex(@"^(?:(?:the\s+)?(?:correct\s+|final\s+)?(?:option|choice|answer)(?:\s+is)?\s*:?\s*)?(?:\((?<letter>[a-z])\)(?![a-z]).*|(?<letter>[a-z])(?:[).:](?:\s.*)?)?)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Chosen();

    [GeneratedRegex(@"^[a-zA-Z][a-zA-Z ]+$", RegexOptions.NonBacktracking)]
    private static partial Regex Words();

    [GeneratedRegex(@"\s+|[\uE000\uE001]", RegexOptions.NonBacktracking)]
    private static partial Regex Space();
}
