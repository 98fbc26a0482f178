using StepDpo.Core.Projects;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Web.Tests;

/// <summary>A database, a site over it, a project, and a person in each role. One a test class.</summary>
public sealed class SiteFixture : IAsyncLifetime
{
    public Database Database { get; } = new();

    public Site Site { get; private set; } = null!;

    public long ProjectId { get; private set; }

    /// <summary>The folder that holds StepDpo.sln.</summary>
    public static string RepositoryRoot { get; } = Root();

    public async ValueTask InitializeAsync()
    {
        await Database.InitializeAsync();
        Site = new Site(Database);
        var project = (await new World(Database).ProjectAsync()).Project;
        ProjectId = project.Id;
        await Site.UserAsync("admin-of-tests", isAdmin: true);
        foreach (var role in Enum.GetValues<ProjectRole>())
        {
            var user = await Site.UserAsync(role.ToString().ToLowerInvariant());
            await Database.AddAsync(new ProjectMember { ProjectId = ProjectId, UserId = user.Id, Role = role, AddedAt = World.Now });
        }
        await Site.UserAsync("stranger");
    }

    /// <summary>A browser in which nobody (<c>anonymous</c>) or the person of that role signed in.</summary>
    public async Task<HttpClient> ClientAsync(string role) => role switch
    {
        "anonymous" => Site.Anonymous(),
        "admin" => await Site.SignedInAsync("admin-of-tests"),
        _ => await Site.SignedInAsync(role),
    };

    public async ValueTask DisposeAsync()
    {
        await Site.DisposeAsync();
        await Database.DisposeAsync();
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "StepDpo.sln")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException($"No StepDpo.sln above {AppContext.BaseDirectory}.");
    }
}
