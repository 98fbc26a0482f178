namespace StepDpo.Core.Grading;

/// <summary>A text's final answer and what the grader says of it.</summary>
/// <param name="Answer">The answer as it stands in the text, or null.</param>
/// <param name="Check">Right, wrong, or no answer at all.</param>
public sealed record GradedAnswer(string? Answer, AnswerCheck Check);

/// <summary>The grader: takes the final answer from a text and compares it with the reference answer.</summary>
public static class AnswerGrading
{
    /// <summary>The version that project revisions and solutions point at: a change of these rules needs a new one and a re-grade.</summary>
    public const int Version = 2;

    /// <summary>Grades a solution or a continuation.</summary>
    /// <param name="text">The sampled text.</param>
    /// <param name="reference">The reference answer.</param>
    /// <param name="isCutOff">Whether the text reached the largest number of tokens: then only an answer that it states counts.</param>
    public static GradedAnswer Grade(string text, string reference, bool isCutOff = false)
    {
        if ((isCutOff ? AnswerExtraction.StatedAnswer(text) : AnswerExtraction.FinalAnswer(text)) is not { } answer) return new(null, AnswerCheck.NoAnswer);
        return new(answer, AnswerComparison.Same(reference, answer) ? AnswerCheck.Right : AnswerCheck.Wrong);
    }
}
