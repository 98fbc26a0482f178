using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;

namespace StepDpo.Core.Projects;

/// <summary>A project as lists show it, with the actor's role in it.</summary>
public sealed record ProjectRow(long Id, string Name, ProjectRole Role, DateTimeOffset CreatedAt, DateTimeOffset? ArchivedAt);

/// <summary>What must follow when a project's settings have changed. Later features register one each; all run after the change is stored.</summary>
public interface ISettingsChange
{
    /// <summary>Follows up, in transactions of its own.</summary>
    /// <param name="old">The settings before.</param>
    /// <param name="now">The revision that holds now.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task FollowAsync(ProjectSettings old, ProjectRevision now, CancellationToken cancellationToken);
}

/// <summary>Projects and their settings.</summary>
public sealed class ProjectRegister(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock, IEnumerable<ISettingsChange> changes)
{
    /// <summary>The actor's projects by name: all for admins. For everybody with an open account.</summary>
    public async Task<Outcome<IReadOnlyList<ProjectRow>>> ListAsync(Actor actor, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if ((await Administration.RequireOpenAccountAsync(context, actor, cancellationToken)).Refusal is { } refusal) return refusal;
        var isAdmin = (await Administration.RequireAdminAsync(context, actor, cancellationToken)).Succeeded;
        var rows = isAdmin
            ? context.Set<Project>().Select(p => new ProjectRow(p.Id, p.Name, ProjectRole.Lead, p.CreatedAt, p.ArchivedAt))
            : from member in context.Set<ProjectMember>()
              join project in context.Set<Project>() on member.ProjectId equals project.Id
              where member.UserId == actor.UserId
              select new ProjectRow(project.Id, project.Name, member.Role, project.CreatedAt, project.ArchivedAt);
        return (await rows.ToArrayAsync(cancellationToken)).OrderBy(row => row.Name, StringComparer.Ordinal).ToArray();
    }

    /// <summary>Makes a project with its first revision; the actor becomes its lead. For admins.</summary>
    public async Task<Outcome<long>> CreateAsync(Actor actor, string name, ProjectSettings settings, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if ((await Administration.RequireAdminAsync(context, actor, cancellationToken)).Refusal is { } refusal) return refusal;
        var words = Words.Needed("Name", "The name", name, 100);
        if (!words.Succeeded) return words.Refusal;
        if (Check(settings) is { } wrong) return wrong;

        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var project = new Project { Name = words.Value, CreatedById = actor.UserId, CreatedAt = clock.GetUtcNow() };
        context.Add(project);
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.IsDuplicate())
        {
            return Refusal.Invalid("Name", $"There is a project called {words.Value} already.");
        }

        context.Add(new ProjectRevision { ProjectId = project.Id, Number = 1, Settings = settings, CreatedById = actor.UserId, CreatedAt = clock.GetUtcNow() });
        if (actor.UserId is { } userId) context.Add(new ProjectMember { ProjectId = project.Id, UserId = userId, Role = ProjectRole.Lead, AddedAt = clock.GetUtcNow() });
        context.Audited(clock.GetUtcNow(), actor.UserId, project.Id, "project.created", nameof(Project), project.Id, now: new { project.Name, Settings = settings });
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return project.Id;
    }

    /// <summary>The settings that hold now. For members.</summary>
    public async Task<Outcome<ProjectRevision>> CurrentRevisionAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Annotator, cancellationToken);
        return role.Succeeded ? await CurrentAsync(context, projectId, cancellationToken) : role.Refusal;
    }

    /// <summary>Changes settings by a new revision; what was said under the old one keeps pointing at it. For leads.</summary>
    /// <param name="actor">Who.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="seenNumber">Number of the revision that the actor saw: if there is a newer one, the change is refused.</param>
    /// <param name="settings">All settings.</param>
    /// <param name="reason">Why, in the actor's words; may be empty.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<Outcome<ProjectRevision>> ChangeSettingsAsync(
        Actor actor, long projectId, int seenNumber, ProjectSettings settings, string reason, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (Check(settings) is { } wrong) return wrong;
        var words = Words.Optional("Reason", "The reason", reason, 2000);
        if (!words.Succeeded) return words.Refusal;
        var old = await CurrentAsync(context, projectId, cancellationToken);
        if (old.Number != seenNumber) return Stale;
        if (old.Settings == settings) return old;
        var revision = new ProjectRevision
        {
            ProjectId = projectId,
            Number = seenNumber + 1,
            Settings = settings,
            Reason = words.Value,
            CreatedById = actor.UserId,
            CreatedAt = clock.GetUtcNow(),
        };
        context.Add(revision);
        context.Audited(clock.GetUtcNow(), actor.UserId, projectId, "project.settings-changed", nameof(Project), projectId, old.Settings, settings);
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.IsDuplicate())
        {
            return Stale;
        }

        foreach (var change in changes) await change.FollowAsync(old.Settings, revision, cancellationToken);
        return revision;
    }

    /// <summary>Lets a project rest: everything stays readable, nothing new begins; or wakes it. For leads.</summary>
    public async Task<Outcome<Done>> SetArchivedAsync(Actor actor, long projectId, bool archived, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var project = await context.Set<Project>().SingleAsync(p => p.Id == projectId, cancellationToken);
        project.ArchivedAt = archived ? project.ArchivedAt ?? clock.GetUtcNow() : null;
        context.Audited(clock.GetUtcNow(), actor.UserId, projectId, archived ? "project.archived" : "project.woken", nameof(Project), projectId);
        await context.SaveChangesAsync(cancellationToken);
        return Done.Value;
    }

    /// <summary>The revision that holds now, for services that have checked the actor already.</summary>
    public static Task<ProjectRevision> CurrentAsync(StepDpoContext context, long projectId, CancellationToken cancellationToken = default) =>
        context.Set<ProjectRevision>().AsNoTracking().Where(r => r.ProjectId == projectId).OrderByDescending(r => r.Number).FirstAsync(cancellationToken);

    private static Refusal Stale => Refusal.Conflict("Somebody else has changed the settings in the meantime; look at theirs first.");

    private static Refusal? Check(ProjectSettings settings)
    {
        foreach (var (field, message) in settings.Problems()) return Refusal.Invalid(field, message);
        return settings.Guidelines.Contains('\0', StringComparison.Ordinal) || settings.Template.Text.Contains('\0', StringComparison.Ordinal)
            ? Refusal.Invalid(nameof(settings.Guidelines), "The settings hold the character U+0000, which cannot be stored.")
            : null;
    }
}
