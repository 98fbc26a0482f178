using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;

namespace StepDpo.Core.Models;

/// <summary>The list of addresses that endpoints may have. All of it is for admins.</summary>
public sealed class AllowedEndpoints(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>The list.</summary>
    public async Task<Outcome<IReadOnlyList<AllowedEndpoint>>> ListAsync(Actor actor, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var admin = await Administration.RequireAdminAsync(context, actor, cancellationToken);
        if (!admin.Succeeded) return admin.Refusal;
        return await context.Set<AllowedEndpoint>().AsNoTracking().OrderBy(e => e.BaseUrl).ToArrayAsync(cancellationToken);
    }

    /// <summary>Allows an address and all below it.</summary>
    public async Task<Outcome<Done>> AllowAsync(Actor actor, string url, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var admin = await Administration.RequireAdminAsync(context, actor, cancellationToken);
        if (!admin.Succeeded) return admin.Refusal;
        var address = EndpointAddress.Parse(url);
        if (!address.Succeeded) return address.Refusal;
        context.Add(new AllowedEndpoint { BaseUrl = address.Value, CreatedById = actor.UserId, CreatedAt = clock.GetUtcNow() });
        context.Audited(clock.GetUtcNow(), actor.UserId, null, "endpoint.allowed", nameof(AllowedEndpoint), address.Value.Length > 80 ? TextHash.Of(address.Value) : address.Value, now: address.Value);
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.IsDuplicate())
        {
            return Refusal.Conflict("This address is allowed already.");
        }

        return Done.Value;
    }

    /// <summary>Takes an address from the list; models registered there are refused from their next request on.</summary>
    public async Task<Outcome<Done>> ForbidAsync(Actor actor, long allowedEndpointId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var admin = await Administration.RequireAdminAsync(context, actor, cancellationToken);
        if (!admin.Succeeded) return admin.Refusal;
        if (await context.Set<AllowedEndpoint>().SingleOrDefaultAsync(e => e.Id == allowedEndpointId, cancellationToken) is not { } endpoint)
            return Refusal.NotFound("There is no such address on the list.");
        context.Remove(endpoint);
        context.Audited(clock.GetUtcNow(), actor.UserId, null, "endpoint.forbidden", nameof(AllowedEndpoint), allowedEndpointId, old: endpoint.BaseUrl);
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            return Refusal.NotFound("There is no such address on the list.");
        }

        return Done.Value;
    }

    /// <summary>Whether a model's address is still allowed: asked before each connection.</summary>
    public static async Task<bool> IsAllowedAsync(StepDpoContext context, string url, CancellationToken cancellationToken = default)
    {
        var allowed = await context.Set<AllowedEndpoint>().Select(e => e.BaseUrl).ToArrayAsync(cancellationToken);
        return EndpointAddress.Parse(url) is { Succeeded: true } address && allowed.Any(prefix => EndpointAddress.IsWithin(address.Value, prefix));
    }
}
