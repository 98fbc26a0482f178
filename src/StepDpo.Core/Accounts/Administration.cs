using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Data;

namespace StepDpo.Core.Accounts;

/// <summary>The access check of what concerns the whole installation.</summary>
public static class Administration
{
    /// <summary>Refuses everybody but admins whose account is open (and the installation itself).</summary>
    public static async Task<Outcome<Done>> RequireAdminAsync(StepDpoContext context, Actor actor, CancellationToken cancellationToken = default)
    {
        if (actor == Actor.System) return Done.Value;
        return await context.Set<User>().AnyAsync(u => u.Id == actor.UserId && u.IsAdmin && u.DisabledAt == null, cancellationToken)
            ? Done.Value
            : Refusal.Forbidden("Only admins may do this.");
    }

    /// <summary>Refuses strangers and disabled accounts.</summary>
    public static async Task<Outcome<Done>> RequireOpenAccountAsync(StepDpoContext context, Actor actor, CancellationToken cancellationToken = default)
    {
        if (actor == Actor.System) return Done.Value;
        return await context.Set<User>().AnyAsync(u => u.Id == actor.UserId && u.DisabledAt == null, cancellationToken)
            ? Done.Value
            : Refusal.Forbidden("This account is shut.");
    }
}
