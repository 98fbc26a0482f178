using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Localization;
using Microsoft.AspNetCore.Mvc;
using MudBlazor;
using StepDpo.Core.Accounts;
using StepDpo.Web.Accounts;
using StepDpo.Web.Security;
using StepDpo.Web.Theme;

namespace StepDpo.Web.Languages;

/// <summary>Which language the site speaks: what the account says, else the cookie <c>language</c>, else what the browser asks for.</summary>
public static class LanguageChoice
{
    private const string Cookie = "language";

    /// <summary>Registers what the framework and MudBlazor need to know of the languages. Numbers are written alike in all of them.</summary>
    public static void AddLanguages(this IServiceCollection services)
    {
        services.Configure<RequestLocalizationOptions>(options =>
        {
            options.SupportedCultures = [CultureInfo.InvariantCulture];
            options.SupportedUICultures = [.. Language.All.Select(language => CultureInfo.GetCultureInfo(language.Code))];
            options.DefaultRequestCulture = new RequestCulture(CultureInfo.InvariantCulture, CultureInfo.GetCultureInfo(Language.English.Code));
            options.RequestCultureProviders = [new CustomRequestCultureProvider(context => Task.FromResult<ProviderCultureResult?>(new("", Of(context).Code)))];
        });
        services.AddTransient<MudLocalizer, MudWords>();
    }

    /// <summary>Maps the form that changes the choice: kept in the browser, and with the account of who is signed in.</summary>
    public static void MapLanguage(this IEndpointRouteBuilder app) =>
        app.MapPost("/language", async (HttpContext context, CurrentUser user, UserAccounts accounts, [FromForm] string choice, [FromForm] string? returnUrl) =>
        {
            if (Language.Of(choice) is null)
                return Results.BadRequest();
            if (user.Id is not null && (await accounts.SetLanguageAsync(user.Actor, choice, context.RequestAborted)).Refusal is { } refusal)
                return refusal.AsProblem();
            context.Response.Cookies.Append(Cookie, choice, ThemeChoice.Kept(context));
            return Results.LocalRedirect(LocalAddress.OrHome(returnUrl));
        }).AllowAnonymous();

    private static Language Of(HttpContext context) =>
        Language.Of(context.User.FindFirstValue(UserClaims.Language)) ?? Language.Of(context.Request.Cookies[Cookie]) ?? AskedFor(context.Request) ?? Language.English;

    // The browser's order of wishes; who reads any Chinese reads ours better than English.
    private static Language? AskedFor(HttpRequest request) => request.GetTypedHeaders().AcceptLanguage
        .Where(wish => wish.Quality is not 0)
        .OrderByDescending(wish => wish.Quality ?? 1)
        .Select(wish => wish.Value.ToString().Split('-')[0].ToLowerInvariant() switch { "zh" => Language.Chinese, "en" => Language.English, _ => null })
        .FirstOrDefault(language => language is not null);
}
