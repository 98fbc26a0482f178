using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Rectifications;

/// <summary>Nobody reviews the rectification of a first error that they alone marked, unless the project allows it: a team of one must be able to work.</summary>
public static class OwnFirstErrors
{
    /// <summary>Whether the actor may decide on candidates under this verdict.</summary>
    public static async Task<bool> MayDecideAsync(StepDpoContext context, Actor actor, long solutionId, FirstErrorVerdict verdict, CancellationToken cancellationToken = default)
    {
        var markedBy = verdict.AdjudicatorId is { } adjudicator
            ? [adjudicator]
            : (await Verdicts.CountingAsync(context, solutionId, cancellationToken))
                .Where(judgement => judgement.Outcome == verdict.Outcome && judgement.Step == verdict.Step)
                .Select(judgement => judgement.AnnotatorId).ToHashSet();
        if (actor.UserId is not { } person || markedBy.Count != 1 || !markedBy.Contains(person)) return true;
        var projectId = await context.Set<Solution>().Where(s => s.Id == solutionId).Select(s => s.ProjectId).SingleAsync(cancellationToken);
        return (await context.CurrentRevisionAsync(projectId, cancellationToken)).Settings.ReviewOfOwnFirstErrors;
    }
}
