using Microsoft.Playwright;
using StepDpo.Contracts.Prompts;
using StepDpo.Core.Models;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Tests.Data;
using StepDpo.EndToEnd.Tests.Annotations;
using StepDpo.EndToEnd.Tests.Support;
using StepDpo.EndToEnd.Tests.Workers;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Models;

/// <summary>A model's playground in a browser, with the real worker and the nano model.</summary>
public sealed class PlaygroundTests(ScriptSite browser)
{
    // A worker is started for each answer, on a machine that tests share.
    private static readonly LocatorAssertionsToHaveTextOptions _patient = new() { Timeout = 120_000 };

    [Fact]
    public async Task A_lead_asks_a_model_and_sees_its_steps_and_a_busy_device_names_its_run()
    {
        await using var site = await RealSite.StartedAsync(new ProjectSettings { Template = PromptTemplate.NanoArithmetic });
        var lead = await site.MemberAsync("mina", ProjectRole.Lead);
        var world = new World(site.Database);
        var problem = await world.ProblemAsync(site.Project.Id);
        var model = await new SeededModels(site, lead).NanoAsync("nano");
        var slot = new Slot { Host = Environment.MachineName, Device = "cpu", SeenAt = DateTimeOffset.UtcNow };
        await site.Database.AddAsync(slot);
        var (page, watch) = await OpenAsync(site, model);

        // The prompt is the project's template around its first problem; by keys alone from here.
        await Expect(page.GetByLabel("Prompt, exactly as it is sent")).ToHaveValueAsync(PromptTemplate.NanoArithmetic.ForSampling(problem.Statement));
        await page.GetByLabel("Prompt, exactly as it is sent").FillAsync(PromptTemplate.NanoArithmetic.ForSampling("Start with 11. Add 21."));
        await page.GetByLabel("Samples").FillAsync("2");
        await page.GetByLabel("Most tokens").FillAsync("200");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sample", Exact = true }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(Said(page)).ToHaveTextAsync("2 texts sampled.", _patient);
        var texts = page.Locator("section.said");
        await Expect(texts).ToHaveCountAsync(2);
        await Expect(texts.First.Locator("li.step math-text").First).ToHaveAttributeAsync("text", new System.Text.RegularExpressions.Regex("^Step 1:"));
        await Expect(texts.First.Locator(".head .label")).ToContainTextAsync("tokens");
        await Expect(texts.First.Locator(".state").First).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("Ended by itself|Cut at the most tokens"));
        await page.AssertGoodAsync("playground");
        Assert.Empty(ServingWorkers.Of(site.DataFolder));

        await page.GetByLabel("Top-p").FillAsync("1.5");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sample", Exact = true }).ClickAsync();
        await Expect(page.GetByText("Top-p must be above 0 and at most 1; found 1.5.")).ToBeVisibleAsync();
        await page.GetByLabel("Top-p").FillAsync("0.9");

        var run = await world.RunAsync(site.Revision);
        await site.Database.ExecuteAsync($"UPDATE slot SET run_id = {run.Id}, taken_at = now() WHERE id = {slot.Id}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sample", Exact = true }).ClickAsync();
        await Expect(page.GetByText($"The device cpu is busy with run {run.Id}, run.")).ToBeVisibleAsync();
        watch.AssertClean();
    }

    [Fact]
    public async Task A_request_is_cancelled_and_leaves_neither_a_worker_nor_a_loan()
    {
        await using var site = await RealSite.StartedAsync();
        var lead = await site.MemberAsync("mina", ProjectRole.Lead);
        var model = await new SeededModels(site, lead).NanoAsync("nano");
        await site.Database.AddAsync(new Slot { Host = Environment.MachineName, Device = "cpu", SeenAt = DateTimeOffset.UtcNow });
        var (page, watch) = await OpenAsync(site, model);
        await page.GetByLabel("Text", new() { Exact = true }).Or(page.GetByLabel("Prompt, exactly as it is sent")).Last.FillAsync("Start with 11. Add 21.");

        await page.GetByRole(AriaRole.Button, new() { Name = "Sample", Exact = true }).ClickAsync();
        await LoopHost.UntilAsync(() => Task.FromResult(ServingWorkers.Of(site.DataFolder).Count == 1));
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();

        await Expect(Said(page)).ToHaveTextAsync("Cancelled.", _patient);
        Assert.Empty(ServingWorkers.Of(site.DataFolder));
        await (await SlotLoan.TakeAsync(site.Database, new RunHost(), Core.Accounts.Actor.System, TestContext.Current.CancellationToken)).Value.DisposeAsync();
        watch.AssertClean();
    }

    private static ILocator Said(IPage page) => page.Locator("form [role=status]");

    private async Task<(IPage Page, PageWatch Watch)> OpenAsync(RealSite site, LanguageModel model)
    {
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, "mina", "guidelines");
        await page.GotoAsync($"{site.Address}/models/{model.Id}");
        await page.Locator(".owner[data-live]").WaitForAsync(new() { Timeout = 30_000 });
        return (page, watch);
    }
}
