using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using StepDpo.EndToEnd.Tests.Annotations;
using StepDpo.EndToEnd.Tests.Support;
using StepDpo.Web.Theme;

[assembly: AssemblyFixture(typeof(ScriptSite))]

namespace StepDpo.EndToEnd.Tests.Annotations;

/// <summary>
/// Our scripts and style sheets alone, served under a stricter policy than the site's (no inline style at all) to a real browser:
/// what the custom elements do with hostile text needs neither database nor sign-in.
/// </summary>
public sealed class ScriptSite : IAsyncLifetime
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; report-uri /csp-reports";

    private const string Page = """
        <!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Scripts</title>
        <link rel="icon" href="/favicon.svg"><link rel="stylesheet" href="/lib/katex/katex.min.css"><link rel="stylesheet" href="/lib/uplot/uPlot.min.css">
        <link rel="stylesheet" href="/theme.css"><link rel="stylesheet" href="/app.css"><link rel="stylesheet" href="/deck.css">
        <script type="module" src="/js/elements.js"></script></head><body><main></main></body></html>
        """;

    private readonly WebApplication _app = Build();
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>What the browser said the policy stopped.</summary>
    public ConcurrentQueue<string> Reports { get; } = new();

    /// <summary>Answers of <c>/figures</c>, set by a test.</summary>
    public object Figures { get; set; } = new { steps = Array.Empty<int>(), series = Array.Empty<object>() };

    /// <summary>Address without a slash at its end.</summary>
    public string Address { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        _app.MapGet("/", () => Results.Content(Page, "text/html"));
        _app.MapGet("/theme.css", () => Results.Content(ThemeStylesheet.Text, "text/css"));
        _app.MapGet("/figures", () => Results.Json(Figures));
        _app.MapPost("/csp-reports", async (HttpRequest request) =>
        {
            using var reader = new StreamReader(request.Body);
            Reports.Enqueue(await reader.ReadToEndAsync());
        });
        await _app.StartAsync();
        Address = _app.Urls.Single();
        Assertions.SetDefaultExpectTimeout(60_000); // a deadline, not a measure: the machine may be shared
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(Chromium.Options);
    }

    /// <summary>A fresh browser profile with the empty page open and the elements defined.</summary>
    public async Task<IPage> OpenAsync(BrowserNewContextOptions? options = null)
    {
        var page = await BlankAsync(options);
        await page.GotoAsync(Address);
        await page.WaitForFunctionAsync("() => ['math-text', 'line-chart'].every(name => customElements.get(name) !== undefined)");
        return page;
    }

    /// <summary>A fresh browser profile with nothing open.</summary>
    public async Task<IPage> BlankAsync(BrowserNewContextOptions? options = null) => await (await ClosesItsBrowsersAttribute.OpenAsync(_browser!, options)).NewPageAsync();

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        await _app.DisposeAsync();
    }

    private static WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.Use((context, next) =>
        {
            context.Response.Headers.ContentSecurityPolicy = Policy;
            return next(context);
        });
        app.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(Path.Combine(Repository.Root, "wwwroot")) });
        return app;
    }
}
