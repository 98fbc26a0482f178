using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;

namespace StepDpo.Core.Projects;

/// <summary>The access check of every service: what an actor may do is read from the database, each time.</summary>
public static class Membership
{
    /// <summary>
    /// The actor's role in the project, if it is at least the one wanted. Admins count as leads, and so does the installation itself.
    /// A project that the actor is no member of does not exist for them.
    /// </summary>
    public static async Task<Outcome<ProjectRole>> RequireAsync(
        StepDpoContext context, Actor actor, long projectId, ProjectRole atLeast, CancellationToken cancellationToken = default)
    {
        var role = await RoleAsync(context, actor, projectId, cancellationToken);
        if (role is null) return Refusal.NotFound("There is no such project.");
        return role < atLeast ? Refusal.Forbidden($"This needs the role {atLeast} in the project; yours is {role}.") : role.Value;
    }

    /// <summary>Why no work is dealt out or taken in the project, or null: an archived one rests. Asked after a call's key, so that what was stored before is answered as then.</summary>
    public static async Task<Refusal?> RestsAsync(StepDpoContext context, long projectId, CancellationToken cancellationToken = default) =>
        await context.Set<Project>().AnyAsync(p => p.Id == projectId && p.ArchivedAt != null, cancellationToken)
            ? Refusal.Conflict("The project is archived: nothing is judged or reviewed in it until a lead wakes it.")
            : null;

    /// <summary>The actor's role in the project; null for strangers, disabled accounts and projects that do not exist.</summary>
    public static async Task<ProjectRole?> RoleAsync(StepDpoContext context, Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        if (!await context.Set<Project>().AnyAsync(p => p.Id == projectId, cancellationToken)) return null;
        if (actor == Actor.System) return ProjectRole.Lead;
        var found = await context.Set<User>()
            .Where(u => u.Id == actor.UserId && u.DisabledAt == null)
            .Select(u => new
            {
                u.IsAdmin,
                Role = context.Set<ProjectMember>().Where(m => m.UserId == u.Id && m.ProjectId == projectId).Select(m => (ProjectRole?)m.Role).FirstOrDefault(),
            })
            .SingleOrDefaultAsync(cancellationToken);
        return found is null ? null : found.IsAdmin ? ProjectRole.Lead : found.Role;
    }

    /// <summary>Keys of the projects in which the actor has at least this role: all for admins and for the installation itself.</summary>
    public static IQueryable<long> ProjectsOf(StepDpoContext context, Actor actor, ProjectRole atLeast)
    {
        if (actor == Actor.System) return context.Set<Project>().Select(p => p.Id);
        // Roles are stored as words, which the database cannot rank.
        var roles = Enum.GetValues<ProjectRole>().Where(role => role >= atLeast).ToArray();
        return context.Set<Project>()
            .Where(p => context.Set<User>().Any(u => u.Id == actor.UserId && u.DisabledAt == null
                && (u.IsAdmin || context.Set<ProjectMember>().Any(m => m.ProjectId == p.Id && m.UserId == u.Id && roles.Contains(m.Role)))))
            .Select(p => p.Id);
    }
}
