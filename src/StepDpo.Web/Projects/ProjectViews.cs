using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Pairs;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;

namespace StepDpo.Web.Projects;

/// <summary>Reads what layouts and lists show of projects, for one person.</summary>
public sealed class ProjectViews(IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>The project with its counts, or null where the person has no role in it.</summary>
    public async Task<ProjectView?> FindAsync(Actor actor, long projectId, CancellationToken stop = default)
    {
        await using var context = await contexts.CreateDbContextAsync(stop);
        if (await Membership.RoleAsync(context, actor, projectId, stop) is not { } role)
            return null;
        var solutions = context.Set<Solution>();
        var waiting = await WaitingForJudgement.CountAsync(context, projectId, actor.UserId, stop);
        return await context.Set<Project>()
            .Where(project => project.Id == projectId)
            .Select(project => new ProjectView(
                project.Id,
                project.Name,
                role,
                waiting,
                ReviewQueue.Waiting(context, projectId).Count() + SecondReviews.Open(context, projectId).Count(),
                solutions.Count(solution => solution.ProjectId == projectId && solution.State == SolutionState.Adjudication),
                context.Set<Flag>().Count(flag => flag.AnsweredAt == null && flag.Solution!.ProjectId == projectId),
                context.Set<Run>().Count(run => run.ProjectId == projectId && (run.State == RunState.Queued || run.State == RunState.Running || run.State == RunState.Cancelling)),
                project.ArchivedAt != null))
            .SingleAsync(stop);
    }

    /// <summary>The person's projects by name; an admin's are all.</summary>
    public async Task<IReadOnlyList<ProjectLine>> ListAsync(Actor actor, CancellationToken stop = default)
    {
        await using var context = await contexts.CreateDbContextAsync(stop);
        var isAdmin = await IsAdminAsync(context, actor, stop);
        return await context.Set<Project>()
            .Select(project => new
            {
                project,
                Role = context.Set<ProjectMember>()
                    .Where(member => member.ProjectId == project.Id && member.UserId == actor.UserId)
                    .Select(member => (ProjectRole?)member.Role).FirstOrDefault(),
            })
            .Where(row => isAdmin || row.Role != null)
            .OrderBy(row => row.project.Name)
            .Select(row => new ProjectLine(
                row.project.Id,
                row.project.Name,
                row.Role,
                context.Set<Core.Problems.Problem>().Count(problem => problem.ProjectId == row.project.Id && problem.Split != Core.Problems.Split.Gold),
                context.Set<Core.Pairs.PreferencePair>().Count(pair => pair.ProjectId == row.project.Id),
                row.project.CreatedAt))
            .ToListAsync(stop);
    }

    /// <summary>Whether this person administers the installation.</summary>
    public async Task<bool> IsAdminAsync(Actor actor, CancellationToken stop = default)
    {
        await using var context = await contexts.CreateDbContextAsync(stop);
        return await IsAdminAsync(context, actor, stop);
    }

    private static async Task<bool> IsAdminAsync(StepDpoContext context, Actor actor, CancellationToken stop) =>
        (await Administration.RequireAdminAsync(context, actor, stop)).Succeeded;
}

/// <summary>One line of the list of projects.</summary>
/// <param name="Id">The project.</param>
/// <param name="Name">Its name.</param>
/// <param name="Role">The person's own role; null for an admin who is no member.</param>
/// <param name="Problems">Its problems.</param>
/// <param name="Pairs">Its pairs.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record ProjectLine(long Id, string Name, ProjectRole? Role, int Problems, int Pairs, DateTimeOffset CreatedAt);
