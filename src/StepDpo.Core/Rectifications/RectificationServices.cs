using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using StepDpo.Core.Runs;

namespace StepDpo.Core.Rectifications;

/// <summary>Registers this feature.</summary>
public static class RectificationServices
{
    /// <summary>The review queue, what is done when it has nothing to offer, and the runs that fill it.</summary>
    public static IServiceCollection AddRectifications(this IServiceCollection services)
    {
        // Twice is as once: review pages and the loop both ask for this feature.
        services.TryAddEnumerable([ServiceDescriptor.Singleton<IPlanner, RectificationPlanner>(), ServiceDescriptor.Singleton<IRunHandler, RectificationRunHandler>()]);
        return services
            .AddSingleton<ReviewQueue>()
            .AddSingleton<RectificationService>()
            .AddSingleton<RectificationRuns>();
    }
}
