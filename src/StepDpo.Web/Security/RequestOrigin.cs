namespace StepDpo.Web.Security;

/// <summary>Who caused a request: a page of this site, or somebody else's.</summary>
/// <remarks>
/// Browsers send <c>Sec-Fetch-Site</c> and <c>Origin</c> and no script can set them. Cookies alone do not tell a foreign page's
/// request from ours, and a WebSocket handshake is not held back by the same-origin rule at all.
/// </remarks>
public static class RequestOrigin
{
    /// <summary>True when the browser says that a page of this very origin sent the request. Without any word from a browser: false.</summary>
    public static bool IsOwn(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0)
            return string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
        return request.Headers["Sec-Fetch-Site"].ToString() == "same-origin";
    }

    /// <summary>Refuses WebSocket handshakes, and anything else that reaches Blazor's hub, from foreign pages.</summary>
    public static void UseWebSocketOriginCheck(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var upgrade = context.Request.Headers.Upgrade.ToString().Contains("websocket", StringComparison.OrdinalIgnoreCase)
            || context.Request is { Protocol: "HTTP/2", Method: "CONNECT" };
        var hub = context.Request.Path.StartsWithSegments("/_blazor") && !HttpMethods.IsGet(context.Request.Method);
        if ((upgrade || hub) && !IsOwn(context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        }
        return next(context);
    });
}
