using Microsoft.Extensions.DependencyInjection;

namespace StepDpo.Core.Auditing;

/// <summary>Registers this folder's services.</summary>
public static class AuditingServices
{
    /// <summary>Signing and verifying. Needs <see cref="Data.DataServices.AddData"/>.</summary>
    public static IServiceCollection AddAuditing(this IServiceCollection services, AuditOptions options) => services
        .AddSingleton(options.Checked())
        .AddSingleton<AuditKeys>()
        .AddSingleton<AuditSigning>()
        .AddSingleton<AuditVerification>();

    /// <summary>Makes this process sign what is due.</summary>
    public static IServiceCollection AddAuditRounds(this IServiceCollection services) => services.AddHostedService<AuditRounds>();
}
