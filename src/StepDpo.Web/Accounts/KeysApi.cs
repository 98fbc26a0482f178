using StepDpo.Core.Accounts;
using StepDpo.Web.Security;

namespace StepDpo.Web.Accounts;

/// <summary>Where the key sheet of a work page puts the person's own keys.</summary>
public static class KeysApi
{
    /// <summary>Adds the endpoints to the API's guarded group.</summary>
    public static RouteGroupBuilder MapKeys(this RouteGroupBuilder api)
    {
        api.MapPost("keys/{page}", SetAsync);
        api.MapPost("keys/{page}/reset", ResetAsync);
        return api;
    }

    /// <summary>Address of the keys of a page.</summary>
    public static string Path(string page) => $"{Api.Prefix}/keys/{page}";

    /// <summary>What is to be done by which key.</summary>
    internal sealed record KeyRequest(string? Action, string? Key);

    private static async Task<IResult> SetAsync(string page, KeyRequest request, CurrentUser user, OwnKeys keys, CancellationToken stop) =>
        (await keys.SetAsync(user.Actor, page, request.Action ?? "", request.Key ?? "", stop)).AsAnswer();

    private static async Task<IResult> ResetAsync(string page, CurrentUser user, OwnKeys keys, CancellationToken stop) =>
        (await keys.ResetAsync(user.Actor, page, stop)).AsAnswer();
}
