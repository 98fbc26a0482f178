using Microsoft.Extensions.DependencyInjection;

namespace StepDpo.Core.Search;

/// <summary>Registers this folder's services.</summary>
public static class SearchServices
{
    /// <summary>Needs annotations.</summary>
    public static IServiceCollection AddSearch(this IServiceCollection services) => services
        .AddSingleton<SolutionSearch>()
        .AddSingleton<SavedFilters>()
        .AddSingleton<BulkWork>();
}
