using Microsoft.Extensions.DependencyInjection;

namespace StepDpo.Core.Models;

/// <summary>Registers this folder's services.</summary>
public static class ModelsServices
{
    /// <summary>Needs <see cref="Data.DataServices.AddData"/>.</summary>
    public static IServiceCollection AddModels(this IServiceCollection services) => services
        .AddSingleton<ModelRegister>()
        .AddSingleton<AllowedEndpoints>()
        .AddSingleton<ModelIntake>();
}
