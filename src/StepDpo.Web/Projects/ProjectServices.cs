using StepDpo.Web.Home;

namespace StepDpo.Web.Projects;

/// <summary>Registers what pages of projects need beside Core.</summary>
public static class ProjectServices
{
    /// <summary>Adds the reads.</summary>
    public static void AddProjectPages(this IServiceCollection services) => services
        .AddScoped<ProjectViews>()
        .AddScoped<LoopReader>();
}
