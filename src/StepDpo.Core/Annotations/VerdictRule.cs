namespace StepDpo.Core.Annotations;

/// <summary>What the judgements of a solution amount to.</summary>
/// <param name="Outcome">The word.</param>
/// <param name="Step">k of a first error.</param>
/// <param name="Grade">How step k is wrong.</param>
/// <param name="Reason">The reason given first.</param>
/// <param name="Provenance">How it came about.</param>
public sealed record VerdictDecision(FirstErrorOutcome Outcome, int? Step, StepGrade? Grade, FirstErrorReason? Reason, VerdictProvenance Provenance);

/// <summary>
/// From N judgements to a verdict: one asked for is final; otherwise more than half must agree on outcome and step, and if they do
/// not, or agree that it cannot be judged, a reviewer decides.
/// </summary>
public static class VerdictRule
{
    /// <summary>The verdict, or null where a reviewer must decide.</summary>
    /// <param name="judgements">The N judgements that count, oldest first; not empty.</param>
    public static VerdictDecision? Decide(IReadOnlyList<FirstErrorAnnotation> judgements)
    {
        var largest = judgements.GroupBy(j => (j.Outcome, j.Step)).MaxBy(group => group.Count())!;
        var agreeing = largest.Count();
        if (2 * agreeing <= judgements.Count || largest.Key.Outcome == FirstErrorOutcome.CannotJudge) return null;

        var provenance = judgements.Count == 1 ? VerdictProvenance.Single
            : agreeing == judgements.Count ? VerdictProvenance.Agreed
            : VerdictProvenance.Majority;
        // Whoever calls the step neutral agrees that the steps before it are fine; incorrect needs as many voices.
        StepGrade? grade = largest.Key.Outcome != FirstErrorOutcome.FirstError ? null
            : 2 * largest.Count(j => j.Grade == StepGrade.Incorrect) >= agreeing ? StepGrade.Incorrect
            : StepGrade.Neutral;
        return new(largest.Key.Outcome, largest.Key.Step, grade, largest.Select(j => j.Reason).FirstOrDefault(reason => reason is not null), provenance);
    }
}
