using Microsoft.Extensions.Configuration;

namespace StepDpo.Web.Tests;

/// <summary>The linked <c>wwwroot</c> and settings of the repository's root (style.md, part 3) are found from any folder.</summary>
public sealed class StaticFilesTests(SiteFixture fixture) : IClassFixture<SiteFixture>
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
}
