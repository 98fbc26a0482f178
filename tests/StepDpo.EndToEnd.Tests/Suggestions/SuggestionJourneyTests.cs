using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using StepDpo.Core.Annotations;
using StepDpo.Core.Projects;
using StepDpo.Core.Suggestions;
using StepDpo.Core.Tests.Data;
using StepDpo.EndToEnd.Tests.Annotations;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Suggestions;

/// <summary>Judged blind, then shown, then kept or revised; and the lead who brings suggestions in. By keys alone, over a real database.</summary>
public sealed class SuggestionJourneyTests(ScriptSite browser)
{
    private const string Source = "judge:qwen2.5-72b", Rationale = "Step 2 says $3 + 4 = 8$; it is $7$. <img src=x onerror=alert(1)>";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_is_revised_one_is_kept_and_nothing_was_sent_before()
    {
        await using var site = await RealSite.StartedAsync(new() { Suggestions = SuggestionUse.AfterJudgement });
        await site.MemberAsync("lin", ProjectRole.Annotator);
        await SolutionsAsync(site, 2, 3, 1, 2);
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        var sent = new ConcurrentQueue<Task<string>>();
        page.Response += (_, response) => { if (response is { Ok: true, Request.ResourceType: "document" or "fetch" or "xhr" }) sent.Enqueue(response.TextAsync()); };
        await site.OpenAsync(page, "lin", "annotate");
        await page.CardAsync();
        await page.TypeKeysAsync("v", "m"); // nothing to look at yet
        await page.TypeKeysAsync("3");
        Assert.DoesNotContain("qwen", await page.ContentAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(await Task.WhenAll(sent), body => body.Contains("qwen", StringComparison.Ordinal));

        await page.TypeKeysAsync("Enter");
        await Expect(page.Locator("[data-offer]")).ToContainTextAsync($"{Source} suggests: step 2");
        await Expect(page.Locator("[data-card]:visible .problem")).ToContainTextAsync("Problem 2:");
        await page.TypeKeysAsync("1", "v");
        await Expect(page.Locator("[data-card]:visible .problem")).ToContainTextAsync("Problem 1:");
        await Expect(page.Locator("[data-verdict]")).ToHaveTextAsync("First error: step 3");
        await Expect(page.Locator("[data-card]:visible .suggestion")).ToContainTextAsync("it is");
        await page.AssertGoodAsync("annotate-suggestion");
        await page.TypeKeysAsync("2", "Enter");
        await Expect(page.Locator("[data-last] > li:first-child").GetByText("You revised yours.")).ToBeVisibleAsync();
        await Expect(page.Locator("[data-last] > li")).ToHaveCountAsync(1); // the revised one stands in its place
        await Expect(page.Locator("[data-card]:visible .problem")).ToContainTextAsync("Problem 2:");
        await Expect(page.Locator("[data-verdict]")).ToHaveTextAsync("First error: step 1"); // as it was begun
        await Expect(page.Locator("[data-today]")).ToHaveTextAsync("1");

        await page.TypeKeysAsync("Enter");
        await Expect(page.Locator("[data-offer]")).ToContainTextAsync("suggests: step 3");
        await page.AssertGoodAsync("annotate-suggested");
        await page.TypeKeysAsync("m");
        await Expect(page.Locator("[data-offer]")).ToBeEmptyAsync();
        await Expect(page.Locator("[data-last] > li:first-child").GetByText("You keep yours.")).ToBeVisibleAsync();
        await page.TypeKeysAsync("1", "Enter");
        await Expect(page.Locator("[data-last] > li:first-child")).ToContainTextAsync("says the same");

        // Looked at and left as it was; after a reload it is taken back and comes again, with what was seen.
        await page.TypeKeysAsync("4", "Enter");
        await Expect(page.Locator("[data-offer]")).ToContainTextAsync("suggests: step 2");
        await page.TypeKeysAsync("v");
        await Expect(page.Locator("[data-card]:visible .problem")).ToContainTextAsync("Problem 4:");
        await page.SavedAsync();
        await page.ReloadAsync();
        await Expect(page.Locator("[data-last] > li:first-child")).ToContainTextAsync("suggests: step 2");
        await page.TypeKeysAsync("v");
        await Expect(page.Locator("[data-card]:visible .problem")).ToContainTextAsync("Problem 4:");
        await Expect(page.Locator("[data-card]:visible .suggestion")).ToBeVisibleAsync();
        await page.TypeKeysAsync("4", "Enter");
        await Expect(page.GetByText("Nothing to judge just now")).ToBeVisibleAsync();
        await Expect(page.Locator("[data-last] > li:first-child").GetByText("You keep yours.")).ToBeVisibleAsync(); // said once more
        await page.SavedAsync();

        await using var context = site.Database.CreateDbContext();
        var rows = await context.Set<FirstErrorAnnotation>().OrderBy(a => a.SolutionId).ThenBy(a => a.Id).Select(a => new { a.SolutionId, a.Outcome, a.Step, a.AfterSuggestion }).ToListAsync(Token);
        Assert.Equal(["FirstError 3 False", "FirstError 2 True", "FirstError 1 False", "FirstError 1 False", "FirstError 4 False", "Undone  True", "FirstError 4 True"], rows.Select(a => $"{a.Outcome} {a.Step} {a.AfterSuggestion}"));
        Assert.Equal([2, 1, 1, 4], await context.Set<FirstErrorVerdict>().Where(v => v.SupersededAt == null).OrderBy(v => v.SolutionId).Select(v => v.Step!.Value).ToListAsync(Token));
        Assert.Equal([false, true, false, false], await context.Set<ShownSuggestion>().OrderBy(s => s.SuggestionId).Select(s => s.KeptAt != null).ToListAsync(Token));
        watch.AssertClean();

        await site.MemberAsync("mina", ProjectRole.Lead);
        var leads = await browser.BlankAsync();
        await site.OpenAsync(leads, "mina", "suggestions");
        await leads.Locator(".owner[data-live]").WaitForAsync();
        await Expect(leads.GetByRole(AriaRole.Row, new() { Name = "lin" })).ToContainTextAsync("1 of 3"); // three differed, one was revised
        await leads.AssertGoodAsync("suggestions");
    }

    [Fact]
    public async Task A_lead_brings_suggestions_in_by_a_file_and_a_bad_one_is_told_by_its_lines()
    {
        await using var site = await RealSite.StartedAsync();
        await site.MemberAsync("mina", ProjectRole.Lead);
        await SolutionsAsync(site, [null, null]);
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, "mina", "suggestions");
        await page.Locator(".owner[data-live]").WaitForAsync();
        await Expect(page.GetByText("None yet. Add a file below.")).ToBeVisibleAsync();
        var download = await page.RunAndWaitForDownloadAsync(() => PressAsync(page, page.GetByRole(AriaRole.Link, new() { Name = "Solutions without a suggestion" })));
        var asked = (await File.ReadAllLinesAsync(await download.PathAsync(), Token)).Select(line => System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(line)).ToArray();
        Assert.Equal(2, asked.Length);

        var file = Path.Combine(site.DataFolder, "judge.jsonl");
        string Line(int of, int step) => $$"""{"solution": {{asked[of].GetProperty("solution").GetInt64()}}, "source": "judge:a", "step": {{step}}, "rationale": "It does not follow."}""";
        await File.WriteAllLinesAsync(file, [Line(0, 2), Line(1, 9)], Token);
        await ChooseAsync(page, file);
        await Expect(page.GetByText("1 new suggestion: 1 from judge:a; 1 row that cannot be used, so nothing can be added.")).ToBeVisibleAsync();
        await Expect(page.GetByText("step: found 9, wanted 1 to 4: the solution has 4 steps")).ToBeVisibleAsync();
        await page.AssertGoodAsync("suggestions-faults");
        await File.WriteAllLinesAsync(file, [Line(0, 2), Line(1, 3)], Token);
        await ChooseAsync(page, file);
        await PressAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Add 2 suggestions" }));
        await Expect(page.GetByText("2 suggestions added")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Sources" })).ToContainTextAsync("judge:a");

        await using var context = site.Database.CreateDbContext();
        Assert.Equal([2, 3], await context.Set<Suggestion>().OrderBy(s => s.SolutionId).Select(s => s.Step!.Value).ToListAsync(Token));
        watch.AssertClean();
    }

    private static async Task SolutionsAsync(RealSite site, params int?[] suggested)
    {
        var texts = new Texts(site);
        for (var i = 0; i < suggested.Length; i++)
        {
            var solution = await texts.SolutionAsync($"Problem {i + 1}: Ann has $3$ apples and buys $4$. How many does she have?", "7", "8", "She has $3$.", "She buys $4$, so $3 + 4 = 8$.", "Nobody takes any.", "The answer is $8$.");
            if (suggested[i] is { } step)
                await site.Database.AddAsync(new Suggestion { SolutionId = solution.Id, StepCount = solution.StepCount, Source = Source, Step = step, Confidence = 0.81, Rationale = Rationale, RunId = solution.RunId, CreatedAt = World.Now });
        }
    }

    private static async Task ChooseAsync(IPage page, string file)
    {
        await FocusAsync(page, page.Locator("#suggestions-file"));
        await page.Locator("#suggestions-file").SetInputFilesAsync(file); // the window that the key opens is the browser's own
    }

    private static async Task PressAsync(IPage page, ILocator target)
    {
        await FocusAsync(page, target);
        await page.Keyboard.PressAsync("Enter");
    }

    private static async Task FocusAsync(IPage page, ILocator target)
    {
        await Expect(target).ToBeEnabledAsync();
        for (var i = 0; i < 80; i++)
        {
            if (await target.EvaluateAsync<bool>("element => element === document.activeElement")) return;
            await page.Keyboard.PressAsync("Tab");
        }

        Assert.Fail($"{target}: 80 tabs do not reach it");
    }
}
