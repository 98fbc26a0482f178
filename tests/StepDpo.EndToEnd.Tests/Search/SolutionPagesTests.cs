using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using StepDpo.Core.Annotations;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;
using StepDpo.EndToEnd.Tests.Annotations;
using StepDpo.EndToEnd.Tests.Pairs;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Search;

/// <summary>Solutions are searched, read and sent back by keyboard alone.</summary>
public sealed class SolutionPagesTests(ScriptSite browser)
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lead_finds_a_solution_reads_its_history_keeps_the_filter_and_sends_it_back_by_keys_alone()
    {
        await using var site = await RealSite.StartedAsync();
        await new SeededPairs(site, await site.MemberAsync("mina", ProjectRole.Lead)).WholeAsync();
        var texts = new Texts(site);
        var apples = await texts.SolutionAsync("Ann has $3$ apples. How many?", "7", "8", "She has $\\frac{3}{4}$ of them.", "The answer is $8$.");
        await site.Database.ExecuteAsync($"UPDATE solution SET state = 'Closed' WHERE id = {apples.Id}");
        await texts.SolutionAsync("Bob has $2$ apples. How many?", "2", "3", "He has $3$.");
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, "mina", "solutions");
        await Expect(page.GetByText("3 solutions found", new() { Exact = true })).ToBeVisibleAsync();

        // Hostile words find nothing and stay words.
        await SearchAsync(page, "\"><script>alert(1)</script> '; DROP TABLE solution; --");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "No solution here" })).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Words or formula")).ToHaveValueAsync("\"><script>alert(1)</script> '; DROP TABLE solution; --");
        await SearchAsync(page, "\\frac{3}");
        await Expect(page.GetByText("1 solution found", new() { Exact = true })).ToBeVisibleAsync();
        await SearchAsync(page, "apples");
        await Expect(page.GetByText("2 solutions found", new() { Exact = true })).ToBeVisibleAsync();

        await page.GetByLabel("Keep this filter as").FocusAsync();
        await page.Keyboard.TypeAsync("Apples");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Apples", Exact = true })).ToBeVisibleAsync();

        // One waits already and is left out; the answer says which.
        await page.GetByLabel("Why").FocusAsync();
        await page.Keyboard.TypeAsync("The rules changed.");
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Send back to judging" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByText("Send 2 solutions back to judging?")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Yes, send 2 solutions" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByText("1 solution changed, 1 left out:")).ToBeVisibleAsync();
        await Expect(page.GetByText("1: waits for judgements already.")).ToBeVisibleAsync();
        await using var context = site.Database.CreateDbContext();
        Assert.Equal(SolutionState.Waiting, await context.Set<Solution>().Where(s => s.Id == apples.Id).Select(s => s.State).SingleAsync(Token));

        await page.GetByRole(AriaRole.Link, new() { Name = $"{apples.Id}", Exact = true }).First.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = $"Solution {apples.Id}" })).ToBeVisibleAsync();
        await Expect(page.Locator("aside")).ToContainTextAsync("mina: sent back to judging (was: Closed)");
        await Expect(page.Locator("aside")).ToContainTextAsync("The rules changed.");

        // From there to its problem, whose reference answer is corrected.
        await page.GetByRole(AriaRole.Link, new() { Name = $"problem {apples.ProblemId}" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.GetByLabel("Answer", new() { Exact = true }).FocusAsync();
        await page.Keyboard.TypeAsync("8");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("Mistyped in the source.");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("aside")).ToContainTextAsync("Mistyped in the source.");
        await Expect(page.GetByRole(AriaRole.Row).Nth(1)).ToContainTextAsync("Not up for judging");
        watch.AssertClean();
    }

    [Fact]
    public async Task A_lead_puts_solutions_on_a_desk_and_exports_the_list()
    {
        await using var site = await RealSite.StartedAsync();
        await site.MemberAsync("mina", ProjectRole.Lead);
        var jo = await site.MemberAsync("jo", ProjectRole.Annotator);
        await new Texts(site).SolutionAsync("Ann has $3$ apples. How many?", "7", "8", "The answer is $8$.");
        var page = await browser.BlankAsync();
        await site.OpenAsync(page, "mina", "solutions?state=Waiting");
        await page.GetByLabel("Do", new() { Exact = true }).SelectOptionAsync("Put on somebody's desk");
        await page.GetByLabel("Whose desk").SelectOptionAsync("jo");
        await page.GetByRole(AriaRole.Button, new() { Name = "Put on this desk" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Button, new() { Name = "Yes, put 1 solution" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByText("1 solution changed.")).ToBeVisibleAsync();
        await using var context = site.Database.CreateDbContext();
        Assert.Equal(jo.Id, (await context.Set<Assignment>().SingleAsync(Token)).AnnotatorId);

        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Export the list" }).PressAsync("Enter"));
        Assert.Contains("\"state\":\"Waiting\"", Assert.Single(await File.ReadAllLinesAsync(await download.PathAsync(), Token)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lead_exports_the_judgements_of_what_was_found_and_the_audit_says_so()
    {
        await using var site = await RealSite.StartedAsync();
        await new SeededPairs(site, await site.MemberAsync("mina", ProjectRole.Lead)).WholeAsync();
        await new Texts(site).SolutionAsync("Bob has $2$ apples. How many?", "2", "3", "He has $3$.");
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, "mina", "solutions?outcome=FirstError");
        await Expect(page.GetByText("1 solution found", new() { Exact = true })).ToBeVisibleAsync();
        await page.Locator(".owner[data-live]").WaitForAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Export judgements" }).PressAsync("Enter");
        await Expect(page.GetByText("Only judged solutions among")).ToBeVisibleAsync();
        await page.Locator(".owner[data-live]").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Export", Exact = true }).PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Row).Nth(1)).ToContainTextAsync("what a search found");

        await page.GotoAsync($"{site.Address}/projects/{site.Project.Id}/audit");
        await page.Locator(".owner[data-live]").WaitForAsync();
        await Expect(page.GetByRole(AriaRole.Row).Nth(1)).ToContainTextAsync("judgements exported");
        await page.GetByLabel("What").FocusAsync();
        await page.Keyboard.TypeAsync("gold");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Nothing of this kind was done" })).ToBeVisibleAsync();
        watch.AssertClean();
    }

    private static async Task SearchAsync(IPage page, string words)
    {
        await page.Locator(".owner[data-live]").WaitForAsync();
        await page.GetByLabel("Words or formula").FocusAsync();
        await page.Keyboard.PressAsync("Control+a");
        await page.Keyboard.TypeAsync(words);
        await page.RunAndWaitForResponseAsync(() => page.Keyboard.PressAsync("Enter"), response => response.Url.Contains("/solutions?", StringComparison.Ordinal));
        await page.Locator(".owner[data-live]").WaitForAsync();
    }
}
