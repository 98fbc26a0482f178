using Microsoft.Extensions.DependencyInjection;

namespace StepDpo.Core.Projects;

/// <summary>Registers this folder's services.</summary>
public static class ProjectsServices
{
    /// <summary>Needs <see cref="Data.DataServices.AddData"/>.</summary>
    public static IServiceCollection AddProjects(this IServiceCollection services) => services
        .AddSingleton<ProjectRegister>()
        .AddSingleton<ProjectMembers>()
        .AddSingleton<GuidelinesReadings>()
        .AddSingleton<History>();
}
