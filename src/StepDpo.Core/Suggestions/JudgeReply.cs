using System.Globalization;
using System.Text.RegularExpressions;

namespace StepDpo.Core.Suggestions;

/// <summary>What a judging model's reply says: the first step that is wrong, by the paper's rule.</summary>
public static partial class JudgeReply
{
    /// <summary>
    /// The first step called <em>incorrect</em> after the last "final decision", or null. Bold names, commas, arrows and lists
    /// are read as well. The step need not exist in the solution: the caller compares it with the number of steps.
    /// </summary>
    public static int? FirstIncorrect(string reply)
    {
        var text = reply.ToLowerInvariant();
        var heading = text.LastIndexOf("final decision", StringComparison.Ordinal);
        foreach (Match decision in Decision().Matches(heading < 0 ? text : text[heading..]))
        {
            if (decision.Groups["word"].Value == "incorrect"
                && int.TryParse(decision.Groups["k"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var k)) return k;
        }

        return null;
    }

    [GeneratedRegex(@"\bstep\s*(?<k>[0-9]{1,9})[\s*_:=>-]*(?<word>correct|neutral|incorrect)\b", RegexOptions.NonBacktracking)]
    private static partial Regex Decision();
}
