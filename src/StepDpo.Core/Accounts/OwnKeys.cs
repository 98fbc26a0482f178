using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts;
using StepDpo.Core.Data;

namespace StepDpo.Core.Accounts;

/// <summary>The keys that people have put elsewhere. One key never does two things; who wants to swap two moves one out of the way first.</summary>
public sealed class OwnKeys(IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>The person's keys on a page by what they do; only those that differ from the page's.</summary>
    public async Task<Outcome<IReadOnlyDictionary<string, string>>> OfAsync(Actor actor, string page, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if ((await Administration.RequireOpenAccountAsync(context, actor, cancellationToken)).Refusal is { } refusal) return refusal;
        return await context.Set<OwnKey>().Where(k => k.UserId == actor.UserId && k.Page == page).ToDictionaryAsync(k => k.Action, k => k.Key, cancellationToken);
    }

    /// <summary>Puts what <paramref name="action"/> does onto another key. Refused where that key does something else, which the refusal names.</summary>
    public async Task<Outcome<Done>> SetAsync(Actor actor, string page, string action, string key, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if ((await Administration.RequireOpenAccountAsync(context, actor, cancellationToken)).Refusal is { } refusal) return refusal;
        if (actor.UserId is not { } user) return Refusal.Forbidden("Only people have keys.");
        var keys = WorkKeys.Of(page);
        if (keys.All(k => k.Key != action)) return Refusal.NotFound("There is no such key on this page.");
        if (!WorkKeys.IsFree(key)) return Refusal.Invalid(nameof(key), "Digits, Enter, Escape, Tab, space and the arrows keep what they do. Take a letter or a sign.");
        var own = await context.Set<OwnKey>().Where(k => k.UserId == user && k.Page == page).ToListAsync(cancellationToken);
        if (keys.FirstOrDefault(k => k.Key != action && (own.Find(o => o.Action == k.Key)?.Key ?? k.Key) == key) is { } taken)
            return Refusal.Conflict($"{key} is taken: {new Sentence(taken.Words)}.");

        if (own.Find(o => o.Action == action) is { } row)
        {
            if (key == action) context.Remove(row);
            else row.Key = key;
        }
        else if (key != action) context.Add(new OwnKey { UserId = user, Page = page, Action = action, Key = key });
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.IsDuplicate())
        {
            return Refusal.Conflict($"{key} was taken a moment ago.");
        }

        return Done.Value;
    }

    /// <summary>Puts all keys of a page back to where the page has them.</summary>
    public async Task<Outcome<Done>> ResetAsync(Actor actor, string page, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if ((await Administration.RequireOpenAccountAsync(context, actor, cancellationToken)).Refusal is { } refusal) return refusal;
        await context.Set<OwnKey>().Where(k => k.UserId == actor.UserId && k.Page == page).ExecuteDeleteAsync(cancellationToken);
        return Done.Value;
    }
}
