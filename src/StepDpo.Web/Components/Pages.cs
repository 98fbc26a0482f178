using MudBlazor.Services;
using StepDpo.Web.Languages;

namespace StepDpo.Web.Components;

/// <summary>Blazor and MudBlazor, set up once.</summary>
public static class Pages
{
    /// <summary>Largest message that a browser may send: the longest field of a page (64 Ki characters) with room to spare.</summary>
    private const int LongestMessage = 256 * 1024;

    /// <summary>Registers interactive server components and MudBlazor.</summary>
    public static void AddPages(this IServiceCollection services)
    {
        services.AddRazorComponents()
            .AddInteractiveServerComponents()
            .AddHubOptions(hub => hub.MaximumReceiveMessageSize = LongestMessage);
        services.AddCascadingAuthenticationState();
        services.AddHttpContextAccessor();
        services.AddMudServices();
        services.AddLanguages();
    }

    /// <summary>Error and not-found pages instead of the server's bare answers; the API answers problem details.</summary>
    public static void UseErrorPages(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment())
        {
            app.UseExceptionHandler("/error", createScopeForErrors: true);
            app.UseHsts();
        }
        // Only where a person looks: programs get the bare status, and the API's answers are problem details.
        app.UseWhen(
            context => HttpMethods.IsGet(context.Request.Method)
                && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal)
                && !context.Request.Path.StartsWithSegments(Security.Api.Prefix),
            pages => pages.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true));
    }

    /// <summary>Maps every page. Our own policy names the frame ancestors, so Blazor adds none.</summary>
    public static void MapPages(this WebApplication app) =>
        app.MapRazorComponents<App>()
            .AddInteractiveServerRenderMode(options => options.ContentSecurityFrameAncestorsPolicy = null);
}
