using System.Security.Claims;

namespace StepDpo.Web.Accounts;

/// <summary>Who came in with a password that the installation made up has to choose an own one before anything else.</summary>
public sealed class FirstPasswordGate(RequestDelegate next)
{
    /// <summary>Claim of a person whose password was made up; removed when they choose one.</summary>
    public static readonly Claim MustChange = new("must-change-password", "yes");

    private static readonly string[] Open = ["/account", "/theme", "/language", "/health", Security.SecurityHeaders.ReportPath];

    /// <summary>Lets the request pass, or leads it to the form.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path;
        if (!context.User.HasClaim(MustChange.Type, MustChange.Value) || Open.Any(open => path.StartsWithSegments(open)) || IsStaticFile(context))
            return next(context);
        if (path.StartsWithSegments(Security.Api.Prefix) || path.StartsWithSegments("/_blazor"))
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
        else
            context.Response.Redirect("/account/password");
        return Task.CompletedTask;
    }

    private static bool IsStaticFile(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<Microsoft.AspNetCore.StaticAssets.StaticAssetDescriptor>() is not null || context.Request.Path == "/theme.css";
}
