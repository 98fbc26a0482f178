using System.Text.RegularExpressions;

namespace StepDpo.Core.Grading;

/// <summary>What a piece of an answer is.</summary>
internal enum AnswerTokenKind
{
    None,
    Number,
    Letter,
    Command,
    Word,
    Sign,
}

/// <summary>One piece of an answer. A sign's text is the character, a command's its name without the backslash.</summary>
internal readonly record struct AnswerToken(AnswerTokenKind Kind, string Text, bool SpaceBefore)
{
    public bool Is(string text) => Kind is AnswerTokenKind.Sign or AnswerTokenKind.Command && Text == text;

    public bool IsNumber => Kind == AnswerTokenKind.Number;

    public bool IsWord => Kind == AnswerTokenKind.Word;
}

/// <summary>Cuts a cleaned answer into tokens.</summary>
internal static partial class AnswerLexer
{
    private const int MaximumTokens = 600;

    // Names that mathematics writes without a backslash too, and words that a value may carry.
    private static readonly HashSet<string> BareCommands =
        ["sqrt", "sin", "cos", "tan", "cot", "sec", "csc", "log", "ln", "exp", "pi", "arcsin", "arccos", "arctan", "alpha", "beta", "gamma", "theta"];

    private static readonly HashSet<string> ShortUnits =
        ["ft", "cm", "mm", "km", "kg", "mg", "ml", "mL", "mi", "yd", "in", "lb", "oz", "hr", "min", "sec", "mph"];

    /// <summary>The tokens, or null where a character has no meaning in an answer.</summary>
    public static AnswerToken[]? Tokens(string text)
    {
        var tokens = new List<AnswerToken>();
        var depth = 0;
        var space = false;
        for (var i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                (space, i) = (true, i + 1);
                continue;
            }

            if (Next(text, i, depth, tokens.Count > 0 && tokens[^1].IsNumber, space) is not var (token, length) || tokens.Count == MaximumTokens) return null;
            depth += token.Text is "(" or "[" or "{" or "\\{" ? 1 : token.Text is ")" or "]" or "}" or "\\}" ? -1 : 0;
            tokens.Add(token);
            (space, i) = (false, i + length);
        }

        return [.. tokens];
    }

    private static (AnswerToken Token, int Length)? Next(string text, int i, int depth, bool afterNumber, bool space)
    {
        if (Number().Match(text, i) is { Success: true } number)
        {
            // Inside brackets a comma separates: (12,102) is a pair, 12,102 is a number.
            var length = depth > 0 && number.Groups["thousands"].Success ? text.IndexOf(',', i) - i : number.Length;
            return (new(AnswerTokenKind.Number, text.Substring(i, length).Replace(",", "", StringComparison.Ordinal), space), length);
        }

        if (text[i] == AnswerCleaning.WordsOpen)
        {
            var close = text.IndexOf(AnswerCleaning.WordsClose, i);
            return (Words(text[(i + 1)..close].Trim(), space), close - i + 1);
        }

        if (text[i] == '\\')
        {
            if (i + 1 == text.Length) return null;
            var end = i + 1;
            while (end < text.Length && char.IsAsciiLetter(text[end])) end++;
            return end > i + 1
                ? (new(AnswerTokenKind.Command, text[(i + 1)..end], space), end - i)
                : (new(AnswerTokenKind.Sign, text.Substring(i, 2), space), 2);
        }

        if (Letters().Match(text, i) is { Success: true } letters) return Bare(letters.Value, afterNumber, space);
        return $"()[]{{}}+-*/^_!%°=<>,;|&'{AnswerCleaning.RowBreak}".Contains(text[i]) ? (new(AnswerTokenKind.Sign, text[i..(i + 1)], space), 1) : null;
    }

    private static AnswerToken Words(string words, bool space) => words.ToLowerInvariant() switch
    {
        "and" or "or" => new(AnswerTokenKind.Sign, ",", space),
        "percent" => new(AnswerTokenKind.Sign, "%", space),
        "inf" or "infinity" or "oo" => new(AnswerTokenKind.Command, "infty", space),
        _ => new(AnswerTokenKind.Word, words, space),
    };

    private static (AnswerToken Token, int Length)? Bare(string run, bool afterNumber, bool space)
    {
        foreach (var name in BareCommands)
        {
            if (run.StartsWith(name, StringComparison.Ordinal) && (run.Length == name.Length || name is "sqrt" or "pi"))
                return (new(AnswerTokenKind.Command, name, space), name.Length);
        }

        if (run is "and" or "or") return (Words(run, space), run.Length);
        var isWord = afterNumber && !space ? run.Length > 3 || ShortUnits.Contains(run) : run.Length > 2 || (afterNumber && ShortUnits.Contains(run));
        return isWord ? (Words(run, space), run.Length) : (new(AnswerTokenKind.Letter, run[..1], space), 1);
    }

    [GeneratedRegex(@"\G(?:(?<thousands>[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]+)?)|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:\\overline\s*\{[0-9]+\}|[eE][+-]?[0-9]{1,5}(?![0-9a-zA-Z]))?)")]
    private static partial Regex Number();

    [GeneratedRegex(@"\G[a-zA-Z]+")]
    private static partial Regex Letters();
}
