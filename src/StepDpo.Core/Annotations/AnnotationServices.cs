using Microsoft.Extensions.DependencyInjection;

namespace StepDpo.Core.Annotations;

/// <summary>Registers this feature.</summary>
public static class AnnotationServices
{
    /// <summary>Dealing out, judging, deciding.</summary>
    public static IServiceCollection AddAnnotations(this IServiceCollection services) => services
        .AddSingleton<AssignmentService>()
        .AddSingleton<AnnotationService>()
        .AddSingleton<AdjudicationService>();
}
