using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Tests.Data;
using StepDpo.Core.Training;
using StepDpo.EndToEnd.Tests.Annotations;
using StepDpo.EndToEnd.Tests.Pairs;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Runs;

/// <summary>The forms that queue runs, in a browser over a real database; nobody executes what they queue.</summary>
public sealed class StartFormsTests(ScriptSite browser)
{
    [Fact]
    public async Task Training_on_the_approved_pairs_is_one_press()
    {
        await using var site = await StartedAsync();
        var (page, watch) = await OpenAsync(site, "runs/training");
        await Expect(page.Locator(".startbar")).ToContainTextAsync("Ready, with");
        await Expect(page.Locator("aside")).ToContainTextAsync("Own words of this model");
        await page.GetByRole(AriaRole.Button, new() { Name = "Small model" }).ClickAsync();
        await Expect(page.Locator(".startbar")).ToContainTextAsync("40 pairs, 8 steps");

        await page.GetByRole(AriaRole.Button, new() { Name = "Start training" }).ClickAsync();
        await Expect(page.Locator(".title .state")).ToHaveTextAsync("Queued");
        await Expect(page.Locator("aside").First).ToContainTextAsync("Peak learning rate");

        await using var context = site.Database.CreateDbContext();
        var run = await context.Set<Run>().SingleAsync(TestContext.Current.CancellationToken);
        Assert.Equal((RunKind.Training, RunState.Queued), (run.Kind, run.State));
        Assert.Contains("0.0001", run.Options, StringComparison.Ordinal);
        Assert.Equal(run.Id, (await context.Set<TrainingInput>().SingleAsync(TestContext.Current.CancellationToken)).RunId);
        watch.AssertClean();
    }

    [Fact]
    public async Task A_wrong_field_is_told_beside_the_field_and_queues_nothing()
    {
        await using var site = await StartedAsync();
        var (page, watch) = await OpenAsync(site, "runs/sampling");
        await page.GetByLabel("Top-p").FillAsync("1.5");
        await page.GetByLabel("Top-p").BlurAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Start sampling" }).ClickAsync();
        await Expect(page.GetByText("Top-p must be above 0 and at most 1; found 1.5.")).ToBeVisibleAsync();
        await page.AssertGoodAsync("start-sampling");

        await page.GetByLabel("Top-p").FillAsync("0.9");
        await page.GetByLabel("Top-p").BlurAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Start sampling" }).ClickAsync();
        await Expect(page.Locator(".title .state")).ToHaveTextAsync("Queued");
        await using var context = site.Database.CreateDbContext();
        Assert.Equal(1, await context.Set<Run>().CountAsync(TestContext.Current.CancellationToken));
        watch.AssertClean();
    }

    [Fact]
    public async Task An_adapter_and_another_formula_are_asked_for_among_all_settings()
    {
        await using var site = await StartedAsync();
        var (page, watch) = await OpenAsync(site, "runs/training");
        await page.GetByText("Every setting").ClickAsync();
        await page.GetByLabel("Train an adapter in place of the weights").CheckAsync();
        await page.GetByLabel("Its rank").FillAsync("0");
        await page.GetByLabel("Its rank").BlurAsync();
        await page.GetByLabel("SFT term").FillAsync("10");
        await page.GetByLabel("SFT term").BlurAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Start training" }).ClickAsync();
        await Expect(page.GetByText("The adapter's rank must be 1 to 1,024; found 0.")).ToBeVisibleAsync();
        await page.AssertGoodAsync("start-training-adapter");

        await page.GetByLabel("Its rank").FillAsync("8");
        await page.GetByLabel("Its rank").BlurAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Start training" }).ClickAsync();
        await Expect(page.Locator(".title .state")).ToHaveTextAsync("Queued");
        await Expect(page.Locator("aside").First).ToContainTextAsync("Adapter's rank");
        await using var context = site.Database.CreateDbContext();
        var options = System.Text.Json.JsonSerializer.Deserialize<TrainingRunOptions>((await context.Set<Run>().SingleAsync(TestContext.Current.CancellationToken)).Options, Contracts.Runs.RunJson.Line)!;
        Assert.Equal((8, 10), (options.Training.Lora?.Rank, options.Training.SftWeight));
        watch.AssertClean();
    }

    [Fact]
    public async Task An_evaluation_says_how_wide_its_interval_will_be()
    {
        await using var site = await StartedAsync();
        var (page, watch) = await OpenAsync(site, "runs/evaluation");
        await Expect(page.Locator("aside")).ToContainTextAsync("± 26.3 %");
        await page.GotoAsync($"{site.Address}/projects/{site.Project.Id}/runs/rectification");
        await Expect(page.Locator(".startbar")).ToContainTextAsync("No prefix waits.");
        watch.AssertClean();
    }

    private async Task<(IPage Page, PageWatch Watch)> OpenAsync(RealSite site, string path)
    {
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, "mina", path);
        await Expect(page.Locator(".startbar button[type=submit]")).ToBeEnabledAsync(new() { Timeout = 30_000 });
        return (page, watch);
    }

    private static async Task<RealSite> StartedAsync()
    {
        var site = await RealSite.StartedAsync();
        var lead = await site.MemberAsync("mina", ProjectRole.Lead);
        var world = new World(site.Database);
        foreach (var split in Enumerable.Repeat(Split.Pool, 12).Concat(Enumerable.Repeat(Split.Test, 10)))
            await world.ProblemAsync(site.Project.Id, split);
        await new SeededPairs(site, lead).ManyAsync(40);
        return site;
    }
}
