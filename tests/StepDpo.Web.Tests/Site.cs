using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StepDpo.Core.Accounts;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Web.Tests;

/// <summary>The real site in memory over a real database. Tests speak HTTP to it.</summary>
public sealed partial class Site : IAsyncDisposable
{
    public const string Password = "correct horse battery staple";

    private readonly WebApplicationFactory<Program> _factory;

    /// <param name="database">A migrated database.</param>
    /// <param name="configure">More services or settings.</param>
    public Site(Database database, Action<IWebHostBuilder>? configure = null) =>
        _factory = new WebApplicationFactory<Program>().WithWebHostBuilder(host =>
        {
            host.UseEnvironment("Production");
            host.UseStaticWebAssets();
            host.UseSetting("ConnectionStrings:StepDpo", database.ConnectionString);
            host.UseSetting("StepDpo:RateLimits:SignInsPerMinute", "1000");
            host.UseSetting("StepDpo:RunsHere", "false");
            host.ConfigureLogging(logging => logging.ClearProviders());
            configure?.Invoke(host);
        });

    public IServiceProvider Services => _factory.Services;

    public T Get<T>() where T : notnull => Services.GetRequiredService<T>();

    /// <summary>A browser that nobody signed in. It keeps cookies; redirects are seen, not followed.</summary>
    public HttpClient Anonymous()
    {
        var client = _factory.CreateClient(new WebApplicationFactoryClientOptions { AllowAutoRedirect = false, BaseAddress = new Uri("http://localhost") });
        client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        return client;
    }

    /// <summary>A person with an account and <see cref="Password"/>.</summary>
    public async Task<User> UserAsync(string name, bool isAdmin = false)
    {
        await using var scope = Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        var user = new User { UserName = name, DisplayName = name, IsAdmin = isAdmin, CreatedAt = DateTimeOffset.UtcNow };
        var result = await users.CreateAsync(user, Password);
        Assert.True(result.Succeeded, result.ToString());
        return user;
    }

    /// <summary>A browser in which this person signed in by the form.</summary>
    public async Task<HttpClient> SignedInAsync(string name, string password = Password)
    {
        var client = Anonymous();
        using var response = await SignInAsync(client, name, password);
        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        return client;
    }

    public static Task<HttpResponseMessage> SignInAsync(HttpClient client, string name, string password, string? returnUrl = null) =>
        SendFormAsync(client, "/account/sign-in" + (returnUrl is null ? "" : $"?returnUrl={Uri.EscapeDataString(returnUrl)}"), "sign-in", ("Form.Name", name), ("Form.Password", password));

    /// <summary>Opens a page, and sends the form that it holds with its antiforgery token.</summary>
    public static async Task<HttpResponseMessage> SendFormAsync(HttpClient client, string address, string handler, params (string Name, string Value)[] fields)
    {
        var page = await client.GetStringAsync(new Uri(address, UriKind.Relative), TestContext.Current.CancellationToken);
        using var content = new FormUrlEncodedContent(
        [
            new("_handler", handler),
            new("__RequestVerificationToken", Token().Match(page).Groups[1].Value),
            .. fields.Select(field => KeyValuePair.Create(field.Name, field.Value)),
        ]);
        return await client.PostAsync(new Uri(address, UriKind.Relative), content, TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => _factory.DisposeAsync();

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
