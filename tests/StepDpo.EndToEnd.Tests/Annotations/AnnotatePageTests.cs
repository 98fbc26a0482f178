using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using StepDpo.Core.Annotations;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Annotations;

/// <summary>The real page over a real database, by keys alone.</summary>
public sealed class AnnotatePageTests(ScriptSite browser)
{
    [Fact]
    public async Task Ten_solutions_are_judged_with_two_keys_each()
    {
        await using var site = await RealSite.StartedAsync(new() { Guidelines = "* Mark the first step that states something false.\n* A detour is *no* error." });
        await site.MemberAsync("lin", ProjectRole.Annotator);
        await SolutionsAsync(site, 10);
        var (page, watch) = await OpenAsync(site);

        for (var i = 1; i <= 10; i++)
        {
            await Expect(page.Locator("[data-card]:visible .problem")).ToContainTextAsync($"Problem {i}:");
            await page.TypeKeysAsync($"{1 + i % 4}", "Enter");
        }
        await Expect(page.GetByText("Nothing to judge just now")).ToBeVisibleAsync();
        await page.SavedAsync();

        await using var context = site.Database.CreateDbContext();
        var judged = await context.Set<FirstErrorAnnotation>().OrderBy(a => a.Id).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(1, 10).Select(i => (int?)(1 + i % 4)), judged.Select(a => a.Step));
        Assert.All(judged, a => Assert.Equal(FirstErrorOutcome.FirstError, a.Outcome));
        Assert.Equal(10, await context.Set<Prefix>().CountAsync(TestContext.Current.CancellationToken));
        watch.AssertClean();
    }

    [Fact]
    public async Task A_stopped_site_and_a_reload_lose_and_double_nothing()
    {
        await using var site = await RealSite.StartedAsync();
        await site.MemberAsync("lin", ProjectRole.Annotator);
        await SolutionsAsync(site, 6);
        var (page, _) = await OpenAsync(site);

        await page.TypeKeysAsync("1", "Enter");
        await page.SavedAsync();
        await Expect(page.Locator("[data-card]:not([data-done])").Nth(2)).ToBeAttachedAsync(); // the active one and two ahead
        await site.StopAsync();
        await page.TypeKeysAsync("2", "Enter", "3", "n", "Enter", "u", "4", "Enter");
        await Expect(page.Locator("sync-state")).ToContainTextAsync("kept on this computer");
        var work = page.Url;
        await page.GotoAsync("about:blank"); // the tab is closed: it cannot send while the new one is being drawn
        site.Start();
        await page.GotoAsync(work);
        await Expect(page.Locator("[data-card]:visible .problem")).ToContainTextAsync("Problem 4:");
        await page.TypeKeysAsync("1", "Enter");
        await Expect(page.Locator("[data-card]:visible .problem")).ToContainTextAsync("Problem 5:");
        await page.TypeKeysAsync("c", "Enter");
        await page.Keyboard.TypeAsync("The picture is missing.");
        await page.TypeKeysAsync("Enter", "Enter");
        await Expect(page.Locator("[data-card]:visible .problem")).ToContainTextAsync("Problem 6:");
        await page.TypeKeysAsync("0", "e", "Enter");
        await page.SavedAsync();

        await using var context = site.Database.CreateDbContext();
        var all = context.Set<FirstErrorAnnotation>();
        var counting = await all.Where(a => a.Outcome != FirstErrorOutcome.Undone && !all.Any(later => later.SupersedesId == a.Id)).OrderBy(a => a.SolutionId)
            .Select(a => new { a.Outcome, a.Step, a.Reason }).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["FirstError 1 ", "FirstError 2 ", "FirstError 4 ", "FirstError 1 ", "CannotJudge  Unsure", "NoError  EquivalentAnswer"], counting.Select(a => $"{a.Outcome} {a.Step} {a.Reason}"));
        Assert.Equal(8, await all.CountAsync(TestContext.Current.CancellationToken)); // with the one taken back and its undo
    }

    [Fact]
    public async Task Undo_puts_the_solution_back_on_the_desk_also_after_a_reload()
    {
        await using var site = await RealSite.StartedAsync();
        await site.MemberAsync("lin", ProjectRole.Annotator);
        await SolutionsAsync(site, 2);
        var (page, watch) = await OpenAsync(site);
        await page.TypeKeysAsync("3", "Enter");
        await page.SavedAsync();
        await page.ReloadAsync();
        await Expect(page.Locator("[data-last]")).ToContainTextAsync("Step 3");
        await page.TypeKeysAsync("u");
        await Expect(page.Locator("[data-card]:visible .problem")).ToContainTextAsync("Problem 1:");
        await Expect(page.Locator("[data-verdict]")).ToHaveTextAsync("First error: step 3");
        await page.TypeKeysAsync("1", "Enter", "2", "Enter");
        await page.SavedAsync();

        await using var context = site.Database.CreateDbContext();
        Assert.Equal([1, 2], await context.Set<FirstErrorVerdict>().Where(v => v.SupersededAt == null).OrderBy(v => v.SolutionId).Select(v => v.Step!.Value).ToListAsync(TestContext.Current.CancellationToken));
        watch.AssertClean();
    }

    [Fact]
    public async Task A_question_to_the_lead_is_answered_on_the_leads_page_and_comes_back()
    {
        await using var site = await RealSite.StartedAsync();
        await site.MemberAsync("lin", ProjectRole.Annotator);
        await site.MemberAsync("lea", ProjectRole.Lead);
        await SolutionsAsync(site, 2);
        var (page, watch) = await OpenAsync(site);
        await page.TypeKeysAsync("j", "j", "f");
        await page.Keyboard.TypeAsync("Does a lost minus count?");
        await page.TypeKeysAsync("Enter");
        await Expect(page.Locator("[data-card]:visible [data-flags]")).ToContainTextAsync("Step 3: Does a lost minus count?");
        await page.SavedAsync();
        await Expect(page.Locator("[data-card]:visible .problem")).ToContainTextAsync("Problem 1:"); // still there, undecided

        var leads = await browser.BlankAsync();
        await site.OpenAsync(leads, "lea", "flags");
        await leads.Locator(".owner[data-live]").WaitForAsync();
        await Expect(leads.GetByRole(AriaRole.Heading, new() { Name = "lin asks about step 3" })).ToBeVisibleAsync();
        await leads.GetByLabel("Answer").FocusAsync();
        await leads.Keyboard.TypeAsync("Yes, it makes the step false.");
        await leads.Keyboard.PressAsync("Tab");
        await leads.Keyboard.PressAsync("Enter");
        await Expect(leads.GetByText("No open question")).ToBeVisibleAsync();

        await page.Clock.InstallAsync();
        await page.ReloadAsync();
        await Expect(page.Locator("[data-answers]")).ToHaveTextAsync("1 answer");
        await Expect(page.Locator("[data-card]:visible [data-flags]")).ToContainTextAsync("lea: Yes, it makes the step false.");
        await page.Locator("[data-answers]").FocusAsync();
        await page.TypeKeysAsync("Enter", "Tab");
        await page.RunAndWaitForResponseAsync(() => page.Clock.FastForwardAsync(31_000), "**/cards"); // the cards are asked for again: who reads is not disturbed
        await Expect(page.Locator("[data-answer] button")).ToBeFocusedAsync();
        await page.TypeKeysAsync("Enter");
        await page.SavedAsync();
        await Expect(page.Locator("[data-answers]")).ToBeHiddenAsync();
        await page.ReloadAsync();
        await page.CardAsync();
        await Expect(page.Locator("[data-answers]")).ToBeHiddenAsync();
        watch.AssertClean();
    }

    [Fact]
    public async Task Keys_are_put_elsewhere_by_keys_and_every_label_follows()
    {
        await using var site = await RealSite.StartedAsync();
        await site.MemberAsync("lin", ProjectRole.Annotator);
        await SolutionsAsync(site, 2);
        var (page, watch) = await OpenAsync(site);
        await page.TypeKeysAsync("3", "Enter");
        await page.SavedAsync();
        await page.TypeKeysAsync("?");
        await page.GetByRole(AriaRole.Link, new() { Name = "Put keys elsewhere, for you alone" }).FocusAsync();
        await page.TypeKeysAsync("Enter");
        await page.GetByLabel("Undo", new() { Exact = true }).FocusAsync();
        await page.TypeKeysAsync("Control+a", "n", "Enter");
        await Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("n is taken: Neutral.");
        await Expect(page.GetByLabel("Undo", new() { Exact = true })).ToBeFocusedAsync();
        await page.TypeKeysAsync("Control+a", "z", "Enter");
        await Expect(page.Locator(".side kbd[data-of=u]")).ToHaveTextAsync("z");
        await page.TypeKeysAsync("u");
        await Expect(page.Locator("[data-card]:visible .problem")).ToContainTextAsync("Problem 2:");
        await page.TypeKeysAsync("z");
        await Expect(page.Locator("[data-card]:visible .problem")).ToContainTextAsync("Problem 1:");
        watch.AssertClean();
    }

    [Fact]
    public async Task The_machine_says_what_was_overlooked_after_the_verdict_and_nothing_before()
    {
        await using var site = await RealSite.StartedAsync();
        await site.MemberAsync("lin", ProjectRole.Annotator);
        await new Texts(site).SolutionAsync("Ann has 3 apples and buys 4. How many?", "7", "8", "She has 3.", "She buys 4, so 3 + 4 = 8.", "The answer is 8.");
        await SolutionsAsync(site, 1);
        var (page, watch) = await OpenAsync(site);
        await Expect(page.Locator("[data-waiting=annotate]")).ToHaveTextAsync("2");
        Assert.DoesNotContain("machine", await page.ContentAsync(), StringComparison.Ordinal);
        await page.TypeKeysAsync("3", "Enter");
        await Expect(page.Locator("[data-last] .finding")).ToHaveTextAsync("Step 2: 3 + 4 = 8 (machine: 7)");
        await Expect(page.Locator("[data-waiting=annotate]")).ToHaveTextAsync("1");
        await page.TypeKeysAsync("u", "2", "Enter");
        await page.SavedAsync();
        await Expect(page.Locator("[data-last] .finding")).ToHaveCountAsync(0);
        watch.AssertClean();
    }

    [Fact]
    public async Task The_page_passes_axe_in_both_themes_and_two_widths()
    {
        await using var site = await RealSite.StartedAsync(new() { Guidelines = "* Mark the first step that states something false, or draws what does not follow.\n* A detour is no error. A step that leads nowhere is *Neutral*." });
        await site.MemberAsync("lin", ProjectRole.Annotator);
        await SolutionsAsync(site, 3);
        var (page, watch) = await OpenAsync(site);
        await page.TypeKeysAsync("2", "Enter", "3");
        await page.AssertGoodAsync("annotate");
        await page.TypeKeysAsync("0");
        await page.AssertGoodAsync("annotate-contradiction");
        await page.TypeKeysAsync("1", "Enter", "1", "Enter");
        await Expect(page.GetByText("Nothing to judge just now")).ToBeVisibleAsync();
        await page.AssertGoodAsync("annotate-empty");
        watch.AssertClean();
    }

    private async Task<(IPage Page, PageWatch Watch)> OpenAsync(RealSite site)
    {
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, "lin", "annotate");
        await page.CardAsync();
        return (page, watch);
    }

    private static async Task SolutionsAsync(RealSite site, int count)
    {
        var texts = new Texts(site);
        for (var i = 1; i <= count; i++)
        {
            await texts.SolutionAsync($"Problem {i}: what is $k$ if $3x^2 + x - 4 = a(x - h)^2 + k$?", "-\\frac{49}{12}", "-5",
                $"Factor: $3(x^2 + \\frac{{1}}{{3}}x) - {i}$.", "Complete the square: $3((x + \\frac{1}{6})^2 - \\frac{1}{36}) - 4$.", "Distribute: $3(x + \\frac{1}{6})^2 - 1 - 4$.", "So $k = -5$.");
        }
    }
}
