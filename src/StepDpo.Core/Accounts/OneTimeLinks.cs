using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;

namespace StepDpo.Core.Accounts;

/// <summary>A link just made. The token is shown once; only its hash is stored.</summary>
public sealed record NewLink(Guid UserId, string UserName, string Token, DateTimeOffset ExpiresAt);

/// <summary>What an open link is for, as the page that it leads to shows it.</summary>
public sealed record OpenLink(OneTimeLinkPurpose Purpose, string UserName, string DisplayName);

/// <summary>Invitations and password resets without mail: an admin makes a link and passes it on.</summary>
public sealed class OneTimeLinks(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>How long a link works.</summary>
    public static TimeSpan Lifetime { get; } = TimeSpan.FromDays(7);

    private static readonly Sentence Dead = "This link has been used, replaced by a newer one, or is older than seven days. An admin can make another.";

    /// <summary>Makes an account without a password and the link by which its owner chooses one. For admins.</summary>
    /// <param name="actor">Who invites.</param>
    /// <param name="userName">The name to sign in with: letters, digits, <c>. _ - @</c>; unique without regard to case.</param>
    /// <param name="displayName">The name that others see; the user name where empty.</param>
    /// <param name="isAdmin">Whether the person will administer the installation.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<Outcome<NewLink>> InviteAsync(Actor actor, string userName, string displayName, bool isAdmin = false, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if ((await Administration.RequireAdminAsync(context, actor, cancellationToken)).Refusal is { } refusal) return refusal;
        var name = Words.Needed("UserName", "The user name", userName, 100);
        if (!name.Succeeded) return name.Refusal;
        if (!name.Value.All(c => char.IsAsciiLetterOrDigit(c) || ".-_@".Contains(c, StringComparison.Ordinal)))
            return Refusal.Invalid("UserName", "The user name may hold letters, digits and . _ - @ only.");
        var shown = Words.Optional("DisplayName", "The display name", displayName, 100);
        if (!shown.Succeeded) return shown.Refusal;

        var user = NewUser(name.Value, shown.Value.Length > 0 ? shown.Value : name.Value, isAdmin, clock.GetUtcNow());
        var link = AddLink(context, actor, user, OneTimeLinkPurpose.Invitation);
        context.Add(user);
        context.Audited(clock.GetUtcNow(), actor.UserId, null, "user.invited", nameof(User), user.Id, now: new { user.UserName, user.IsAdmin });
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.IsDuplicate())
        {
            return Refusal.Invalid("UserName", $"There is an account {name.Value} already.");
        }

        return link;
    }

    /// <summary>Makes a link by which a person chooses a new password; their older links end. For admins.</summary>
    public async Task<Outcome<NewLink>> ResetAsync(Actor actor, Guid userId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if ((await Administration.RequireAdminAsync(context, actor, cancellationToken)).Refusal is { } refusal) return refusal;
        var user = await context.Set<User>().SingleOrDefaultAsync(u => u.Id == userId, cancellationToken);
        if (user is null) return Refusal.NotFound("There is no such account.");
        if (user.DisabledAt is not null) return Refusal.Conflict("This account is shut; open it first.");
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await context.Set<OneTimeLink>().Where(l => l.UserId == userId && l.ClosedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(l => l.ClosedAt, clock.GetUtcNow()), cancellationToken);
        var link = AddLink(context, actor, user, user.PasswordHash is null ? OneTimeLinkPurpose.Invitation : OneTimeLinkPurpose.Reset);
        context.Audited(clock.GetUtcNow(), actor.UserId, null, "user.reset-link", nameof(User), userId);
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.IsDuplicate())
        {
            return Refusal.Conflict("Somebody else has just made a link for this account.");
        }

        await transaction.CommitAsync(cancellationToken);
        return link;
    }

    /// <summary>What a link is for. Whoever bears it may ask.</summary>
    public async Task<Outcome<OpenLink>> ReadAsync(string token, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var (link, user) = await FindAsync(context, token, cancellationToken);
        return link is null || user is null ? Refusal.NotFound(Dead) : new OpenLink(link.Purpose, user.UserName!, user.DisplayName);
    }

    /// <summary>Uses a link: sets the password of its account, ends the account's sessions, and closes the link. Whoever bears it may.</summary>
    /// <returns>The account, for signing in.</returns>
    public async Task<Outcome<Guid>> ChoosePasswordAsync(string token, string password, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var (link, user) = await FindAsync(context, token, cancellationToken);
        if (link is null || user is null) return Refusal.NotFound(Dead);
        if (Passwords.Check(password, user.UserName!) is { } weak) return weak;
        var now = clock.GetUtcNow();
        // One statement closes it: of two presses at once one wins.
        var closed = await context.Set<OneTimeLink>().Where(l => l.Id == link.Id && l.ClosedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(l => l.ClosedAt, now), cancellationToken);
        if (closed == 0) return Refusal.NotFound(Dead);
        Passwords.Set(user, password);
        user.LockoutEnd = null;
        user.AccessFailedCount = 0;
        context.Audited(now, user.Id, null, "user.password-chosen", nameof(User), user.Id);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return user.Id;
    }

    internal static User NewUser(string userName, string displayName, bool isAdmin, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        UserName = userName,
        NormalizedUserName = userName.ToUpperInvariant(),
        DisplayName = displayName,
        IsAdmin = isAdmin,
        CreatedAt = now,
        LockoutEnabled = true,
        SecurityStamp = Passwords.RandomToken(),
    };

    private NewLink AddLink(StepDpoContext context, Actor actor, User user, OneTimeLinkPurpose purpose)
    {
        var (token, now) = (Passwords.RandomToken(), clock.GetUtcNow());
        context.Add(new OneTimeLink
        {
            UserId = user.Id,
            Purpose = purpose,
            TokenSha256 = TextHash.Of(token),
            CreatedById = actor.UserId,
            CreatedAt = now,
            ExpiresAt = now + Lifetime,
        });
        return new NewLink(user.Id, user.UserName!, token, now + Lifetime);
    }

    private async Task<(OneTimeLink? Link, User? User)> FindAsync(StepDpoContext context, string token, CancellationToken cancellationToken)
    {
        var (hash, now) = (TextHash.Of(token), clock.GetUtcNow());
        var link = await context.Set<OneTimeLink>().AsNoTracking()
            .SingleOrDefaultAsync(l => l.TokenSha256 == hash && l.ClosedAt == null && l.ExpiresAt > now, cancellationToken);
        var user = link is null ? null : await context.Set<User>().SingleOrDefaultAsync(u => u.Id == link.UserId && u.DisabledAt == null, cancellationToken);
        return (link, user);
    }
}
