using Microsoft.Playwright;
using StepDpo.Contracts.Models;
using StepDpo.Core.Accounts;
using StepDpo.Core.Models;
using StepDpo.Core.Projects;
using StepDpo.EndToEnd.Tests.Annotations;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Models;

/// <summary>The page of one model in a browser: its facts and its lineage.</summary>
public sealed class ModelPageTests(ScriptSite browser)
{
    [Fact]
    public async Task A_model_shows_where_it_comes_from_and_what_each_training_changed()
    {
        await using var site = await RealSite.StartedAsync();
        var lead = await site.MemberAsync("mina", ProjectRole.Lead);
        var child = await LineAsync(site, lead);
        var (page, watch) = await OpenAsync(site, "mina");

        await page.GetByRole(AriaRole.Link, new() { Name = "nano, round 2", Exact = true }).First.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("nano, round 2");
        var line = page.GetByRole(AriaRole.List, new() { Name = "From the first model to this one" });
        await Expect(line.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(3);
        await Expect(line.GetByRole(AriaRole.Listitem).Nth(0)).ToContainTextAsync("Not trained here");
        await Expect(line.GetByRole(AriaRole.Listitem).Nth(1)).ToContainTextAsync("on 3 pairs, step 134");
        await Expect(line.GetByRole(AriaRole.Listitem).Nth(1)).ToContainTextAsync("Accuracy on Test: 25.0 % before, 50.0 % after (20 problems)");
        await Expect(line.GetByRole(AriaRole.Listitem).Nth(2)).ToContainTextAsync("Accuracy on Test: 50.0 % before, 75.0 % after (20 problems)");
        await Expect(page.GetByRole(AriaRole.List, new() { Name = "1 model was trained from it" })).ToContainTextAsync("Not measured since its training");
        await Expect(page.Locator("aside")).ToContainTextAsync(child.WeightsSha256!);
        await Expect(page.Locator("aside")).ToContainTextAsync("512 tokens");
        await Expect(page.Locator("aside")).ToContainTextAsync("float32");
        await Expect(page.Locator("aside")).ToContainTextAsync("mina");
        await page.AssertGoodAsync("model");

        // By keys alone: to the parent, and to the comparison.
        await line.GetByRole(AriaRole.Link, new() { Name = "nano, round 1", Exact = true }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("nano, round 1");
        await page.GetByRole(AriaRole.Link, new() { Name = "Compare of nano, round 1" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Evaluations");
        watch.AssertClean();
    }

    [Fact]
    public async Task A_person_without_a_part_in_the_project_sees_the_models_and_nothing_of_its_runs()
    {
        await using var site = await RealSite.StartedAsync();
        var lead = await site.MemberAsync("mina", ProjectRole.Lead);
        var child = await LineAsync(site, lead);
        await site.MemberAsync("lin", ProjectRole.Annotator);
        var (page, watch) = await OpenAsync(site, "lin");
        await page.GotoAsync($"{site.Address}/models/{child.Id}");
        await LiveAsync(page);
        await Expect(page.Locator(".family").First).ToContainTextAsync("Trained by a run that only reviewers of its project see, step 134");
        await Expect(page.Locator(".family").First).Not.ToContainTextAsync("Accuracy");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Try it" })).ToHaveCountAsync(0);
        await page.GotoAsync($"{site.Address}/models/999");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("There is no such model.");
        watch.AssertClean();
    }

    [Fact]
    public async Task A_model_that_is_being_read_changes_by_itself_on_both_pages_when_the_reading_ends()
    {
        await using var site = await RealSite.StartedAsync();
        var lead = await site.MemberAsync("mina", ProjectRole.Lead);
        var seeded = new SeededModels(site, lead);
        var good = await seeded.NanoAsync("good", state: ModelState.Requested);
        var bad = await seeded.NanoAsync("bad", state: ModelState.Requested);
        var (list, watch) = await OpenAsync(site, "mina");
        var one = await list.Context.NewPageAsync();
        await one.GotoAsync($"{site.Address}/models/{good.Id}");
        await LiveAsync(one);
        await Expect(list.GetByText("Being read")).ToHaveCountAsync(2);
        await Expect(one.Locator(".title")).ToContainTextAsync("Being read");

        // What the reader does, here or in another process.
        await site.Get<ModelIntake>().ReadAsync(good.Id, new ModelDescription
        {
            Architecture = "Qwen2ForCausalLM",
            Parameters = 213_312,
            Layers = 4,
            HiddenSize = 64,
            Vocabulary = 352,
            ContextLength = 512,
            Dtype = "float32",
            WeightsSha256 = new string('a', 64),
            Folder = "/models/good",
        });
        await site.Get<ModelIntake>().RefuseAsync(bad.Id, "model.safetensors: tensor lm_head.weight: found I8, wanted F32, F16 or BF16");

        await Expect(list.GetByText("Being read")).ToHaveCountAsync(0);
        await Expect(list.GetByRole(AriaRole.Row).Filter(new() { HasText = "bad" })).ToContainTextAsync("found I8, wanted F32");
        await Expect(one.Locator(".title")).ToContainTextAsync("Ready");
        await Expect(one.Locator("[role=status].live")).ToHaveTextAsync("The model is ready.");
        watch.AssertClean();
    }

    private static async Task<LanguageModel> LineAsync(RealSite site, User lead)
    {
        var seeded = new SeededModels(site, lead);
        var problems = await seeded.ProblemsAsync(20);
        var first = await seeded.NanoAsync("nano");
        var second = await seeded.NanoAsync("nano, round 1", first, await seeded.TrainingAsync(first, "Step-DPO, round 1", 1, 3));
        var third = await seeded.NanoAsync("nano, round 2", second, await seeded.TrainingAsync(second, "Step-DPO, round 2", 2, 5));
        await seeded.NanoAsync("nano, round 3", third, await seeded.TrainingAsync(third, "Step-DPO, round 3", 3, 2));
        await seeded.EvaluationAsync(first, "Before", 0, 5, problems);
        await seeded.EvaluationAsync(second, "After round 1", 1, 10, problems);
        await seeded.EvaluationAsync(third, "After round 2", 2, 15, problems);
        return third;
    }

    private async Task<(IPage Page, PageWatch Watch)> OpenAsync(RealSite site, string name)
    {
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, name, "guidelines");
        await page.GotoAsync($"{site.Address}/models");
        await LiveAsync(page);
        return (page, watch);
    }

    private static Task LiveAsync(IPage page) => page.Locator(".owner[data-live]").WaitForAsync(new() { Timeout = 30_000 });
}
