using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;

namespace StepDpo.Core.Projects;

/// <summary>A line of the audit with the name of who did it: null for the installation itself.</summary>
public sealed record HistoryRow(long Id, DateTimeOffset At, string? ActorName, string Action, string Subject, string SubjectId, string? Old, string? New);

/// <summary>Reads the audit, newest first, a page at a time.</summary>
public sealed class History(IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>What happened in a project. For leads.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="before">Only rows with a lower key: the last of the page before; null for the first page.</param>
    /// <param name="take">Most rows, 1 to 500.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<Outcome<IReadOnlyList<HistoryRow>>> OfProjectAsync(Actor actor, long projectId, long? before = null, int take = 100, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        return role.Succeeded ? await PageAsync(context, e => e.ProjectId == projectId, before, take, cancellationToken) : role.Refusal;
    }

    /// <summary>What happened in the whole installation. For admins.</summary>
    public async Task<Outcome<IReadOnlyList<HistoryRow>>> OfInstallationAsync(Actor actor, long? before = null, int take = 100, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var admin = await Administration.RequireAdminAsync(context, actor, cancellationToken);
        return admin.Succeeded ? await PageAsync(context, e => true, before, take, cancellationToken) : admin.Refusal;
    }

    private static async Task<HistoryRow[]> PageAsync(
        StepDpoContext context, System.Linq.Expressions.Expression<Func<AuditEvent, bool>> which, long? before, int take, CancellationToken cancellationToken) =>
        await (from e in context.Set<AuditEvent>().Where(which)
               where before == null || e.Id < before
               join user in context.Set<User>() on e.ActorId equals (Guid?)user.Id into users
               from user in users.DefaultIfEmpty()
               orderby e.Id descending
               select new HistoryRow(e.Id, e.At, user == null ? null : user.DisplayName, e.Action, e.Subject, e.SubjectId, e.Old, e.New))
            .Take(Math.Clamp(take, 1, 500)).ToArrayAsync(cancellationToken);
}
