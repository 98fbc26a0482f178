using Microsoft.Playwright;
using StepDpo.Core.Projects;
using StepDpo.EndToEnd.Tests.Annotations;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Runs;

/// <summary>Before and after in a browser over a real database.</summary>
public sealed class EvaluationsPageTests(ScriptSite browser)
{
    [Fact]
    public async Task Two_evaluations_are_compared_and_the_problems_that_changed_sides_are_read()
    {
        await using var site = await RealSite.StartedAsync();
        await site.MemberAsync("ada", ProjectRole.Reviewer);
        await SeededEvaluations.BeforeAndAfterAsync(site);

        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, "ada", "evaluations");
        var comparison = page.GetByRole(AriaRole.Region, new() { Name = "Comparison" });
        await Expect(comparison).ToContainTextAsync("35.0 %");
        await Expect(comparison).ToContainTextAsync("72.5 %");
        await Expect(comparison).ToContainTextAsync("+37.5");
        await Expect(comparison).ToContainTextAsync("Better");
        await Expect(page.Locator(".changed").GetByText("17 of 40")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Lost 1" }).ClickAsync();
        await Expect(page.Locator(".picks li")).ToHaveCountAsync(1);
        await Expect(page.Locator(".texts > div").First).ToContainTextAsync("matches");
        await Expect(page.Locator(".texts > div").Last).ToContainTextAsync("differs");
        watch.AssertClean();
    }
}
