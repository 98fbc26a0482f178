using StepDpo.Core.Grading;

namespace StepDpo.Core.Annotations;

/// <summary>A solution as its annotator sees it.</summary>
/// <param name="AssignmentId">What a judgement names.</param>
/// <param name="SolutionId">The solution.</param>
/// <param name="Statement">The problem.</param>
/// <param name="ReferenceAnswer">The answer that counts now.</param>
/// <param name="WorkedSolution">The source's own solution, or null.</param>
/// <param name="Steps">The words of the whole steps, without their labels; step k is at k - 1.</param>
/// <param name="ExtractedAnswer">The solution's final answer, or null.</param>
/// <param name="AnswerCheck">What the grader says of it.</param>
/// <param name="RevisionId">The settings and guidelines to go by.</param>
/// <param name="LeasedUntil">Until when the place is kept; each look for more work keeps it longer.</param>
public sealed record AnnotationCard(
    long AssignmentId,
    long SolutionId,
    string Statement,
    string ReferenceAnswer,
    string? WorkedSolution,
    IReadOnlyList<string> Steps,
    string? ExtractedAnswer,
    AnswerCheck AnswerCheck,
    long RevisionId,
    DateTimeOffset LeasedUntil);

/// <summary>What an annotator has on the desk.</summary>
/// <param name="Cards">The solutions to judge, in order.</param>
/// <param name="Waiting">How many more wait that this person may judge.</param>
/// <param name="Hold">Why no more are dealt out to this person, or null.</param>
public sealed record AnnotationBatch(IReadOnlyList<AnnotationCard> Cards, int Waiting, DeskHold? Hold = null);

/// <summary>A stored judgement.</summary>
/// <param name="AnnotationId">Its key.</param>
/// <param name="Surplus">Whether its place had gone to somebody else, so that it is kept and not counted.</param>
public sealed record StoredJudgement(long AnnotationId, bool Surplus);
