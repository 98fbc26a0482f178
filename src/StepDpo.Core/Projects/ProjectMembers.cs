using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;

namespace StepDpo.Core.Projects;

/// <summary>A member as lists show them.</summary>
public sealed record MemberRow(Guid UserId, string UserName, string DisplayName, ProjectRole Role, DateTimeOffset AddedAt, bool Disabled);

/// <summary>A person who could become a member.</summary>
public sealed record CandidateRow(Guid UserId, string UserName, string DisplayName);

/// <summary>Who works in a project, and as what.</summary>
public sealed class ProjectMembers(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>The members by name. For members.</summary>
    public async Task<Outcome<IReadOnlyList<MemberRow>>> ListAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Annotator, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var rows = from member in context.Set<ProjectMember>()
                   join user in context.Set<User>() on member.UserId equals user.Id
                   where member.ProjectId == projectId
                   orderby user.DisplayName
                   select new MemberRow(user.Id, user.UserName!, user.DisplayName, member.Role, member.AddedAt, user.DisabledAt != null);
        return await rows.ToArrayAsync(cancellationToken);
    }

    /// <summary>People with an open account who are not members yet. For leads.</summary>
    public async Task<Outcome<IReadOnlyList<CandidateRow>>> CandidatesAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        return await context.Set<User>()
            .Where(u => u.DisabledAt == null && !context.Set<ProjectMember>().Any(m => m.ProjectId == projectId && m.UserId == u.Id))
            .OrderBy(u => u.DisplayName)
            .Select(u => new CandidateRow(u.Id, u.UserName!, u.DisplayName))
            .ToArrayAsync(cancellationToken);
    }

    /// <summary>Adds a member, or changes a member's role. For leads.</summary>
    public async Task<Outcome<Done>> SetRoleAsync(Actor actor, long projectId, Guid userId, ProjectRole newRole, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (!await context.Set<User>().AnyAsync(u => u.Id == userId && u.DisabledAt == null, cancellationToken)) return Refusal.NotFound("There is no such account, or it is shut.");
        var member = await context.Set<ProjectMember>().SingleOrDefaultAsync(m => m.ProjectId == projectId && m.UserId == userId, cancellationToken);
        var old = member?.Role;
        if (member is null) context.Add(new ProjectMember { ProjectId = projectId, UserId = userId, Role = newRole, AddedAt = clock.GetUtcNow() });
        else member.Role = newRole;
        context.Audited(clock.GetUtcNow(), actor.UserId, projectId, "member.role-set", nameof(ProjectMember), userId, old, newRole);
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.IsDuplicate() || e is DbUpdateConcurrencyException)
        {
            return Refusal.Conflict("Somebody else has changed this member in the meantime.");
        }

        return Done.Value;
    }

    /// <summary>Removes a member; what they said stays. For leads.</summary>
    public async Task<Outcome<Done>> RemoveAsync(Actor actor, long projectId, Guid userId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var member = await context.Set<ProjectMember>().SingleOrDefaultAsync(m => m.ProjectId == projectId && m.UserId == userId, cancellationToken);
        if (member is null) return Refusal.NotFound("There is no such member.");
        context.Remove(member);
        context.Audited(clock.GetUtcNow(), actor.UserId, projectId, "member.removed", nameof(ProjectMember), userId, old: member.Role);
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            return Refusal.NotFound("There is no such member.");
        }

        return Done.Value;
    }
}
