using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;

namespace StepDpo.Web.Hosting;

/// <summary>Core's features that are there before anything runs.</summary>
public static class Features
{
    /// <summary>Registers the database, accounts, projects, problems and models.</summary>
    public static void AddCore(this IServiceCollection services, IConfiguration configuration) => services
        .AddData(configuration.SiteConnection())
        .AddAccounts()
        .AddProjects()
        .AddProblems()
        .AddModels();
}
