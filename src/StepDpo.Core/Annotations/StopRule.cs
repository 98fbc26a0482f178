using StepDpo.Core.Projects;

namespace StepDpo.Core.Annotations;

/// <summary>
/// How many judgements a solution gets: the first N; where they do not agree, one more at a time until enough agree, until the most
/// have judged, or until agreement is out of reach. ProcessBench (Zheng et al. 2024, section 3.3) has three agree of at most five.
/// </summary>
/// <param name="First">N, asked for in any case.</param>
/// <param name="Agreeing">How many must agree where not all do.</param>
/// <param name="Most">The most that are asked.</param>
public sealed record StopRule(int First, int Agreeing, int Most)
{
    /// <summary>A project's rule.</summary>
    public static StopRule Of(ProjectSettings settings) =>
        new(settings.JudgementsPerSolution, settings.AgreeingJudgements, Math.Max(settings.JudgementsPerSolution, settings.MostJudgements));

    /// <summary>How many judgements are wanted in all, given those that are there: no more than these where nothing is left to ask.</summary>
    /// <param name="judgements">The judgements that count, oldest first.</param>
    public int Wanted(IReadOnlyList<FirstErrorAnnotation> judgements)
    {
        var count = judgements.Count;
        if (count < First) return First;
        var voices = VerdictRule.Largest(judgements).Count();
        // As far as it can come: everybody still to be asked joins the largest group.
        var isInReach = VerdictRule.Suffices(voices + Most - count, Most, Agreeing);
        return count < Most && isInReach && !VerdictRule.Suffices(voices, count, Agreeing) ? count + 1 : count;
    }
}
