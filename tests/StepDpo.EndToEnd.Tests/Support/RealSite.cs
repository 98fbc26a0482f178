using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using StepDpo.Core.Accounts;
using StepDpo.Core.Projects;
using StepDpo.Core.Tests.Data;

namespace StepDpo.EndToEnd.Tests.Support;

/// <summary>The real site on a port of this machine over a real, fresh database, with one project; it can be stopped and started again.</summary>
internal sealed partial class RealSite : IAsyncDisposable
{
    /// <summary>The password of everybody here, once they have chosen it.</summary>
    public const string Password = "correct horse battery staple";

    private readonly int _port = FreePort();
    private readonly bool _executesRuns;
    private readonly StringWriter _console = new();
    private WebApplicationFactory<Program>? _factory;

    private RealSite(bool executesRuns) => _executesRuns = executesRuns;

    /// <summary>The database of this site.</summary>
    public Database Database { get; } = new();

    /// <summary>Where its models and runs live.</summary>
    public string DataFolder { get; } = Directory.CreateTempSubdirectory("stepdpo-site-").FullName;

    /// <summary>Address without a slash at its end.</summary>
    public string Address => $"http://127.0.0.1:{_port}";

    /// <summary>The one project.</summary>
    public Project Project { get; private set; } = null!;

    /// <summary>Its only revision.</summary>
    public ProjectRevision Revision { get; private set; } = null!;

    /// <summary>A site with a project of these settings.</summary>
    public static async Task<RealSite> StartedAsync(ProjectSettings? settings = null)
    {
        var site = new RealSite(executesRuns: false);
        await site.Database.InitializeAsync();
        (site.Project, site.Revision) = await new World(site.Database).ProjectAsync(settings);
        site.Start();
        return site;
    }

    /// <summary>A site as it is on its first day: nobody and nothing in it. It executes runs, with the worker of this build.</summary>
    public static async Task<RealSite> EmptyAsync()
    {
        var site = new RealSite(executesRuns: true);
        await site.Database.InitializeAsync();
        site.Start();
        var first = FirstSignInLine().Match(site._console.ToString());
        Assert.True(first.Success, $"found no first sign-in in: {site._console}");
        site.FirstSignIn = (first.Groups[1].Value, first.Groups[2].Value);
        return site;
    }

    /// <summary>Name and password that an empty site prints when it starts.</summary>
    public (string Name, string Password) FirstSignIn { get; private set; }

    /// <summary>Starts, on the port of the last time.</summary>
    public void Start()
    {
        _factory = new WebApplicationFactory<Program>().WithWebHostBuilder(host =>
        {
            host.UseEnvironment("Production");
            host.UseUrls(Address);
            host.UseStaticWebAssets();
            host.UseSetting("ConnectionStrings:StepDpo", Database.ConnectionString);
            host.UseSetting("StepDpo:RateLimits:SignInsPerMinute", "1000");
            host.UseSetting("StepDpo:DataFolder", DataFolder);
            host.UseSetting("StepDpo:RunsHere", _executesRuns ? "true" : "false");
            host.UseSetting("StepDpo:WorkerAssembly", Repository.Program("StepDpo.Worker"));
            host.ConfigureLogging(logging => logging.ClearProviders());
            host.ConfigureTestServices(services => services.AddSingleton<TextWriter>(_console));
        });
        _factory.UseKestrel();
        _factory.StartServer();
    }

    /// <summary>Stops; whoever has a page open meets nobody.</summary>
    public async Task StopAsync()
    {
        if (_factory is not null)
            await _factory.DisposeAsync();
        _factory = null;
    }

    /// <summary>A service of the running site.</summary>
    public T Get<T>() where T : notnull => _factory!.Services.GetRequiredService<T>();

    /// <summary>A member of the project, with an account.</summary>
    public async Task<User> MemberAsync(string name, ProjectRole role, bool isAdmin = false)
    {
        await using var scope = _factory!.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        var user = new User { UserName = name, DisplayName = name, IsAdmin = isAdmin, CreatedAt = DateTimeOffset.UtcNow };
        var result = await users.CreateAsync(user, Password);
        Assert.True(result.Succeeded, result.ToString());
        await Database.AddAsync(new ProjectMember { ProjectId = Project.Id, UserId = user.Id, Role = role, AddedAt = DateTimeOffset.UtcNow });
        return user;
    }

    /// <summary>Signs in by the form, which leads on to a page of the project, or from there to another.</summary>
    public async Task OpenAsync(IPage page, string name, string path, string? onTo = null)
    {
        await page.GotoAsync($"{Address}/account/sign-in?returnUrl={Uri.EscapeDataString($"/projects/{Project.Id}/{path}")}");
        await page.Locator("[name='Form.Name']").FillAsync(name);
        await page.Locator("[name='Form.Password']").FillAsync(Password);
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync($"{Address}/projects/{Project.Id}/{onTo ?? path}");
    }

    [GeneratedRegex(@"Name: (\S+)\s+Password: (\S+)")]
    private static partial Regex FirstSignInLine();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Database.DisposeAsync();
        await _console.DisposeAsync();
        Directory.Delete(DataFolder, recursive: true);
    }
}
