using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Problems;
using StepDpo.Core.Rectifications;

namespace StepDpo.Core.Pairs;

/// <summary>What is worth knowing of a set of pairs before and after a model is trained on it.</summary>
/// <param name="Count">Pairs.</param>
/// <param name="OwnWords">Pairs whose winner was sampled by the model that is trained.</param>
/// <param name="OtherWords">Pairs whose winner was sampled by another model.</param>
/// <param name="Written">Pairs whose winner a person wrote.</param>
/// <param name="Imported">Pairs that came from a file: nobody here judged them.</param>
/// <param name="Annotators">People who marked the first errors.</param>
/// <param name="Reviewers">People who approved the winners.</param>
/// <param name="Withdrawn">Pairs that have been withdrawn.</param>
/// <param name="HeldOut">Pairs whose problem is in this project's validation or test split.</param>
/// <param name="Characters">Characters of prompts and answers together: what lengths are estimated from.</param>
/// <param name="Longest">Characters of the longest prompt with its longer answer.</param>
public sealed record PairFacts(
    int Count, int OwnWords, int OtherWords, int Written, int Imported, int Annotators, int Reviewers, int Withdrawn, int HeldOut, long Characters, int Longest)
{
    /// <summary>Share of winners sampled by the very model that is trained, 0 to 1; the paper: in-distribution is what matters.</summary>
    public double OwnShare => Count == 0 ? 0 : (double)OwnWords / Count;

    /// <summary>Counts over the pairs.</summary>
    /// <param name="context">The caller's.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="pairs">The pairs.</param>
    /// <param name="modelId">The model that is trained.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<PairFacts> OfAsync(
        StepDpoContext context, long projectId, IQueryable<PreferencePair> pairs, long? modelId, CancellationToken cancellationToken)
    {
        var sums = await pairs.GroupBy(_ => 1).Select(group => new
        {
            Count = group.Count(),
            OwnWords = group.Count(p => p.WinnerModelId == modelId && p.WinnerModelId != null),
            OtherWords = group.Count(p => p.WinnerModelId != modelId && p.WinnerModelId != null),
            Written = group.Count(p => p.Origin == RectificationOrigin.Written),
            Imported = group.Count(p => p.RectificationId == null),
            Characters = group.Sum(p => (long)(p.Prompt.Length + p.InitialReasonSteps.Length) * 2 + p.Chosen.Length + p.Rejected.Length),
            Longest = group.Max(p => p.Prompt.Length + p.InitialReasonSteps.Length + (p.Chosen.Length > p.Rejected.Length ? p.Chosen.Length : p.Rejected.Length)),
        }).SingleOrDefaultAsync(cancellationToken);
        if (sums is null) return new PairFacts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        var solutions = pairs.Join(context.Set<Rectification>(), p => p.RectificationId, r => r.Id, (_, r) => r.Prefix!.SolutionId);
        return new PairFacts(
            sums.Count, sums.OwnWords, sums.OtherWords, sums.Written, sums.Imported,
            await context.Set<FirstErrorAnnotation>().Where(a => solutions.Contains(a.SolutionId) && a.Outcome != FirstErrorOutcome.Undone)
                .Select(a => a.AnnotatorId).Distinct().CountAsync(cancellationToken),
            await pairs.Where(p => p.RectificationId != null && p.CreatedById != null).Select(p => p.CreatedById).Distinct().CountAsync(cancellationToken),
            await pairs.CountAsync(p => context.Set<PairWithdrawal>().Any(w => w.PairId == p.Id), cancellationToken),
            await pairs.CountAsync(p => context.Set<Problem>().Any(q => q.ProjectId == projectId && q.Split != Split.Pool && q.StatementSha256 == p.StatementSha256), cancellationToken),
            sums.Characters, sums.Longest);
    }
}
