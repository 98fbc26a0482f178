using Microsoft.Extensions.DependencyInjection;

namespace StepDpo.Core.Agreement;

/// <summary>Registers this feature.</summary>
public static class AgreementServices
{
    /// <summary>How far judges agree.</summary>
    public static IServiceCollection AddAgreement(this IServiceCollection services) => services.AddSingleton<AgreementReports>();
}
