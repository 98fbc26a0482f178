using Microsoft.Extensions.DependencyInjection;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Annotations;

/// <summary>Registers this feature.</summary>
public static class AnnotationServices
{
    /// <summary>Dealing out, judging, deciding, asking.</summary>
    public static IServiceCollection AddAnnotations(this IServiceCollection services) => services
        .AddSingleton<AssignmentService>()
        .AddSingleton<AnnotationService>()
        .AddSingleton<GoldService>()
        .AddSingleton<ShownSuggestions>()
        .AddSingleton<FlagService>()
        .AddSingleton<AdjudicationQueue>()
        .AddSingleton<AdjudicationService>()
        .AddSingleton<ISettingsChange, JudgementCounts>();
}
