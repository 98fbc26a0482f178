using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using StepDpo.Core.Pairs;
using StepDpo.Core.Projects;
using StepDpo.EndToEnd.Tests.Annotations;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Pairs;

/// <summary>Pairs in a browser over a real database.</summary>
public sealed class PairPagesTests(ScriptSite browser)
{
    [Fact]
    public async Task A_pair_is_found_read_from_problem_to_review_and_withdrawn()
    {
        await using var site = await RealSite.StartedAsync();
        var pairs = new SeededPairs(site, await site.MemberAsync("mina", ProjectRole.Lead));
        await pairs.ManyAsync(33);
        var whole = await pairs.WholeAsync();
        var (page, watch) = await OpenAsync(site, "pairs");
        await Expect(page.GetByText("1 to 30 of 34")).ToBeVisibleAsync();

        await page.GetByLabel("Words", new() { Exact = true }).FillAsync("ducks");
        await page.GetByRole(AriaRole.Button, new() { Name = "Filter" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Row)).ToHaveCountAsync(2);
        await page.GetByRole(AriaRole.Link, new() { Name = $"{whole.Id}", Exact = true }).ClickAsync();
        await Expect(page.Locator(".step.first-error")).ToContainTextAsync("First error");
        await Expect(page.Locator("aside")).ToContainTextAsync("lin: first error at step 2.");
        await Expect(page.Locator("aside")).ToContainTextAsync("mina: approved.");

        await page.GetByLabel("Why").FillAsync("Step 1 was wrong already.");
        await page.GetByLabel("Why").BlurAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Withdraw this pair" }).ClickAsync();
        await Expect(page.Locator("aside")).ToContainTextAsync("Withdrawn by mina.");
        await using var context = site.Database.CreateDbContext();
        Assert.Equal(whole.Id, (await context.Set<PairWithdrawal>().SingleAsync(TestContext.Current.CancellationToken)).PairId);
        watch.AssertClean();
    }

    [Fact]
    public async Task What_was_exported_is_imported_elsewhere_and_a_bad_line_is_named()
    {
        await using var site = await RealSite.StartedAsync();
        await new SeededPairs(site, await site.MemberAsync("mina", ProjectRole.Lead)).ManyAsync(3);
        var (page, watch) = await OpenAsync(site, "pairs/files");
        await page.GetByRole(AriaRole.Button, new() { Name = "Export", Exact = true }).ClickAsync(new() { Timeout = 30_000 });
        await Expect(page.GetByRole(AriaRole.Row)).ToHaveCountAsync(2);
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "pairs.jsonl" }).ClickAsync());
        var lines = await File.ReadAllLinesAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("""{"dataset":"test","prompt":""", lines[0], StringComparison.Ordinal);

        var file = Path.Combine(site.DataFolder, "in.jsonl");
        await File.WriteAllLinesAsync(file, [.. lines, lines[0].Replace("what is", "what was", StringComparison.Ordinal), "{}"], TestContext.Current.CancellationToken);
        await page.Locator("#file").SetInputFilesAsync(file);
        await Expect(page.GetByText("1 pair added, 3 here already, 1 bad line.")).ToBeVisibleAsync();
        await Expect(page.GetByText("Line 5:")).ToBeVisibleAsync();
        await page.AssertGoodAsync("pair-files");
        watch.AssertClean();
    }

    private async Task<(IPage Page, PageWatch Watch)> OpenAsync(RealSite site, string path)
    {
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, "mina", path);
        return (page, watch);
    }
}
