namespace StepDpo.Web.Security;

/// <summary>Headers that every response carries. The one hole in the policy is written down in docs/decisions/0011-content-security-policy.md.</summary>
public static class SecurityHeaders
{
    /// <summary>Where browsers report what the policy stopped.</summary>
    public const string ReportPath = "/csp-report";

    /// <summary>The policy for one response.</summary>
    /// <param name="nonce">The response's nonce.</param>
    public static string Policy(string nonce) => string.Join("; ",
        "default-src 'self'",
        $"script-src 'self' 'nonce-{nonce}'",
        // MudBlazor writes style elements and style attributes; nothing else needs this.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        $"report-uri {ReportPath}");

    /// <summary>Sets the headers just before the response starts, so that error pages have them too.</summary>
    public static void UseSecurityHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = Policy(context.RequestServices.GetRequiredService<CspNonce>().Value);
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "same-origin";
            headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            // Pages and answers show people's work; only static files, which name their own caching, may be kept.
            if (headers.CacheControl.Count == 0)
                headers.CacheControl = "no-store";
            return Task.CompletedTask;
        });
        return next(context);
    });
}
