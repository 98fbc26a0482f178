using Microsoft.Extensions.DependencyInjection;
using StepDpo.Core.Runs;

namespace StepDpo.Core.Evaluations;

/// <summary>Registers this feature.</summary>
public static class EvaluationServices
{
    /// <summary>Held-out problems, evaluations, their reports, and those that follow a training by themselves.</summary>
    public static IServiceCollection AddEvaluations(this IServiceCollection services) => services
        .AddSingleton<EvaluationRuns>()
        .AddSingleton<EvaluationReports>()
        .AddSingleton<EvaluationQueries>()
        .AddSingleton<ModelFamilies>()
        .AddSingleton<ProblemSplits>()
        .AddSingleton<IPlanner, EvaluationPlanner>()
        .AddSingleton<IRunHandler, EvaluationRunHandler>();
}
