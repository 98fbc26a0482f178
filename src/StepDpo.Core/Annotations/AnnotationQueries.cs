using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;
using StepDpo.Core.Suggestions;

namespace StepDpo.Core.Annotations;

/// <summary>Rows that the services of this feature read, locked where they are about to change.</summary>
internal static class AnnotationQueries
{
    /// <summary>The settings that hold now.</summary>
    public static Task<ProjectRevision> CurrentRevisionAsync(this StepDpoContext context, long projectId, CancellationToken cancellationToken) =>
        context.Set<ProjectRevision>().Where(r => r.ProjectId == projectId).OrderByDescending(r => r.Number).FirstAsync(cancellationToken);

    /// <summary>An assignment of the actor, its row locked; the actor must still be a member. Lock it before the solution.</summary>
    public static async Task<Outcome<Assignment>> LockedAssignmentAsync(this StepDpoContext context, Actor actor, long assignmentId, CancellationToken cancellationToken)
    {
        var assignment = await context.Set<Assignment>().FromSql($"SELECT *, xmin FROM assignment WHERE id = {assignmentId} FOR UPDATE").SingleOrDefaultAsync(cancellationToken);
        if (assignment is null || assignment.AnnotatorId != actor.UserId) return Refusal.NotFound("There is no such assignment of yours.");
        var projectId = await context.Set<Solution>().Where(s => s.Id == assignment.SolutionId).Select(s => s.ProjectId).SingleAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Annotator, cancellationToken);
        return role.Succeeded ? assignment : role.Refusal;
    }

    /// <summary>A solution, its row locked until the transaction ends; null where there is none.</summary>
    public static Task<Solution?> LockedSolutionAsync(this StepDpoContext context, long solutionId, CancellationToken cancellationToken) =>
        context.Set<Solution>().FromSql($"SELECT *, xmin FROM solution WHERE id = {solutionId} FOR UPDATE").SingleOrDefaultAsync(cancellationToken);

    /// <summary>What reviewers decided on a solution, without what was taken back.</summary>
    public static IQueryable<Adjudication> Adjudications(this StepDpoContext context, long solutionId) => context.Set<Adjudication>()
        .Where(a => a.SolutionId == solutionId && a.Decision != AdjudicationDecision.Undone && !context.Set<Adjudication>().Any(later => later.SupersedesId == a.Id));

    /// <summary>
    /// Gold items that are dealt out and have no suggestion. While there is one, nobody sees any suggestion: a judgement that is
    /// answered without one would be known as gold.
    /// </summary>
    public static Task<int> GoldWithoutSuggestionAsync(this StepDpoContext context, long projectId, ProjectSettings settings, CancellationToken cancellationToken) =>
        settings.GoldPercent == 0 ? Task.FromResult(0) : context.Set<GoldItem>()
            .CountAsync(g => g.ProjectId == projectId && g.RetiredAt == null && !context.Set<Suggestion>().Any(s => s.SolutionId == g.SolutionId), cancellationToken);

    /// <summary>The verdict that holds, or null.</summary>
    public static Task<FirstErrorVerdict?> HoldingVerdictAsync(this StepDpoContext context, long solutionId, CancellationToken cancellationToken) =>
        context.Set<FirstErrorVerdict>().SingleOrDefaultAsync(v => v.SolutionId == solutionId && v.SupersededAt == null, cancellationToken);
}
