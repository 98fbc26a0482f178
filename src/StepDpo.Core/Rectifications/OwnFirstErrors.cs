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
    public static async Task<bool> MayDecideAsync(StepDpoContext context, Actor actor, FirstErrorVerdict verdict, CancellationToken cancellationToken = default)
    {
        if (actor.UserId is not { } person || !await Of(context, person).AnyAsync(id => id == verdict.SolutionId, cancellationToken)) return true;
        var projectId = await context.Set<Solution>().Where(s => s.Id == verdict.SolutionId).Select(s => s.ProjectId).SingleAsync(cancellationToken);
        return (await context.CurrentRevisionAsync(projectId, cancellationToken)).Settings.ReviewOfOwnFirstErrors;
    }

    /// <summary>The solutions whose verdict rests on this person's word alone: theirs as adjudicator, or the only judgements that name this step.</summary>
    internal static IQueryable<long> Of(StepDpoContext context, Guid person)
    {
        var all = context.Set<FirstErrorAnnotation>();
        var counting = all.Where(a => !a.Surplus && !all.Any(later => later.SupersedesId == a.Id));
        return context.Set<FirstErrorVerdict>()
            .Where(v => v.SupersededAt == null)
            .Where(v => v.AdjudicatorId == person || (v.AdjudicatorId == null
                && counting.Any(a => a.SolutionId == v.SolutionId && a.Outcome == v.Outcome && a.Step == v.Step && a.AnnotatorId == person)
                && !counting.Any(a => a.SolutionId == v.SolutionId && a.Outcome == v.Outcome && a.Step == v.Step && a.AnnotatorId != person)))
            .Select(v => v.SolutionId);
    }
}
