using StepDpo.Core.Grading;

namespace StepDpo.Core.Sampling;

/// <summary>
/// Which sampled texts people judge: those whose final answer is wrong, and those that came to an end without one. Where a text
/// was cut off, its last step is unfinished and can be no losing step: it is judged only if the steps before state a wrong answer.
/// </summary>
public static class UpForJudging
{
    /// <summary>Whether a graded text is up for judging.</summary>
    /// <param name="text">The sampled text.</param>
    /// <param name="finish">Why it ended.</param>
    /// <param name="check">What the grader says of its answer.</param>
    /// <param name="reference">The reference answer.</param>
    public static bool Is(string text, FinishReason finish, AnswerCheck check, string reference) => finish switch
    {
        FinishReason.Stop => check != AnswerCheck.Right,
        FinishReason.Length => check == AnswerCheck.Wrong && AnswerGrading.Grade(WholeSteps(text), reference, isCutOff: true).Check == AnswerCheck.Wrong,
        FinishReason.Invalid => false,
        _ => throw new ArgumentOutOfRangeException(nameof(finish), finish, "found no reason of ending"),
    };

    // With the line break in front of the last step, which ends the line before.
    private static string WholeSteps(string text) => text[..StepSplit.Offsets(text)[^1]];
}
