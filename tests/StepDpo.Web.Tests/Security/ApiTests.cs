using System.Net;
using System.Text;

namespace StepDpo.Web.Tests.Security;

/// <summary>The guard of the JSON API, tried at a call that changes something.</summary>
public sealed class ApiTests(SiteFixture fixture) : IClassFixture<SiteFixture>
{
    [Theory]
    [InlineData("http://evil.example", null)]
    [InlineData("null", null)]
    [InlineData("http://localhost:81", null)]
    [InlineData("https://localhost", null)]
    [InlineData(null, "cross-site")]
    [InlineData(null, "same-site")]
    [InlineData(null, null)]
    public async Task A_call_from_another_page_is_refused_though_the_cookie_is_right(string? origin, string? site)
    {
        using var response = await SendAsync("annotator", origin, site);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("http://localhost", null)]
    [InlineData(null, "same-origin")]
    public async Task A_call_from_the_sites_own_page_passes(string? origin, string? site)
    {
        using var response = await SendAsync("annotator", origin, site);

        Assert.DoesNotContain(response.StatusCode, new[] { HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized, HttpStatusCode.Redirect, HttpStatusCode.UnsupportedMediaType });
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("text/plain")]
    [InlineData("multipart/form-data")]
    public async Task What_a_foreign_form_can_send_is_no_json(string contentType)
    {
        using var response = await SendAsync("annotator", "http://localhost", null, contentType);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Fact]
    public async Task Who_is_not_signed_in_is_told_so_by_status_and_not_sent_elsewhere()
    {
        using var response = await SendAsync("anonymous", "http://localhost", null);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Null(response.Headers.Location);
    }

    [Fact]
    public async Task A_stranger_to_the_project_is_refused_by_status()
    {
        using var response = await SendAsync("stranger", "http://localhost", null);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Null(response.Headers.Location);
    }

    private async Task<HttpResponseMessage> SendAsync(string role, string? origin, string? site, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/projects/{fixture.ProjectId}/annotations/skip")
        {
            Content = new StringContent("{\"assignment\": 999999}", Encoding.UTF8, contentType),
        };
        if (origin is not null)
            request.Headers.TryAddWithoutValidation("Origin", origin);
        if (site is not null)
            request.Headers.TryAddWithoutValidation("Sec-Fetch-Site", site);
        return await (await fixture.ClientAsync(role)).SendAsync(request, TestContext.Current.CancellationToken);
    }
}
