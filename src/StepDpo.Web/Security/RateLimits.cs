using System.Globalization;
using System.Threading.RateLimiting;

namespace StepDpo.Web.Security;

/// <summary>How often one address may try what costs or guesses.</summary>
public sealed class RateLimitOptions
{
    /// <summary>Section of the settings.</summary>
    public const string Section = "StepDpo:RateLimits";

    /// <summary>Password and link forms that one address may send in a minute.</summary>
    public int SignInsPerMinute { get; init; } = 20;

    /// <summary>Policy reports that one address may send in a minute.</summary>
    public int ReportsPerMinute { get; init; } = 60;
}

/// <summary>The limits by name. Lockout guards one account, these guard the site.</summary>
public static class RateLimits
{
    /// <summary>Forms that take a password or a one-time link.</summary>
    public const string SignIn = "sign-in";

    /// <summary>Reports of the content security policy.</summary>
    public const string Reports = "reports";

    /// <summary>Registers the limiter and its policies.</summary>
    public static void AddRateLimits(this IServiceCollection services, IConfiguration configuration)
    {
        var options = configuration.GetSection(RateLimitOptions.Section).Get<RateLimitOptions>() ?? new RateLimitOptions();
        services.AddRateLimiter(limiter =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.OnRejected = async (context, stop) =>
            {
                context.HttpContext.Response.Headers.RetryAfter = 60.ToString(CultureInfo.InvariantCulture);
                await context.HttpContext.Response.WriteAsync(T("Too many tries from this address. Try again in a minute."), stop);
            };
            limiter.AddPolicy(SignIn, context => PostsPerMinute(context, options.SignInsPerMinute));
            limiter.AddPolicy(Reports, context => PostsPerMinute(context, options.ReportsPerMinute));
        });
    }

    private static RateLimitPartition<string> PostsPerMinute(HttpContext context, int permits) =>
        HttpMethods.IsPost(context.Request.Method)
            ? RateLimitPartition.GetFixedWindowLimiter(
                context.Connection.RemoteIpAddress?.ToString() ?? "",
                _ => new FixedWindowRateLimiterOptions { PermitLimit = permits, Window = TimeSpan.FromMinutes(1) })
            : RateLimitPartition.GetNoLimiter("");
}
