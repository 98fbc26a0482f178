using StepDpo.Web.Pairs;
using StepDpo.Web.Training;

namespace StepDpo.Web.Runs;

/// <summary>Registers what the pages of runs need beside Core.</summary>
public static class RunPages
{
    /// <summary>Adds the reads.</summary>
    public static void AddRunPages(this IServiceCollection services) => services
        .AddSingleton<RunLog>()
        .AddSingleton<StartFactsReader>()
        .AddSingleton<MachineRoom>()
        .AddSingleton<Names>();
}
