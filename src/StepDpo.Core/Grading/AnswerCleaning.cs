using System.Text;
using System.Text.RegularExpressions;

namespace StepDpo.Core.Grading;

/// <summary>Takes away from an answer what carries no meaning: dollar signs, spacing and font commands, kinds of fraction.</summary>
internal static partial class AnswerCleaning
{
    /// <summary>Brackets a run of plain words, such as a unit, in a cleaned answer.</summary>
    public const char WordsOpen = '\uE000';

    /// <summary>Ends a run of plain words.</summary>
    public const char WordsClose = '\uE001';

    /// <summary>Stands for <c>\\</c>, which ends a row of a matrix.</summary>
    public const char RowBreak = '\uE002';

    private static readonly (string From, string To)[] Replacements =
    [
        // First, so that the second backslash of a row break is not read as the start of a command.
        ("\\\\", RowBreak.ToString()),
        ("\\(", ""), ("\\)", ""), ("\\$", ""), ("$", ""), ("`", ""),
        ("\\dfrac", "\\frac"), ("\\tfrac", "\\frac"), ("\\cfrac", "\\frac"),
        ("^{\\circ}", "°"), ("^\\circ", "°"), ("^{\\degree}", "°"), ("\\degree", "°"), ("\\%", "%"),
        ("\\!", ""), ("\\,", " "), ("\\;", " "), ("\\:", " "), ("\\ ", " "), ("~", " "), ("\\qquad", " "), ("\\quad", " "),
        ("\\displaystyle", " "), ("\\limits", ""), ("−", "-"), ("–", "-"), ("×", "*"), ("·", "*"), ("÷", "/"), ("π", "\\pi "), ("∞", "\\infty "),
        ("≤", "\\le "), ("≥", "\\ge "), ("√", "\\sqrt "), ("\\leqslant", "\\le"), ("\\geqslant", "\\ge"), ("\\leq", "\\le"), ("\\geq", "\\ge"),
    ];

    /// <summary>The answer without noise; runs of words stand between <see cref="WordsOpen"/> and <see cref="WordsClose"/>.</summary>
    public static string Clean(string answer)
    {
        var text = BracedThousands().Replace(answer, "$1");
        foreach (var (from, to) in Replacements) text = text.Replace(from, to, StringComparison.Ordinal);
        text = Sizing().Replace(text, "");
        text = Unwrap(text);
        text = Bold().Replace(text, "$1").Trim().TrimEnd('.', ',', ';', ' ').TrimStart('=', ' ');
        if (text.StartsWith('{') && AnswerExtraction.ClosingBrace(text, 0) == text.Length - 1) text = text[1..^1].Trim();
        return SpacedThousands().IsMatch(text) ? text.Replace(" ", "", StringComparison.Ordinal) : text;
    }

    // \text{...} and its kin: letters and numbers are part of the mathematics, words are words.
    private static string Unwrap(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var command = Wrapper().Match(text, i);
            if (command.Success && AnswerExtraction.ClosingBrace(text, i + command.Length - 1) is { } close)
            {
                var content = Unwrap(text[(i + command.Length)..close]);
                result.Append(IsWords(content, result) ? $"{WordsOpen}{content}{WordsClose}" : $" {content} ");
                i = close + 1;
            }
            else result.Append(text[i++]);
        }

        return result.ToString();
    }

    // A single letter after a number is a unit: 5\text{ m}.
    private static bool IsWords(string content, StringBuilder before)
    {
        var word = content.Trim();
        if (word.Length == 0 || !char.IsLetter(word[0]) || word.Contains('\\') || word.Contains(WordsOpen)) return false;
        var last = before.ToString().TrimEnd();
        return word.Length > 1 || (last.Length > 0 && (char.IsAsciiDigit(last[^1]) || last[^1] == '}'));
    }

    // 1{,}440 and 1,\!440: a comma that cannot separate two answers.
    [GeneratedRegex(@"(?<=[0-9])(?:\{,\}|,\\!)\s*([0-9]{3})(?![0-9])")]
    private static partial Regex BracedThousands();

    [GeneratedRegex(@"^[+-]?[0-9]{1,3}(?: [0-9]{3})+(?:\.[0-9]+)?$", RegexOptions.NonBacktracking)]
    private static partial Regex SpacedThousands();

    [GeneratedRegex(@"\\(?:left|right|[bB]igg?[lrm]?)(?![a-zA-Z])\.?")]
    private static partial Regex Sizing();

    [GeneratedRegex(@"\G\\(?:text|mbox|hbox|textbf|textit|textrm|textsf|texttt|mathbf|mathrm|mathit|mathsf|boldsymbol|bm|underline|boxed|fbox|emph|operatorname)\s*\{")]
    private static partial Regex Wrapper();

    [GeneratedRegex(@"^\s*\*\*(.*)\*\*\s*$", RegexOptions.NonBacktracking)]
    private static partial Regex Bold();
}
