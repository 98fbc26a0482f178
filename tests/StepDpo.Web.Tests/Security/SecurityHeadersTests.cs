using System.Net;
using System.Text;
using StepDpo.Web.Security;

namespace StepDpo.Web.Tests.Security;

public sealed class SecurityHeadersTests(SiteFixture fixture) : IClassFixture<SiteFixture>
{

    [Theory]
    [InlineData("/app.css")]
    [InlineData("/health/live")]
    [InlineData("/no-such-page")]
    [InlineData("/api/no-such-call")]
    public async Task Every_answer_carries_the_headers(string address)
    {
        using var response = await fixture.Site.Anonymous().GetAsync(new Uri(address, UriKind.Relative), TestContext.Current.CancellationToken);

        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'self'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-eval", policy, StringComparison.Ordinal);
        Assert.DoesNotMatch("script-src[^;]*unsafe-inline", policy);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("same-origin", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
        Assert.False(response.Headers.Contains("Server"));
    }

    [Fact]
    public async Task Each_answer_has_a_nonce_of_its_own()
    {
        var first = await PolicyAsync();
        var second = await PolicyAsync();

        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task A_report_of_the_policy_is_kept_and_cut_to_its_limit()
    {
        using var body = new StringContent(new string('x', 20_000), Encoding.UTF8, "application/csp-report");
        using var response = await fixture.Site.Anonymous().PostAsync(new Uri(SecurityHeaders.ReportPath, UriKind.Relative), body, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(8 * 1024, Assert.Single(fixture.Site.Get<CspReports>().Newest).Length);
    }

    [Theory]
    [InlineData("http://localhost", true)]
    [InlineData("http://evil.example", false)]
    [InlineData("null", false)]
    [InlineData(null, false)]
    public async Task The_circuit_is_refused_to_pages_of_other_origins(string? origin, bool passes)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1");
        if (origin is not null)
            request.Headers.TryAddWithoutValidation("Origin", origin);
        using var response = await fixture.Site.Anonymous().SendAsync(request, TestContext.Current.CancellationToken);

        // Whoever passes the origin check still has to be signed in.
        Assert.Equal(passes ? HttpStatusCode.Unauthorized : HttpStatusCode.Forbidden, response.StatusCode);
    }

    private async Task<string> PolicyAsync()
    {
        using var response = await fixture.Site.Anonymous().GetAsync(new Uri("/health/live", UriKind.Relative), TestContext.Current.CancellationToken);
        return response.Headers.GetValues("Content-Security-Policy").Single();
    }
}
