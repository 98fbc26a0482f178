using StepDpo.Core.Data;
using StepDpo.Core.Grading;

namespace StepDpo.Core.Annotations;

/// <summary>What a person says of a solution, before it is stored.</summary>
/// <param name="Outcome">The judgement; <see cref="FirstErrorOutcome.Undone"/> is not one.</param>
/// <param name="Step">k, with <see cref="FirstErrorOutcome.FirstError"/> only.</param>
/// <param name="Grade">How step k is wrong; incorrect where nothing is said.</param>
/// <param name="Reason">Why there is no error in spite of the answer, or why it cannot be judged.</param>
/// <param name="Note">What the person adds, at most 4,000 characters.</param>
/// <param name="ActiveMilliseconds">Time at work: hidden tabs and idle time left out.</param>
public sealed record FirstErrorJudgement(
    FirstErrorOutcome Outcome,
    int? Step = null,
    StepGrade? Grade = null,
    FirstErrorReason? Reason = null,
    string Note = "",
    int ActiveMilliseconds = 0)
{
    /// <summary>The grade that is stored: a first error without a word on it is incorrect.</summary>
    internal StepGrade? StoredGrade => Outcome == FirstErrorOutcome.FirstError ? Grade ?? StepGrade.Incorrect : Grade;

    /// <summary>
    /// What is wrong with the judgement itself or with its fit to the solution, or null. A solution with a wrong answer cannot be
    /// called free of errors without saying whether the reference is wrong or the grader missed an equal answer.
    /// </summary>
    /// <param name="stepCount">Number of steps that may hold the first error.</param>
    /// <param name="answer">What the grader says of the solution.</param>
    public Refusal? Contradiction(int stepCount, AnswerCheck answer)
    {
        if (!Enum.IsDefined(Outcome) || Outcome == FirstErrorOutcome.Undone) return Refusal.Invalid(nameof(Outcome), "Say which step is the first error, that there is none, or that it cannot be judged.");
        if (Outcome == FirstErrorOutcome.FirstError && Step is null) return Refusal.Invalid(nameof(Step), "Say which step is the first error.");
        if (Outcome != FirstErrorOutcome.FirstError && (Step is not null || Grade is not null)) return Refusal.Invalid(nameof(Step), "Only a first error has a step.");
        if (Step is < 1 || Step > stepCount) return Refusal.Invalid(nameof(Step), $"The solution has the steps 1 to {stepCount}; found step {Step}.");
        if (Outcome == FirstErrorOutcome.CannotJudge && Reason is null) return Refusal.Invalid(nameof(Reason), "Say why it cannot be judged.");
        if (Outcome == FirstErrorOutcome.NoError && answer == AnswerCheck.Wrong && Reason is not (FirstErrorReason.WrongReference or FirstErrorReason.EquivalentAnswer))
            return Refusal.Invalid(nameof(Reason), "The final answer is wrong, so some step is. If not: is the reference wrong, or does the answer mean the same?");
        if (Reason == FirstErrorReason.Other && string.IsNullOrWhiteSpace(Note)) return Refusal.Invalid(nameof(Note), "Say in the note what the reason is.");
        if (Note.Contains('\0')) return Refusal.Invalid(nameof(Note), "The note holds a character that cannot be stored.");
        if (Note.Length > 4000) return Refusal.Invalid(nameof(Note), $"The note may hold 4,000 characters; found {Note.Length}.");
        return ActiveMilliseconds < 0 ? Refusal.Invalid(nameof(ActiveMilliseconds), "The time at work cannot be negative.") : null;
    }
}
