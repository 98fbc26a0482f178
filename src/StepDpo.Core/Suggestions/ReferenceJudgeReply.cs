using System.Globalization;

namespace StepDpo.Core.Suggestions;

/// <summary>Why the reference code drops a judge's reply.</summary>
public enum JudgeReplyFault
{
    /// <summary>No step is called neutral or incorrect.</summary>
    NoMark,

    /// <summary>Several step names stand before the first mark, such as decisions separated by commas.</summary>
    SeveralSteps,

    /// <summary>No number can be read before the first mark.</summary>
    NoNumber,

    /// <summary>The step does not occur in the solution.</summary>
    NoSuchStep,
}

/// <summary>
/// A reply as the reference code reads it (<c>prepare_for_correction.py</c>): the first step called <em>neutral or incorrect</em>,
/// which differs from the paper's rule (<see cref="JudgeReply"/>).
/// </summary>
/// <param name="Step">The step, or null where the reply is dropped.</param>
/// <param name="Fault">Why it is dropped, or null.</param>
public sealed record ReferenceJudgeReply(int? Step, JudgeReplyFault? Fault)
{
    /// <summary>Reads a reply, statement by statement as the script does.</summary>
    /// <param name="reply">The judging model's text.</param>
    /// <param name="solution">The solution with its labels; the step must occur in it.</param>
    public static ReferenceJudgeReply Read(string reply, string solution)
    {
        var decision = After(After(reply.ToLowerInvariant(), "final decision"), "summary decision:").Trim();
        if (!decision.Contains("neutral", StringComparison.Ordinal) && !decision.Contains("incorrect", StringComparison.Ordinal))
            return new(null, JudgeReplyFault.NoMark);

        var place = After(After(Before(Before(decision, "neutral"), "incorrect"), "\n"), ";");
        if (place.Split("step").Length > 2) return new(null, JudgeReplyFault.SeveralSteps);
        if (!int.TryParse(Before(After(place, "step"), ":").Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var k))
            return new(null, JudgeReplyFault.NoNumber);
        return solution.Contains($"Step {k}:", StringComparison.Ordinal) ? new(k, null) : new(null, JudgeReplyFault.NoSuchStep);
    }

    private static string After(string text, string separator) => text.Split(separator)[^1];

    private static string Before(string text, string separator) => text.Split(separator)[0];
}
