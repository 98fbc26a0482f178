using System.Reflection;
using Microsoft.AspNetCore.Components;
using StepDpo.EndToEnd.Tests.Support;
using StepDpo.Web.Security;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Pages;

/// <summary>Every page that the site has, found by its route: with real rows on it, as the role that works with it, in both themes and widths. A new page fails here until it has a row.</summary>
public sealed partial class EveryPageTests(SeededSite seeded) : IClassFixture<SeededSite>
{
    /// <summary>How each page is opened, and what must be on it so that it is no empty or refused page.</summary>
    private static readonly Dictionary<string, Visit> _visits = new()
    {
        ["/"] = new(Visitor.Admin, _ => "/", "next round"),
        ["/error"] = new(Visitor.Stranger, _ => "/error", "The site could not do that", 500),
        ["/not-found"] = new(Visitor.Stranger, _ => "/not-found", "There is nothing at this address", 404),
        ["/not-allowed"] = new(Visitor.Annotator, _ => "/not-allowed", "This page is not open to you", 403),
        ["/account/sign-in"] = new(Visitor.Stranger, _ => "/account/sign-in", "Password"),
        ["/account/password"] = new(Visitor.Annotator, _ => "/account/password", "Once more"),
        ["/account/keys"] = new(Visitor.Annotator, _ => "/account/keys", "Keep these keys"),
        ["/account/link/{Token}"] = new(Visitor.Stranger, seeded => $"/account/link/{seeded.Invitation}", "Welcome, Priya Nair"),
        ["/users"] = new(Visitor.Admin, _ => "/users", "Priya Nair"),
        ["/models"] = new(Visitor.Admin, _ => "/models", "Retire"),
        ["/models/{ModelId:long}"] = new(Visitor.Admin, seeded => $"/models/{seeded.Training.ModelId}", "All models"),
        ["/projects"] = new(Visitor.Admin, _ => "/projects", "Saxony"),
        ["/projects/{ProjectId:long}"] = new(Visitor.Admin, InProject(""), "next round"),
        ["/projects/{ProjectId:long}/annotate"] = new(Visitor.Annotator, InProject("/annotate"), "apples"),
        ["/projects/{ProjectId:long}/exam"] = new(Visitor.Annotator, InProject("/exam"), "Worked solution 1 of 3"),
        ["/projects/{ProjectId:long}/quality"] = new(Visitor.Admin, InProject("/quality"), "Judged right"),
        ["/projects/{ProjectId:long}/review"] = new(Visitor.Reviewer, InProject("/review"), "Candidates"),
        ["/projects/{ProjectId:long}/disputes"] = new(Visitor.Reviewer, InProject("/disputes"), "Simplify the given equation"),
        ["/projects/{ProjectId:long}/flags"] = new(Visitor.Admin, InProject("/flags"), "jo asks about step 2"),
        ["/projects/{ProjectId:long}/agreement"] = new(Visitor.Reviewer, InProject("/agreement"), "Each two annotators"),
        ["/projects/{ProjectId:long}/suggestions"] = new(Visitor.Admin, InProject("/suggestions"), "Revised to it"),
        ["/projects/{ProjectId:long}/problems"] = new(Visitor.Admin, InProject("/problems"), "apples"),
        ["/projects/{ProjectId:long}/problems/add"] = new(Visitor.Admin, InProject("/problems/add"), "File"),
        ["/projects/{ProjectId:long}/judgements"] = new(Visitor.Admin, InProject("/judgements"), "manifest"),
        ["/projects/{ProjectId:long}/judgements/add"] = new(Visitor.Admin, InProject("/judgements/add"), "BIG-Bench Mistake"),
        ["/projects/{ProjectId:long}/problems/{ProblemId:long}"] = new(Visitor.Admin, seeded => $"{InProject("/problems")(seeded)}/{seeded.Pair.ProblemId}", "Correct the answer"),
        ["/projects/{ProjectId:long}/solutions"] = new(Visitor.Admin, InProject("/solutions"), "Send back to judging"),
        ["/projects/{ProjectId:long}/solutions/{SolutionId:long}"] = new(Visitor.Reviewer, seeded => $"{InProject("/solutions")(seeded)}/{seeded.SolutionId}", "verdict: first error at step 2"),
        ["/projects/{ProjectId:long}/pairs"] = new(Visitor.Reviewer, InProject("/pairs"), "1 to 30 of 35"),
        ["/projects/{ProjectId:long}/pairs/{PairId:long}"] = new(Visitor.Admin, seeded => $"{InProject("/pairs")(seeded)}/{seeded.Pair.Id}", "mina: approved."),
        ["/projects/{ProjectId:long}/pairs/files"] = new(Visitor.Admin, InProject("/pairs/files"), "pairs.jsonl"),
        ["/projects/{ProjectId:long}/runs"] = new(Visitor.Reviewer, InProject("/runs"), "Pool, third time"),
        ["/projects/{ProjectId:long}/runs/{RunId:long}"] = new(Visitor.Admin, seeded => $"{InProject("/runs")(seeded)}/{seeded.Training.Id}", "Step 88 of 134"),
        ["/projects/{ProjectId:long}/runs/sampling"] = new(Visitor.Admin, InProject("/runs/sampling"), "Solutions a problem"),
        ["/projects/{ProjectId:long}/runs/rectification"] = new(Visitor.Admin, InProject("/runs/rectification"), "Continuations a prefix"),
        ["/projects/{ProjectId:long}/runs/training"] = new(Visitor.Admin, InProject("/runs/training"), "Own words of this model"),
        ["/projects/{ProjectId:long}/runs/evaluation"] = new(Visitor.Admin, InProject("/runs/evaluation"), "Half-width of the interval"),
        ["/projects/{ProjectId:long}/evaluations"] = new(Visitor.Reviewer, InProject("/evaluations"), "72.5 %"),
        ["/projects/{ProjectId:long}/cockpit"] = new(Visitor.Admin, InProject("/cockpit"), "Where the solutions are"),
        ["/projects/{ProjectId:long}/my-work"] = new(Visitor.Annotator, InProject("/my-work"), "You said"),
        ["/projects/{ProjectId:long}/people/{PersonId:guid}"] = new(Visitor.Admin, seeded => $"{InProject("/people")(seeded)}/{seeded.Annotator}", "What became of it"),
        ["/projects/{ProjectId:long}/people"] = new(Visitor.Admin, InProject("/people"), "in this project"),
        ["/projects/{ProjectId:long}/guidelines"] = new(Visitor.Annotator, InProject("/guidelines"), "Rounding counts"),
        ["/projects/{ProjectId:long}/audit"] = new(Visitor.Admin, InProject("/audit"), "judgements exported"),
        ["/projects/{ProjectId:long}/settings"] = new(Visitor.Admin, InProject("/settings"), "Judgements per solution"),
    };

