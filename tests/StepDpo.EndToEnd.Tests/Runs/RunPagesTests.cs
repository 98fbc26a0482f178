using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.EndToEnd.Tests.Annotations;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Runs;

/// <summary>The real pages over a real database; runs are rows that nobody executes.</summary>
public sealed class RunPagesTests(ScriptSite browser)
{
    [Fact]
    public async Task A_training_run_is_watched_while_it_goes_on()
    {
        await using var site = await RealSite.StartedAsync();
        var runs = new SeededRuns(site, await site.MemberAsync("mina", ProjectRole.Lead));
        var run = await runs.TrainingAsync();
        await runs.SamplingAsync();
        var (page, watch) = await OpenAsync(site, "mina", $"runs/{run.Id}");

        await Expect(page.GetByText("Step 88 of 134").First).ToBeVisibleAsync();
        await Expect(page.Locator("line-chart canvas")).ToHaveCountAsync(6);
        await Expect(page.Locator("line-chart[label=Loss]")).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("at step 88, lowest .* Checkpoints at steps 40, 80"));
        await Expect(page.Locator("pre.log")).ToContainTextAsync("step 88  loss");

        await runs.StepAsync(run, 89);
        await Expect(page.GetByText("Step 89 of 134").First).ToBeVisibleAsync();
        await Expect(page.Locator("line-chart[label=Loss]")).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("at step 89, lowest"));
        watch.AssertClean();
    }

    [Fact]
    public async Task A_lead_pauses_resumes_and_stops_a_run()
    {
        await using var site = await RealSite.StartedAsync();
        var run = await new SeededRuns(site, await site.MemberAsync("mina", ProjectRole.Lead)).SamplingAsync();
        var (page, watch) = await OpenAsync(site, "mina", $"runs/{run.Id}");

        await PressAsync(page, "Pause");
        await Expect(page.Locator(".title .state")).ToHaveTextAsync("Paused");
        await page.Keyboard.PressAsync("p");
        await Expect(page.Locator(".title .state")).ToHaveTextAsync("Queued");
        await PressAsync(page, "Stop and keep");
        await Expect(page.Locator(".title .state")).ToHaveTextAsync("Stopped");
        await Expect(page.GetByText("Cancel asked for.")).ToBeVisibleAsync();
        await PressAsync(page, "Try again");
        await Expect(page.Locator(".title .state")).ToHaveTextAsync("Queued");

        await using var context = site.Database.CreateDbContext();
        Assert.Equal(RunState.Queued, (await context.Set<Run>().SingleAsync(TestContext.Current.CancellationToken)).State);
        watch.AssertClean();
    }

    [Fact]
    public async Task A_failed_run_says_why_and_a_reviewer_has_no_buttons()
    {
        await using var site = await RealSite.StartedAsync();
        var run = await new SeededRuns(site, await site.MemberAsync("mina", ProjectRole.Lead)).TrainingAsync(done: 41, state: RunState.Failed, error: "The worker ended 3 times without a step between: exit code 137 (killed), step 41.");
        await site.MemberAsync("ada", ProjectRole.Reviewer);
        var (page, watch) = await OpenAsync(site, "ada", $"runs/{run.Id}");

        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("exit code 137");
        await Expect(page.GetByRole(AriaRole.Alert).Locator("pre")).ToContainTextAsync("step 41");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Try again" })).ToHaveCountAsync(0);
        await page.AssertGoodAsync("run-failed");
        watch.AssertClean();
    }

    [Fact]
    public async Task The_list_says_how_far_each_run_is_and_who_waits()
    {
        await using var site = await RealSite.StartedAsync();
        var runs = new SeededRuns(site, await site.MemberAsync("mina", ProjectRole.Lead));
        await runs.SamplingAsync(RunState.Succeeded, 200, name: "Pool, first time");
        await runs.SamplingAsync(RunState.Cancelled, 37, name: "Pool, too hot");
        await runs.TrainingAsync();
        var waiting = await runs.SamplingAsync(name: "Pool, second time");
        var (page, watch) = await OpenAsync(site, "mina", "runs");

        await Expect(page.GetByRole(AriaRole.Row)).ToHaveCountAsync(5);
        await Expect(page.Locator("aside")).ToContainTextAsync("1 run waits");
        await site.Database.ExecuteAsync($"UPDATE run SET state = 'Paused' WHERE id = {waiting.Id}");
        site.Get<RunNotifier>().Tell(new RunChange(waiting.Id, ByPeople: true));
        await Expect(page.Locator("aside")).Not.ToContainTextAsync("1 run waits");
        await page.GetByRole(AriaRole.Link, new() { Name = "Sampling", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Row)).ToHaveCountAsync(4);
        watch.AssertClean();
    }

    private static Task PressAsync(IPage page, string name) => page.GetByRole(AriaRole.Button, new() { Name = name }).ClickAsync();

    private async Task<(IPage Page, PageWatch Watch)> OpenAsync(RealSite site, string name, string path)
    {
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, name, path);
        return (page, watch);
    }
}
