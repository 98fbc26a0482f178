using Microsoft.Extensions.DependencyInjection;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;

namespace StepDpo.Core.Sampling;

/// <summary>Registers this feature.</summary>
public static class SamplingServices
{
    /// <summary>Sampling runs, and the playground.</summary>
    public static IServiceCollection AddSampling(this IServiceCollection services) => services
        .AddSingleton<SamplingRuns>()
        .AddSingleton<Playground>()
        .AddSingleton<ISettingsChange, RaisedCap>()
        .AddSingleton<IRunHandler, SamplingRunHandler>();
}
