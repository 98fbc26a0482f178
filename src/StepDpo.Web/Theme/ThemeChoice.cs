using Microsoft.AspNetCore.Mvc;
using StepDpo.Web.Security;

namespace StepDpo.Web.Theme;

/// <summary>Light, dark, or what the computer says: kept in the cookie <c>theme</c> and written on <c>&lt;html&gt;</c> by the server.</summary>
public static class ThemeChoice
{
    private const string Cookie = "theme";

    /// <summary>What may be chosen, in the order of the buttons.</summary>
    public static IReadOnlyList<string> All { get; } = ["light", "dark", "system"];

    /// <summary>The class of <c>&lt;html&gt;</c>: <c>light</c>, <c>dark</c>, or none for the system's choice.</summary>
    public static string? Of(HttpContext context) =>
        context.Request.Cookies[Cookie] is ("light" or "dark") and var choice ? choice : null;

    /// <summary>Maps the style sheet and the form that changes the choice.</summary>
    public static void MapTheme(this IEndpointRouteBuilder app)
    {
        app.MapGet("/theme.css", (HttpContext context) =>
        {
            context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
            return Results.Text(ThemeStylesheet.Text, "text/css");
        }).AllowAnonymous();

        app.MapPost("/theme", (HttpContext context, [FromForm] string choice, [FromForm] string? returnUrl) =>
        {
            if (!All.Contains(choice))
                return Results.BadRequest();
            context.Response.Cookies.Append(Cookie, choice, Kept(context));
            return Results.LocalRedirect(LocalAddress.OrHome(returnUrl));
        }).AllowAnonymous();
    }

    /// <summary>How long and where a browser keeps what a person chose of the look.</summary>
    internal static CookieOptions Kept(HttpContext context) => new()
    {
        MaxAge = TimeSpan.FromDays(400),
        SameSite = SameSiteMode.Lax,
        Secure = context.Request.IsHttps,
        HttpOnly = true,
        IsEssential = true,
    };
}