    public static TheoryData<string> Routes => [.. typeof(Program).Assembly.GetTypes()
        .SelectMany(type => type.GetCustomAttributes<RouteAttribute>()).Select(route => route.Template).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_page_is_accessible_in_both_themes_and_keeps_quiet(string route)
    {
        Assert.True(_visits.TryGetValue(route, out var visit), $"The page {route} is not in EveryPageTests: say who opens it, where, and what it shows.");
        var page = await seeded.PageAsync(visit.By);
        var watch = new PageWatch(page, seeded.Site.Address);
        if (visit.Status != 200)
            watch.Expected.Add($"{visit.Status}");
        var address = visit.Address(seeded);
        await page.GotoAsync(seeded.Site.Address + address);
        await page.Locator(".owner[data-live], .plain, .workpage").First.WaitForAsync();
        await Expect(page.Locator("body")).ToContainTextAsync(visit.Shows);
        await page.AssertGoodAsync("page" + route.Replace("{ProjectId:long}", "", StringComparison.Ordinal).Replace(":long", "", StringComparison.Ordinal).Replace(":guid", "", StringComparison.Ordinal).Replace("//", "/", StringComparison.Ordinal).Replace('/', '-'));
        watch.AssertClean();
        Assert.Empty(seeded.Site.Get<CspReports>().Newest);
        await page.CloseAsync();
    }

    [Fact]
    public void No_row_is_left_of_a_page_that_is_gone() =>
        Assert.Empty(_visits.Keys.Except(Routes.Select(row => row.Data)));

    private static Func<SeededSite, string> InProject(string path) => seeded => $"/projects/{seeded.Site.Project.Id}{path}";

    /// <param name="By">Who opens it.</param>
    /// <param name="Address">Where.</param>
    /// <param name="Shows">Words that are there only when the page has what it is for.</param>
    /// <param name="Status">What the address answers.</param>
    private sealed record Visit(Visitor By, Func<SeededSite, string> Address, string Shows, int Status = 200);
}
