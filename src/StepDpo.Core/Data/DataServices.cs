using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace StepDpo.Core.Data;

/// <summary>Registers the database.</summary>
public static class DataServices
{
    /// <summary>The factory of contexts under the site's role, and the system's clock unless another is registered.</summary>
    public static IServiceCollection AddData(this IServiceCollection services, string connectionString)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services.AddDbContextFactory<StepDpoContext>(builder => StepDpoContext.Configure(builder, connectionString));
    }
}
