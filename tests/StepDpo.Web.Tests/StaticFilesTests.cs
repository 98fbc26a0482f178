using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;

namespace StepDpo.Web.Tests;

/// <summary>The linked <c>wwwroot</c> and settings of the repository's root (style.md, part 3) are found from any folder.</summary>
public sealed partial class StaticFilesTests(SiteFixture fixture) : IClassFixture<SiteFixture>
{
    [Fact]
    public async Task The_root_style_sheet_is_served_as_it_is()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/app.css");
        request.Headers.AcceptEncoding.ParseAdd("identity");
        using var response = await fixture.Site.Anonymous().SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("/* The spine:", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public void The_root_settings_are_read() =>
        Assert.Equal(60, fixture.Site.Get<IConfiguration>().GetValue<int>("StepDpo:RateLimits:ReportsPerMinute"));

    [Theory]
    [InlineData("/_framework/blazor.web.js")]
    [InlineData("/_content/MudBlazor/MudBlazor.min.css")]
    [InlineData("/fonts/inter.woff2")]
    [InlineData("/fonts/source-serif-4.woff2")]
    [InlineData("/Components/Layout/ConnectionState.razor.js")]
    public async Task Every_part_of_a_page_comes_from_the_site_itself(string address)
    {
        using var response = await fixture.Site.Anonymous().GetAsync(new Uri(address, UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("en", "")]
    [InlineData("zh-Hans", "words-zh-Hans")]
    public async Task A_page_names_each_script_that_it_needs_and_no_other(string language, string more)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/account/sign-in") { Headers = { { "Cookie", $"language={language}" } } };
        using var response = await fixture.Site.Anonymous().SendAsync(request, TestContext.Current.CancellationToken);
        var page = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        var named = Preload().Matches(page).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal);
        Assert.Equal(Imports("elements").Append(more).Where(name => name.Length > 0).Distinct().Order(StringComparer.Ordinal), named);
    }

    private IEnumerable<string> Imports(string name)
    {
        yield return name;
        var file = fixture.Site.Get<IWebHostEnvironment>().WebRootFileProvider.GetFileInfo($"js/{name}.js");
        if (!file.Exists) yield break; // the library's own
        using var text = new StreamReader(file.CreateReadStream());
        foreach (var import in Import().Matches(text.ReadToEnd()).Select(match => match.Groups[1].Value).SelectMany(Imports)) yield return import;
    }

    // /js/deck.jyzjddsl7v.js, and /js/deck.js where nothing is fingerprinted
    [GeneratedRegex("""<link rel="modulepreload" href="[^"]*?([a-zA-Z.-]+?)(?:\.[a-z0-9]{10})?\.js"[^>]*>""")]
    private static partial Regex Preload();

    [GeneratedRegex("""^import [^"]*"\.{1,2}/(?:lib/katex/)?([a-z.-]+)\.js";""", RegexOptions.Multiline)]
    private static partial Regex Import();
}
