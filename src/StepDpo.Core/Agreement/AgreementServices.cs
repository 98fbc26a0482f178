using Microsoft.Extensions.DependencyInjection;

namespace StepDpo.Core.Agreement;

/// <summary>Registers this feature.</summary>
public static class AgreementServices
{
    /// <summary>How far judges agree, and what suggestions do to them.</summary>
    public static IServiceCollection AddAgreement(this IServiceCollection services) => services
        .AddSingleton<AgreementReports>()
        .AddSingleton<SuggestionReports>();
}
