using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace StepDpo.Core.Runs;

/// <summary>Registers runs.</summary>
public static class RunServices
{
    /// <summary>What people and pages need: queueing, orders, news of changes.</summary>
    public static IServiceCollection AddRuns(this IServiceCollection services)
    {
        services.TryAddSingleton(new RunHost());
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddSingleton<RunNotifier>()
            .AddSingleton<RunControl>()
            .AddSingleton<RunQueries>()
            .AddSingleton<RunQueue>()
            .AddSingleton<PlanLock>();
    }

    /// <summary>Makes this process execute runs and plan new ones. Needs the features' handlers and planners.</summary>
    public static IServiceCollection AddRunExecution(this IServiceCollection services) => services
        .AddHostedService<RunLoop>()
        .AddHostedService<Planning>();
}
