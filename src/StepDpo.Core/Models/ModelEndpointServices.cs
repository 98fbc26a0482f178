using Microsoft.Extensions.DependencyInjection;
using StepDpo.Core.Workers;

namespace StepDpo.Core.Models;

/// <summary>Registers what starts workers.</summary>
public static class ModelEndpointServices
{
    /// <summary>Models that answer, and training workers, on this machine.</summary>
    public static IServiceCollection AddWorkers(this IServiceCollection services, WorkerOptions options) => services
        .AddSingleton(options)
        .AddSingleton<TrainingLauncher>()
        .AddSingleton<ModelEndpoints>();

    /// <summary>Reads the models that admins asked for, as long as the process lives.</summary>
    public static IServiceCollection AddModelReading(this IServiceCollection services) => services.AddHostedService<ModelReading>();
}
