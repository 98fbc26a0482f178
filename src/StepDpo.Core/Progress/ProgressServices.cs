using Microsoft.Extensions.DependencyInjection;

namespace StepDpo.Core.Progress;

/// <summary>Registers this feature.</summary>
public static class ProgressServices
{
    /// <summary>The cockpit, and what each person has done.</summary>
    public static IServiceCollection AddProgress(this IServiceCollection services) => services
        .AddSingleton<CockpitReader>()
        .AddSingleton<WorkRecords>();
}
