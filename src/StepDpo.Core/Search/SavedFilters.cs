using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Search;

/// <summary>A saved filter as a list shows it.</summary>
/// <param name="Id">Its key.</param>
/// <param name="Name">Its name.</param>
/// <param name="Filter">The filter.</param>
/// <param name="IsShared">Whether every reviewer of the project sees it.</param>
/// <param name="IsOwn">Whether it is the actor's.</param>
/// <param name="Owner">Whose it is.</param>
public sealed record SavedFilterRow(long Id, string Name, SolutionFilter Filter, bool IsShared, bool IsOwn, string Owner);

/// <summary>Filters with names, one's own and those that others share. For reviewers.</summary>
public sealed class SavedFilters(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>Most filters of one person in a project.</summary>
    public const int Most = 100;

    /// <summary>One's own first, then those that others share, by name.</summary>
    public async Task<Outcome<IReadOnlyList<SavedFilterRow>>> ListAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        return await (from filter in context.Set<SavedFilter>().AsNoTracking()
                      join owner in context.Set<User>() on filter.OwnerId equals owner.Id
                      where filter.ProjectId == projectId && (filter.OwnerId == actor.UserId || filter.IsShared)
                      orderby filter.OwnerId == actor.UserId descending, filter.Name
                      select new SavedFilterRow(filter.Id, filter.Name, filter.Filter, filter.IsShared, filter.OwnerId == actor.UserId, owner.DisplayName))
            .Take(500).ToArrayAsync(cancellationToken);
    }

    /// <summary>Saves a filter under a name; one's own of that name is replaced.</summary>
    public async Task<Outcome<long>> SaveAsync(Actor actor, long projectId, string name, SolutionFilter filter, bool shared, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (actor.UserId is not { } owner) return Refusal.Forbidden("Only people save filters.");
        var words = Words.Needed("Name", "The name", name, 80);
        if ((words.Refusal ?? filter.Fault(role.Value)) is { } wrong) return wrong;
        var own = context.Set<SavedFilter>().Where(f => f.ProjectId == projectId && f.OwnerId == owner);
        var saved = await own.SingleOrDefaultAsync(f => f.Name == words.Value, cancellationToken);
        var old = saved is null ? null : new { saved.Name, saved.Filter, saved.IsShared };
        if (saved is null)
        {
            if (await own.CountAsync(cancellationToken) >= Most) return Refusal.Conflict($"You have {Most} filters here; remove one first.");
            saved = new SavedFilter { ProjectId = projectId, OwnerId = owner, Name = words.Value, Filter = filter, IsShared = shared, CreatedAt = clock.GetUtcNow() };
            context.Add(saved);
        }
        else
        {
            (saved.Filter, saved.IsShared) = (filter, shared);
        }

        context.Audited(clock.GetUtcNow(), owner, projectId, "filter.saved", nameof(SavedFilter), words.Value, old, new { saved.Name, saved.Filter, saved.IsShared });
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.IsDuplicate())
        {
            return Refusal.Conflict("You have saved a filter of this name a moment ago.");
        }

        return saved.Id;
    }

    /// <summary>Removes one's own filter; leads remove shared ones of others too.</summary>
    public async Task<Outcome<Done>> RemoveAsync(Actor actor, long savedFilterId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (await context.Set<SavedFilter>().SingleOrDefaultAsync(f => f.Id == savedFilterId, cancellationToken) is not { } saved) return NoSuchFilter;
        var role = await Membership.RequireAsync(context, actor, saved.ProjectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal.Kind == RefusalKind.NotFound ? NoSuchFilter : role.Refusal;
        if (saved.OwnerId != actor.UserId && !saved.IsShared) return NoSuchFilter;
        if (saved.OwnerId != actor.UserId && role.Value < ProjectRole.Lead) return Refusal.Forbidden("It is somebody else's; only they or a lead can remove it.");
        context.Remove(saved);
        context.Audited(clock.GetUtcNow(), actor.UserId, saved.ProjectId, "filter.removed", nameof(SavedFilter), saved.Name, new { saved.Name, saved.Filter, saved.IsShared });
        await context.SaveChangesAsync(cancellationToken);
        return Done.Value;
    }

    private static Refusal NoSuchFilter => Refusal.NotFound("There is no such filter.");
}
