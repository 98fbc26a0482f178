using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts;
using StepDpo.Core.Data;

namespace StepDpo.Core.Accounts;

/// <summary>The keys that people have put elsewhere. One key never does two things.</summary>
public sealed class OwnKeys(IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>The person's keys on a page by what they do; only those that differ from the page's.</summary>
    public async Task<Outcome<IReadOnlyDictionary<string, string>>> OfAsync(Actor actor, string page, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if ((await Administration.RequireOpenAccountAsync(context, actor, cancellationToken)).Refusal is { } refusal) return refusal;
        return await context.Set<OwnKey>().Where(k => k.UserId == actor.UserId && k.Page == page).ToDictionaryAsync(k => k.Action, k => k.Key, cancellationToken);
    }

    /// <summary>Keeps all keys of a page as the person wants them. Refused where a key would do two things, which the refusal names; then nothing changes.</summary>
    /// <param name="actor">Whose keys they are.</param>
    /// <param name="page">The page, as <see cref="WorkKeys"/> names it.</param>
    /// <param name="keys">Key by action; an action that is left out gets the page's own key.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<Outcome<Done>> KeepAsync(Actor actor, string page, IReadOnlyDictionary<string, string> keys, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if ((await Administration.RequireOpenAccountAsync(context, actor, cancellationToken)).Refusal is { } refusal) return refusal;
        if (actor.UserId is not { } user) return Refusal.Forbidden("Only people have keys.");
        if (Problem(WorkKeys.Of(page), keys) is { } problem) return problem;

        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        // Two windows of one person: the later one waits here and replaces all of the earlier one's keys.
        await context.Database.ExecuteSqlAsync($"SELECT 1 FROM users WHERE id = {user} FOR UPDATE", cancellationToken);
        await context.Set<OwnKey>().Where(k => k.UserId == user && k.Page == page).ExecuteDeleteAsync(cancellationToken);
        context.AddRange(keys.Where(k => k.Key != k.Value).Select(k => new OwnKey { UserId = user, Page = page, Action = k.Key, Key = k.Value }));
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return Done.Value;
    }

    private static Refusal? Problem(IReadOnlyList<WorkKey> known, IReadOnlyDictionary<string, string> keys)
    {
        if (keys.Keys.Any(action => known.All(k => k.Key != action))) return Refusal.NotFound("There is no such key on this page.");
        var doers = new Dictionary<string, WorkKey>(StringComparer.Ordinal);
        foreach (var action in known)
        {
            var key = keys.GetValueOrDefault(action.Key, action.Key);
            if (!WorkKeys.IsFree(key)) return Refusal.Invalid(action.Key, "Digits, Enter, Escape, Tab, space and the arrows keep what they do. Take a letter or a sign.");
            if (!doers.TryAdd(key, action)) return Refusal.Invalid(action.Key, $"{key} is taken: {new Sentence(doers[key].Words)}.");
        }

        return null;
    }
}
