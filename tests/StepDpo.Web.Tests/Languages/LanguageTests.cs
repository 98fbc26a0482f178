using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts;
using StepDpo.Core.Accounts;
using StepDpo.Core.Progress;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Web.Languages;
using StepDpo.Web.Progress;

namespace StepDpo.Web.Tests.Languages;

/// <summary>Which language a page speaks, and that nothing but words changes with it.</summary>
public sealed partial class LanguageTests(SiteFixture fixture) : IClassFixture<SiteFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans", "登录")]
    [InlineData("zh-TW", "zh-Hans", "登录")]
    [InlineData("en-GB,zh;q=0.5", "en", "Sign in")]
    [InlineData("de-DE,de;q=0.9", "en", "Sign in")]
    [InlineData("de, zh;q=0.1", "zh-Hans", "登录")]
    [InlineData(null, "en", "Sign in")]
    public async Task A_stranger_is_spoken_to_as_the_browser_asks(string? asked, string code, string heading)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/account/sign-in");
        if (asked is not null) request.Headers.Add("Accept-Language", asked);
        using var answer = await fixture.Site.Anonymous().SendAsync(request, Stop);
        var page = await answer.Content.ReadAsStringAsync(Stop);
        Assert.Contains($"<html lang=\"{code}\"", page, StringComparison.Ordinal);
        Assert.Contains($">{heading}</h1>", WebUtility.HtmlDecode(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_choice_is_kept_with_the_account_on_every_computer()
    {
        var here = await fixture.ClientAsync("annotator");
        using var chosen = await ChooseAsync(here, "zh-Hans");
        Assert.Equal("/projects", chosen.Headers.Location?.OriginalString);
        Assert.Contains("退出登录", WebUtility.HtmlDecode(await here.GetStringAsync("/projects", Stop)), StringComparison.Ordinal);

        var elsewhere = await fixture.ClientAsync("annotator");
        Assert.Contains("lang=\"zh-Hans\"", (await elsewhere.GetStringAsync("/projects", Stop)).Split("<head>")[0], StringComparison.Ordinal);
        await using var context = fixture.Database.CreateDbContext();
        Assert.Equal("zh-Hans", (await context.Set<User>().SingleAsync(user => user.UserName == "annotator", Stop)).Language);

        using var back = await ChooseAsync(elsewhere, "en");
        Assert.Contains("Sign out", await here.GetStringAsync("/projects", Stop), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("de")]
    [InlineData("fr-FR")]
    [InlineData("")]
    public async Task A_language_that_the_site_does_not_speak_is_refused(string code)
    {
        using var refused = await ChooseAsync(await fixture.ClientAsync("reviewer"), code);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task A_refusal_is_said_in_the_language_of_who_asked()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/projects/{fixture.ProjectId}/annotations/read") { Content = new StringContent("{\"flag\":0}", System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Add("Origin", "http://localhost");
        request.Headers.Add("Accept-Language", "zh-CN");
        using var answer = await (await fixture.ClientAsync("lead")).SendAsync(request, Stop);
        Assert.Contains("您没有这个提问。", Regex.Unescape(await answer.Content.ReadAsStringAsync(Stop)), StringComparison.Ordinal);
    }

    [Fact]
    public void Sentences_in_places_are_said_too_and_numbers_stay_as_they_are() => In("zh-Hans", () =>
    {
        Sentence name = "The note";
        Assert.Equal("备注最多 4,000 个字符，现为 4001 个。", Catalogue.T((Sentence)$"The note may hold 4,000 characters; found {4001}."));
        Assert.Equal("缺少原因。", Catalogue.T((Sentence)$"{(Sentence)"The reason"} is missing."));
        Assert.Equal("此解答的状态已改变，现为：审核中。", Catalogue.T((Sentence)$"The solution's state has changed meanwhile. It is now: {SolutionState.InReview}."));
        Assert.Equal("任务当前的状态不允许这样做，现为：完成。", Catalogue.T((Sentence)$"The run's state does not allow that. It is: {RunState.Succeeded}."));
        Assert.Equal("第 1.5 遍", Catalogue.T($"epoch {1.5:0.0}"));
        Assert.Equal("The note", name.ToString());
    });

    [Theory]
    [InlineData("zh-Hans")]
    [InlineData("de")]
    public void A_report_is_the_same_file_in_every_language(string code)
    {
        HoursRow[] rows = [new(new DateOnly(2026, 11, 25), "lin", "林", 1041, 5400, 2, 90)];
        var plain = HoursEndpoints.Csv(rows);
        In(code, () => Assert.Equal(plain, HoursEndpoints.Csv(rows)));
    }

    [Fact]
    public void No_language_brings_other_numbers()
    {
        foreach (var language in Language.All)
            Assert.Equal("1,234.5", 1234.5.ToString("N1", CultureInfo.GetCultureInfo(language.Code)));
        Assert.Equal("1,234.5", 1234.5.ToString("N1", CultureInfo.GetCultureInfo("de"))); // a comma for a decimal cannot be had here
    }

    private static void In(string code, Action test)
    {
        var (culture, words) = (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);
        (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (CultureInfo.GetCultureInfo(code), CultureInfo.GetCultureInfo(code));
        try
        {
            test();
        }
        finally
        {
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (culture, words);
        }
    }

    private static async Task<HttpResponseMessage> ChooseAsync(HttpClient client, string choice)
    {
        var token = Token().Match(await client.GetStringAsync("/projects", Stop)).Groups[1].Value;
        return await client.PostAsync("/language", new FormUrlEncodedContent(new Dictionary<string, string> { ["choice"] = choice, ["returnUrl"] = "/projects", ["__RequestVerificationToken"] = token }), Stop);
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
