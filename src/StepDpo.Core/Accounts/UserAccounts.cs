using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;

namespace StepDpo.Core.Accounts;

/// <summary>The account made at the first start; the password is shown once and stored only as a hash.</summary>
public sealed record FirstAdmin(string UserName, string Password);

/// <summary>A person as the list of users shows them; without a password while the invitation is open.</summary>
public sealed record UserRow(Guid Id, string UserName, string DisplayName, bool IsAdmin, bool HasPassword, DateTimeOffset CreatedAt, DateTimeOffset? DisabledAt);

/// <summary>Accounts: who there is, who administers, who is shut out. Signing in is the site's affair.</summary>
public sealed class UserAccounts(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    private const long AdminsLock = 0x41_64_6D_69_6E_73;

    /// <summary>Makes the account <c>admin</c> with a random password if there is no account at all; else null. Safe to call at every start.</summary>
    public async Task<FirstAdmin?> CreateFirstAdminAsync(CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await LockAdminsAsync(context, cancellationToken);
        if (await context.Set<User>().AnyAsync(cancellationToken)) return null;
        var user = OneTimeLinks.NewUser("admin", "Admin", isAdmin: true, clock.GetUtcNow());
        var password = Passwords.Random();
        Passwords.Set(user, password);
        context.Add(user);
        context.Audited(clock.GetUtcNow(), null, null, "user.first-admin", nameof(User), user.Id);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new FirstAdmin(user.UserName!, password);
    }

    /// <summary>All accounts by name. For admins.</summary>
    public async Task<Outcome<IReadOnlyList<UserRow>>> ListAsync(Actor actor, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if ((await Administration.RequireAdminAsync(context, actor, cancellationToken)).Refusal is { } refusal) return refusal;
        return await context.Set<User>().OrderBy(u => u.NormalizedUserName)
            .Select(u => new UserRow(u.Id, u.UserName!, u.DisplayName, u.IsAdmin, u.PasswordHash != null, u.CreatedAt, u.DisabledAt))
            .ToArrayAsync(cancellationToken);
    }

    /// <summary>Shuts an account: its sessions end and every service refuses it. What the person said stays. For admins; the last admin cannot be shut out.</summary>
    public Task<Outcome<Done>> DisableAsync(Actor actor, Guid userId, CancellationToken cancellationToken = default) =>
        ChangeAsync(actor, userId, "user.disabled", user =>
        {
            user.DisabledAt ??= clock.GetUtcNow();
            Passwords.EndSessions(user);
        }, cancellationToken);

    /// <summary>Opens a shut account again. For admins.</summary>
    public Task<Outcome<Done>> EnableAsync(Actor actor, Guid userId, CancellationToken cancellationToken = default) =>
        ChangeAsync(actor, userId, "user.enabled", user => user.DisabledAt = null, cancellationToken);

    /// <summary>Makes a person an admin, or an admin an ordinary person. For admins; one must stay.</summary>
    public Task<Outcome<Done>> SetAdminAsync(Actor actor, Guid userId, bool isAdmin, CancellationToken cancellationToken = default) =>
        ChangeAsync(actor, userId, isAdmin ? "user.made-admin" : "user.admin-taken", user => user.IsAdmin = isAdmin, cancellationToken);

    /// <summary>Keeps the language that the actor has chosen for themselves.</summary>
    public async Task<Outcome<Done>> SetLanguageAsync(Actor actor, string language, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if ((await Administration.RequireOpenAccountAsync(context, actor, cancellationToken)).Refusal is { } refusal) return refusal;
        if (language.Length is 0 or > UserConfiguration.LongestLanguage) return Refusal.Invalid(nameof(language), "There is no such language.");
        await context.Set<User>().Where(u => u.Id == actor.UserId).ExecuteUpdateAsync(set => set.SetProperty(u => u.Language, language), cancellationToken);
        return Done.Value;
    }

    private async Task<Outcome<Done>> ChangeAsync(Actor actor, Guid userId, string action, Action<User> change, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        // Two admins who shut each other out at once must not both succeed.
        await LockAdminsAsync(context, cancellationToken);
        if ((await Administration.RequireAdminAsync(context, actor, cancellationToken)).Refusal is { } refusal) return refusal;
        var user = await context.Set<User>().SingleOrDefaultAsync(u => u.Id == userId, cancellationToken);
        if (user is null) return Refusal.NotFound("There is no such account.");
        change(user);
        user.ConcurrencyStamp = Guid.NewGuid().ToString();
        context.Audited(clock.GetUtcNow(), actor.UserId, null, action, nameof(User), userId);
        await context.SaveChangesAsync(cancellationToken);
        if (!await context.Set<User>().AnyAsync(u => u.IsAdmin && u.DisabledAt == null, cancellationToken))
            return Refusal.Conflict("This is the last admin; make somebody else an admin first.");
        await transaction.CommitAsync(cancellationToken);
        return Done.Value;
    }

    private static Task LockAdminsAsync(StepDpoContext context, CancellationToken cancellationToken) =>
        context.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({AdminsLock})", cancellationToken);
}
