using Microsoft.Extensions.DependencyInjection;

namespace StepDpo.Core.Problems;

/// <summary>Registers this folder's services.</summary>
public static class ProblemsServices
{
    /// <summary>Needs <see cref="Data.DataServices.AddData"/>.</summary>
    public static IServiceCollection AddProblems(this IServiceCollection services) => services
        .AddSingleton<ProblemImport>()
        .AddSingleton<ProblemList>()
        .AddSingleton<ReferenceAnswers>();
}
