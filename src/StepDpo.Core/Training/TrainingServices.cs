using Microsoft.Extensions.DependencyInjection;
using StepDpo.Core.Runs;

namespace StepDpo.Core.Training;

/// <summary>Registers this feature.</summary>
public static class TrainingServices
{
    /// <summary>Training runs and what a model has seen.</summary>
    public static IServiceCollection AddTraining(this IServiceCollection services) => services
        .AddSingleton<ModelLineage>()
        .AddSingleton<TrainedModels>()
        .AddSingleton<TrainingRuns>()
        .AddSingleton<TrainingQueries>()
        .AddSingleton<IRunHandler, TrainingRunHandler>();
}
