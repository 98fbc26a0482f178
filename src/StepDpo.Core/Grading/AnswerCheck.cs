namespace StepDpo.Core.Grading;

/// <summary>What the grader says of the final answer of a text.</summary>
public enum AnswerCheck
{
    /// <summary>The text gives no final answer.</summary>
    NoAnswer,

    /// <summary>The final answer means the same as the reference answer.</summary>
    Right,

    /// <summary>The final answer means something else.</summary>
    Wrong,
}
