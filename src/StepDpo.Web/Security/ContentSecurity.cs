namespace StepDpo.Web.Security;

/// <summary>Services behind <see cref="SecurityHeaders"/> and <see cref="CspReportEndpoint"/>.</summary>
public static class ContentSecurity
{
    /// <summary>Registers a nonce for each response and the reports' place.</summary>
    public static void AddContentSecurity(this IServiceCollection services)
    {
        services.AddScoped<CspNonce>();
        services.AddSingleton<CspReports>();
    }
}
