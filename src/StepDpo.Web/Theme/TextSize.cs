using Microsoft.AspNetCore.Mvc;
using StepDpo.Web.Security;

namespace StepDpo.Web.Theme;

/// <summary>How large steps are written: kept in the cookie <c>text-size</c> and written on <c>&lt;html&gt;</c> by the server, so that nothing jumps.</summary>
public static class TextSize
{
    private const string Cookie = "text-size";

    /// <summary>Pixels that may be chosen; the style sheet has a rule for each.</summary>
    public static IReadOnlyList<string> All { get; } = ["15", "17", "19", "22"];

    /// <summary>The class of <c>&lt;html&gt;</c>: <c>text-19</c>; none where nothing was chosen, which is 17, or 16 on a narrow screen.</summary>
    public static string? Of(HttpContext context) =>
        context.Request.Cookies[Cookie] is { } size && All.Contains(size) ? $"text-{size}" : null;

    /// <summary>Maps the form that changes the choice.</summary>
    public static void MapTextSize(this IEndpointRouteBuilder app) =>
        app.MapPost("/text-size", (HttpContext context, [FromForm] string size, [FromForm] string? returnUrl) =>
        {
            if (!All.Contains(size))
                return Results.BadRequest();
            context.Response.Cookies.Append(Cookie, size, ThemeChoice.Kept(context));
            return Results.LocalRedirect(LocalAddress.OrHome(returnUrl));
        }).AllowAnonymous();
}
