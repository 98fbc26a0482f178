using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using StepDpo.Core.Accounts;
using StepDpo.Core.Projects;
using StepDpo.Core.Tests.Data;

namespace StepDpo.EndToEnd.Tests.Support;

/// <summary>The real site on a port of 127.0.0.1 over a fresh database, and a browser. One a test class.</summary>
public sealed class SiteFixture : IAsyncLifetime
{
    public const string Password = "correct horse battery staple";

    private readonly WebApplicationFactory<Program> _factory;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public SiteFixture()
    {
        _factory = new WebApplicationFactory<Program>().WithWebHostBuilder(host =>
        {
            host.UseEnvironment("Production");
            host.UseStaticWebAssets();
            host.UseSetting("ConnectionStrings:StepDpo", Database.ConnectionString);
            host.UseSetting("StepDpo:RateLimits:SignInsPerMinute", "1000");
            host.UseSetting("StepDpo:RunsHere", "false");
            host.ConfigureLogging(logging => logging.ClearProviders());
        });
        _factory.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
    }

    public Database Database { get; } = new();

    /// <summary>Address without a slash at its end.</summary>
    public string Address { get; private set; } = "";

    public IServiceProvider Services => _factory.Services;

    public T Get<T>() where T : notnull => Services.GetRequiredService<T>();

    public async ValueTask InitializeAsync()
    {
        await Database.InitializeAsync();
        _factory.StartServer();
        Address = _factory.ClientOptions.BaseAddress.ToString().TrimEnd('/');
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(Chromium.Options);
    }

    /// <summary>A person with an account and <see cref="Password"/>, and their role in a project where one is given.</summary>
    public async Task<User> UserAsync(string name, string displayName, bool isAdmin = false, long? projectId = null, ProjectRole role = ProjectRole.Annotator)
    {
        await using var scope = Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        var user = new User { UserName = name, DisplayName = displayName, IsAdmin = isAdmin, CreatedAt = DateTimeOffset.UtcNow };
        var result = await users.CreateAsync(user, Password);
        Assert.True(result.Succeeded, result.ToString());
        if (projectId is { } project)
            await Database.AddAsync(new ProjectMember { ProjectId = project, UserId = user.Id, Role = role, AddedAt = DateTimeOffset.UtcNow });
        return user;
    }

    /// <summary>A fresh browser profile with a page, watched.</summary>
    internal async Task<WatchedPage> OpenAsync(BrowserNewContextOptions? options = null)
    {
        var context = await ClosesItsBrowsersAttribute.OpenAsync(_browser!, options ?? new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1440, Height = 900 } });
        var page = await context.NewPageAsync();
        return new WatchedPage(page, new PageWatch(page, Address), Address);
    }

    /// <summary>The same, with this person signed in by the form.</summary>
    internal async Task<WatchedPage> SignInAsync(string name)
    {
        var opened = await OpenAsync();
        await opened.Page.GotoAsync($"{Address}/account/sign-in");
        await opened.Page.GetByLabel("Name").FillAsync(name);
        await opened.Page.GetByLabel("Password").FillAsync(Password);
        await opened.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await opened.Page.WaitForURLAsync(url => !url.Contains("/account/sign-in", StringComparison.Ordinal));
        return opened;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        await _factory.DisposeAsync();
        await Database.DisposeAsync();
    }
}

/// <summary>A page of the browser with its watch.</summary>
internal sealed record WatchedPage(IPage Page, PageWatch Watch, string Address)
{
    /// <summary>Goes to an address of the site and waits until its circuit, where it has one, answers.</summary>
    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(Address + path);
        await ReadyAsync();
    }

    /// <summary>Waits until the page's circuit answers: <c>OwnerLayout</c> says so on its element.</summary>
    public Task ReadyAsync() => Page.Locator(".owner[data-live], .plain, .workpage").First.WaitForAsync();
}
