using System.Text.RegularExpressions;

namespace StepDpo.Core.Grading;

/// <summary>Finds the final answer in a solution's text.</summary>
public static partial class AnswerExtraction
{
    /// <summary>Answers are short; what is longer is not compared as mathematics.</summary>
    public const int MaximumLength = 1000;

    private static readonly string[] Boxes = ["\\boxed", "\\fbox"];

    /// <summary>
    /// The last <c>\boxed{...}</c> (with the boxes that a comma or "and" joins to it); without one what follows the last
    /// <c>The answer is</c>, <c>####</c>, <c>A:</c> or <c>Answer:</c> on its line, or on the next that says something; without these the
    /// last number. Null where the text has none.
    /// </summary>
    public static string? FinalAnswer(string text)
    {
        var found = Boxed(text) ?? Announced(text) ?? LastNumber(text);
        return string.IsNullOrWhiteSpace(found) ? null : found.Trim();
    }

    /// <summary>
    /// The answer that a text states although it was cut off: its last <c>\boxed{...}</c>, or what follows the last announcement
    /// whose line or sentence ended before the cut. Its last number is any number on the way, and no answer. Null where it states none.
    /// </summary>
    public static string? StatedAnswer(string cutOff)
    {
        var finished = cutOff[..Math.Max(cutOff.LastIndexOf('\n'), cutOff.LastIndexOf(". ", StringComparison.Ordinal) + 1)];
        var found = Boxed(cutOff) ?? Announced(finished);
        return string.IsNullOrWhiteSpace(found) ? null : found.Trim();
    }

    private static string? Boxed(string text)
    {
        string? answer = null;
        var end = text.Length;
        while (LastBox(text, end) is var (start, content, after))
        {
            // A box before it belongs to the answer only where nothing but a separator stands between the two.
            if (answer is not null && !Joint().IsMatch(text[after..end])) break;
            answer = answer is null ? content : $"{content}, {answer}";
            end = start;
        }

        return answer;
    }

    // The last box that ends before `end`: where it starts, what it holds, and where it ends.
    private static (int Start, string Content, int After)? LastBox(string text, int end)
    {
        for (var from = end; from > 0;)
        {
            var start = Boxes.Max(box => text.LastIndexOf(box, from - 1, from, StringComparison.Ordinal));
            if (start < 0) return null;
            var open = start + 1;
            while (open < end && char.IsAsciiLetter(text[open])) open++;
            while (open < end && text[open] == ' ') open++;
            if (open < end && text[open] == '{' && ClosingBrace(text, open) is { } close && close < end) return (start, text[(open + 1)..close], close + 1);
            from = start;
        }

        return null;
    }

    /// <summary>The brace that closes the one at <paramref name="open"/>, or null.</summary>
    internal static int? ClosingBrace(string text, int open)
    {
        var depth = 0;
        for (var i = open; i < text.Length; i++)
        {
            if (text[i] == '\\') i++;
            else if (text[i] == '{') depth++;
            else if (text[i] == '}' && --depth == 0) return i;
        }

        return null;
    }

    private static string? Announced(string text)
    {
        if (Announcement().Matches(text) is not { Count: > 0 } all) return null;
        foreach (var line in text.AsSpan(all[^1].Index + all[^1].Length).EnumerateLines())
        {
            // A formula set on lines of its own begins with a line that holds its delimiter and nothing else.
            if (line.Trim() is not ("" or "$$" or "\\[") and var said) return SentenceEnd().Replace(said.ToString(), "");
        }

        return "";
    }

    private static string? LastNumber(string text) =>
        Number().Matches(text) is { Count: > 0 } all ? all[^1].Groups["number"].Value : null;

    [GeneratedRegex(@"^[\s$,;.&]*(?:and|or|\\text\{\s*(?:and|or)\s*\})?[\s$,;]*$", RegexOptions.NonBacktracking)]
    private static partial Regex Joint();

    [GeneratedRegex(@"(?:(?:answer|result)\s+is\s*:?|####|(?:^|\n)\s*(?:A|(?:the\s+)?(?:final\s+)?answer)\s*[:=])[ \t]*", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Announcement();

    // "The answer is 5. That is all": the sentence ends at a stop that no digit follows.
    [GeneratedRegex(@"\.(?:\s+.*)?$", RegexOptions.NonBacktracking)]
    private static partial Regex SentenceEnd();

    // A point after a letter opens no decimal: Rs.300.
    [GeneratedRegex(@"(?:^|[^\w.])(?<number>-?\.[0-9]+%?)|(?<number>-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?%?)", RegexOptions.NonBacktracking)]
    private static partial Regex Number();
}
