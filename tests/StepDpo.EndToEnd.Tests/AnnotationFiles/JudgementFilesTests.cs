using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;
using StepDpo.EndToEnd.Tests.Annotations;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.AnnotationFiles;

/// <summary>Judged solutions in and out, by keyboard alone, in a browser over a real database.</summary>
public sealed class JudgementFilesTests(ScriptSite browser)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Judged_solutions_come_in_after_a_look_and_leave_in_another_format()
    {
        await using var site = await RealSite.StartedAsync();
        await site.MemberAsync("mina", ProjectRole.Lead);
        var file = Path.Combine(site.DataFolder, "arithmetic.jsonl");
        await File.WriteAllLinesAsync(file,
        [
            """{"input": "What is $\\tfrac{1}{2} + 1$?", "steps": ["$\\tfrac{1}{2} + 1 = 2$.", "So the answer is 2"], "target": "1.5", "answer": "2", "mistake_index": 0}""",
            """{"input": "((2 + 3) * 4) =", "steps": ["2 + 3 = 5.", "5 * 4 = 20. So the answer is 20"], "target": "20", "answer": "20", "mistake_index": null}""",
            """{"input": "(7 - 9) =", "steps": ["7 - 9 = 2. So the answer is 2"], "target": "-2", "answer": "2", "mistake_index": null}""",
            """{"input": "(7 - 8) =", "steps": ["7 - 8 = 1."], "target": "-1", "answer": "1", "mistake_index": 4}""",
        ], Token);
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, "mina", "judgements");
        await Expect(page.GetByText("None yet.")).ToBeVisibleAsync();

        await PressAsync(page, page.GetByRole(AriaRole.Link, new() { Name = "Add judged solutions" }));
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Add judged solutions" })).ToBeVisibleAsync();
        await page.Locator(".owner[data-live]").WaitForAsync();
        await FocusAsync(page, page.Locator("#file"));
        await page.Locator("#file").SetInputFilesAsync(file); // the window that the key opens is the browser's own
        await Expect(page.GetByText("3 new solutions: 1 with a first error, 1 without one, 1 that contradict themselves; 1 row that cannot be used.")).ToBeVisibleAsync();
        await Expect(page.GetByText("mistake_index: found nothing (no error), but the answer 2 is not the target -2")).ToBeVisibleAsync();
        await Expect(page.GetByText("mistake_index: found 4, wanted 0 to 0: the solution has 1 step")).ToBeVisibleAsync();
        await Expect(page.Locator("#file")).ToHaveValueAsync(""); // the same file, mended, can be chosen again
        await page.AssertGoodAsync("judgements-preview");
        await PressAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Add 3 solutions" }));
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "3 solutions added" })).ToBeVisibleAsync();

        await using (var context = site.Database.CreateDbContext())
            Assert.Equal([SolutionState.Rectifying, SolutionState.Closed, SolutionState.Waiting], await context.Set<Solution>().OrderBy(s => s.Id).Select(s => s.State).ToListAsync(Token));

        await PressAsync(page, page.GetByRole(AriaRole.Link, new() { Name = "To the exports" }));
        await Expect(page.GetByText("None yet.")).ToBeVisibleAsync();
        await page.Locator(".owner[data-live]").WaitForAsync();
        await FocusAsync(page, page.GetByLabel("Format"));
        await page.Keyboard.TypeAsync("Proc");
        await Expect(page.GetByText("Its steps count from 0; here they count from 1.")).ToBeVisibleAsync();
        await PressAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Export", Exact = true }));
        await Expect(page.GetByRole(AriaRole.Row)).ToHaveCountAsync(2);
        await page.AssertGoodAsync("judgements-exports");
        var download = await page.RunAndWaitForDownloadAsync(() => PressAsync(page, page.GetByRole(AriaRole.Link, new() { NameRegex = new("judgements-.*jsonl") })));
        var rows = (await File.ReadAllLinesAsync(await download.PathAsync(), Token)).Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToArray();
        Assert.Equal([0, -1], rows.Select(row => row.GetProperty("label").GetInt32()));
        var manifest = await page.RunAndWaitForDownloadAsync(() => PressAsync(page, page.GetByRole(AriaRole.Link, new() { NameRegex = new("manifest of version") })));
        var said = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(await manifest.PathAsync(), Token));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(await download.PathAsync(), Token))), said.GetProperty("sha256").GetString());
        watch.AssertClean();
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
