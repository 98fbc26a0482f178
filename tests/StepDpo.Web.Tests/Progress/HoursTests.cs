using StepDpo.Core.Progress;
using StepDpo.Web.Progress;

namespace StepDpo.Web.Tests.Progress;

public sealed class HoursTests(SiteFixture fixture) : IClassFixture<SiteFixture>
{
    [Fact]
    public void The_report_holds_names_as_text_whatever_people_call_themselves()
    {
        var csv = HoursEndpoints.Csv(
        [
            new HoursRow(new DateOnly(2026, 11, 25), "lin", "Chen, Lin \"the\" third", 41, 5400, 2, 90),
            new HoursRow(new DateOnly(2026, 11, 26), "jo", "=HYPERLINK(\"http://x\")", 0, 0, 0, 0),
        ]);
        Assert.Equal(
            "day_utc,account,name,judgements,judging_hours,reviews,reviewing_hours\r\n"
            + "2026-11-25,lin,\"Chen, Lin \"\"the\"\" third\",41,1.50,2,0.03\r\n"
            + "2026-11-26,jo,\"'=HYPERLINK(\"\"http://x\"\")\",0,0.00,0,0.00\r\n",
            csv);
    }

    [Fact]
    public async Task The_chosen_size_of_text_stands_on_the_page_from_the_first_byte()
    {
        var client = await fixture.ClientAsync("annotator");
        using var chosen = await PostAsync(client, "19");
        Assert.Equal("/projects", chosen.Headers.Location?.OriginalString);
        Assert.Contains("text-19", (await client.GetStringAsync("/projects", TestContext.Current.CancellationToken)).Split("<head>")[0], StringComparison.Ordinal);
        using var refused = await PostAsync(client, "400");
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, refused.StatusCode);
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient client, string size)
    {
        var page = await client.GetStringAsync("/projects", TestContext.Current.CancellationToken);
        var token = System.Text.RegularExpressions.Regex.Match(page, "name=\"__RequestVerificationToken\" value=\"([^\"]+)\"").Groups[1].Value;
        return await client.PostAsync(
            "/text-size", new FormUrlEncodedContent(new Dictionary<string, string> { ["size"] = size, ["returnUrl"] = "/projects", ["__RequestVerificationToken"] = token }), TestContext.Current.CancellationToken);
    }
}
