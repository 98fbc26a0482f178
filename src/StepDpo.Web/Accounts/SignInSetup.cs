using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Web.Security;

namespace StepDpo.Web.Accounts;

/// <summary>Signing in by Identity's cookie.</summary>
public static class SignInSetup
{
    /// <summary>Shortest password. Length is what counts: no rule about signs and digits.</summary>
    public const int ShortestPassword = 12;

    /// <summary>Registers Identity, its cookie, who is here, and the keys' place.</summary>
    public static void AddSignIn(this IServiceCollection services)
    {
        services.AddIdentityCore<User>(options =>
        {
            options.Password.RequiredLength = ShortestPassword;
            options.Password.RequiredUniqueChars = 5;
            options.Password.RequireDigit = false;
            options.Password.RequireLowercase = false;
            options.Password.RequireUppercase = false;
            options.Password.RequireNonAlphanumeric = false;
            options.Lockout.MaxFailedAccessAttempts = 8;
            options.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(10);
        }).AddEntityFrameworkStores<StepDpoContext>().AddSignInManager<UserSignIn>().AddClaimsPrincipalFactory<UserClaims>().AddDefaultTokenProviders();

        services.AddAuthentication(IdentityConstants.ApplicationScheme).AddIdentityCookies();
        services.ConfigureApplicationCookie(cookie =>
        {
            cookie.Cookie.Name = "stepdpo";
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            cookie.ExpireTimeSpan = TimeSpan.FromDays(7);
            cookie.LoginPath = "/account/sign-in";
            cookie.AccessDeniedPath = "/not-allowed";
            cookie.ReturnUrlParameter = "returnUrl";
            cookie.Events.OnRedirectToLogin = context => Answer(context.HttpContext, context.RedirectUri, StatusCodes.Status401Unauthorized);
            cookie.Events.OnRedirectToAccessDenied = context => Answer(context.HttpContext, context.RedirectUri, StatusCodes.Status403Forbidden);
        });
        // Each request asks the database, so that a shut account is out at its next request, not after half an hour.
        services.Configure<SecurityStampValidatorOptions>(options => options.ValidationInterval = TimeSpan.Zero);

        services.AddScoped<AuthenticationStateProvider, CircuitRevalidation>();
        services.AddScoped<CurrentUser>();
        services.AddSingleton(_ => Console.Out);
        services.AddScoped<FirstSignIn>();
        services.AddScoped<CircuitHandler, CurrentUserOfCircuit>();
        services.AddDataProtection().SetApplicationName("StepDpo");
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>, ProtectionKeys>();
        services.AddAccess();
    }

    /// <summary>Reads the cookie, and tells <see cref="CurrentUser"/> who asks.</summary>
    public static void UseSignIn(this IApplicationBuilder app)
    {
        app.UseAuthentication();
        app.Use((context, next) =>
        {
            context.RequestServices.GetRequiredService<CurrentUser>().Set(context.User);
            return next(context);
        });
        app.UseMiddleware<FirstPasswordGate>();
    }

    /// <summary>Maps signing out. The other forms are pages.</summary>
    public static void MapSignIn(this IEndpointRouteBuilder app) =>
        // It binds a form, though it needs no field: that is what makes the middleware ask for the form's token.
        app.MapPost("/account/sign-out", async (SignInManager<User> signIn, [FromForm] string? reason) =>
        {
            await signIn.SignOutAsync();
            return Results.LocalRedirect("/account/sign-in");
        });

    private static Task Answer(HttpContext context, string page, int status)
    {
        if (context.Request.Path.StartsWithSegments(Api.Prefix) || context.Request.Path.StartsWithSegments("/_blazor"))
            context.Response.StatusCode = status;
        else
            context.Response.Redirect(page);
        return Task.CompletedTask;
    }
}
