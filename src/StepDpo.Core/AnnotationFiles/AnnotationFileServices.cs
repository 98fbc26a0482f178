using Microsoft.Extensions.DependencyInjection;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>Registers this feature.</summary>
public static class AnnotationFileServices
{
    /// <summary>Import and export of judged solutions, import of suggestions. Needs <see cref="Workers.WorkerOptions"/> for the data folder.</summary>
    public static IServiceCollection AddAnnotationFiles(this IServiceCollection services) => services
        .AddSingleton<AnnotationImport>()
        .AddSingleton<SuggestionImport>()
        .AddSingleton<SuggestionGaps>()
        .AddSingleton<AnnotationExports>();
}
