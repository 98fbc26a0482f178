using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;
using StepDpo.Core.Accounts;

namespace StepDpo.Web.Accounts;

/// <summary>Who asks, in a request and in a circuit alike. Nobody else reads claims; services take <see cref="Actor"/>.</summary>
public sealed class CurrentUser
{
    /// <summary>The person's key, or null for strangers.</summary>
    public Guid? Id { get; private set; }

    /// <summary>The person as Core's services know them.</summary>
    /// <exception cref="InvalidOperationException">Nobody is signed in: the page or endpoint lets strangers in and must not ask.</exception>
    public Actor Actor => Actor.Person(Id ?? throw new InvalidOperationException("Nobody is signed in."));

    /// <summary>The key that a signed-in principal carries.</summary>
    public static Guid? IdOf(ClaimsPrincipal principal) =>
        Guid.TryParse(principal.FindFirstValue(ClaimTypes.NameIdentifier), out var id) ? id : null;

    internal void Set(ClaimsPrincipal principal) => Id = IdOf(principal);
}

/// <summary>Fills <see cref="CurrentUser"/> when a circuit opens: from then on the person cannot change, only be signed out.</summary>
internal sealed class CurrentUserOfCircuit(CurrentUser user, AuthenticationStateProvider authentication) : CircuitHandler
{
    public override async Task OnCircuitOpenedAsync(Circuit circuit, CancellationToken cancellationToken) =>
        user.Set((await authentication.GetAuthenticationStateAsync()).User);
}
