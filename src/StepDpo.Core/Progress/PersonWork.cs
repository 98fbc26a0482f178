using StepDpo.Core.Annotations;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Progress;

/// <summary>One person's work in a project.</summary>
/// <param name="UserId">The person.</param>
/// <param name="Name">Their name.</param>
/// <param name="Row">Their judging in all.</param>
/// <param name="Days">Their days, newest first.</param>
/// <param name="Last">Their newest judgements, newest first.</param>
/// <param name="Missed">Gold items whose first error they did not name, newest first; where the person reads about themselves, only items that nobody is dealt any more.</param>
public sealed record PersonWork(Guid UserId, string Name, AnnotatorRow Row, IReadOnlyList<WorkDay> Days, IReadOnlyList<JudgedItem> Last, IReadOnlyList<MissedGold> Missed);

/// <summary>A gold item that was judged otherwise than it is known to be.</summary>
/// <param name="AnnotationId">The judgement.</param>
/// <param name="Statement">The problem.</param>
/// <param name="Said">The step that was named, or null for none.</param>
/// <param name="Known">The first error, or null where there is none.</param>
/// <param name="Why">Why.</param>
public sealed record MissedGold(long AnnotationId, string Statement, int? Said, int? Known, string Why);

/// <summary>A judgement and what became of it.</summary>
/// <param name="AnnotationId">The judgement.</param>
/// <param name="Statement">The problem.</param>
/// <param name="Outcome">What the person said.</param>
/// <param name="Step">k.</param>
/// <param name="Grade">How step k is wrong.</param>
/// <param name="Note">What they added.</param>
/// <param name="Milliseconds">Time at work.</param>
/// <param name="Surplus">Whether it is kept and does not count; false where the person reads about themselves.</param>
/// <param name="At">When.</param>
/// <param name="State">Where the solution stands; null where the person may not know yet, so that nobody can follow the others.</param>
/// <param name="Decision">The verdict that holds; null where there is none or the person may not know it yet.</param>
public sealed record JudgedItem(
    long AnnotationId, string Statement, FirstErrorOutcome Outcome, int? Step, StepGrade? Grade, string Note, int Milliseconds, bool Surplus, DateTimeOffset At, SolutionState? State, ItemDecision? Decision)
{
    /// <summary>Whether the verdict says the same; null without one.</summary>
    public bool? Agrees => Decision is null ? null : (Decision.Outcome, Decision.Step) == (Outcome, Step);
}

/// <summary>A verdict, as whoever judged the solution reads it.</summary>
/// <param name="Outcome">The word.</param>
/// <param name="Step">k.</param>
/// <param name="Provenance">How it came about.</param>
/// <param name="Note">Why, in the words of the reviewer who decided.</param>
/// <param name="GuidelinesVersion">The guidelines that held.</param>
public sealed record ItemDecision(FirstErrorOutcome Outcome, int? Step, VerdictProvenance Provenance, string Note, int GuidelinesVersion);
