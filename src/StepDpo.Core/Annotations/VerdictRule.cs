using StepDpo.Core.Projects;

namespace StepDpo.Core.Annotations;

/// <summary>What the judgements of a solution amount to.</summary>
/// <param name="Outcome">The word.</param>
/// <param name="Step">k of a first error.</param>
/// <param name="Grade">How step k is wrong.</param>
/// <param name="Reason">The reason given first.</param>
/// <param name="Provenance">How it came about.</param>
public sealed record VerdictDecision(FirstErrorOutcome Outcome, int? Step, StepGrade? Grade, FirstErrorReason? Reason, VerdictProvenance Provenance);

/// <summary>
/// From judgements to a verdict: what all say is final, and otherwise what more than half of them say, and at least
/// <see cref="ProjectSettings.AgreeingJudgements"/>. Where they do not agree, or agree that it cannot be judged, there is none.
/// </summary>
public static class VerdictRule
{
    /// <summary>The verdict, or null where there is none yet: the <see cref="StopRule"/> says what follows then.</summary>
    /// <param name="judgements">The judgements that count, oldest first; not empty.</param>
    /// <param name="agreeing">How many must agree where not all do.</param>
    public static VerdictDecision? Decide(IReadOnlyList<FirstErrorAnnotation> judgements, int agreeing = 1)
    {
        var largest = Largest(judgements);
        var voices = largest.Count();
        if (!Suffices(voices, judgements.Count, agreeing) || largest.Key.Outcome == FirstErrorOutcome.CannotJudge) return null;

        var provenance = judgements.Count == 1 ? VerdictProvenance.Single
            : voices == judgements.Count ? VerdictProvenance.Agreed
            : VerdictProvenance.Majority;
        // Whoever calls the step neutral agrees that the steps before it are fine; incorrect needs as many voices.
        StepGrade? grade = largest.Key.Outcome != FirstErrorOutcome.FirstError ? null
            : 2 * largest.Count(j => j.Grade == StepGrade.Incorrect) >= voices ? StepGrade.Incorrect
            : StepGrade.Neutral;
        return new(largest.Key.Outcome, largest.Key.Step, grade, largest.Select(j => j.Reason).FirstOrDefault(reason => reason is not null), provenance);
    }

    /// <summary>The largest group that says the same; not empty.</summary>
    internal static IGrouping<(FirstErrorOutcome Outcome, int? Step), FirstErrorAnnotation> Largest(IReadOnlyList<FirstErrorAnnotation> judgements) =>
        judgements.GroupBy(j => (j.Outcome, j.Step)).MaxBy(group => group.Count())!;

    /// <summary>Whether so many voices of so many judgements are an agreement.</summary>
    internal static bool Suffices(int voices, int judgements, int agreeing) => voices == judgements || (2 * voices > judgements && voices >= agreeing);
}
