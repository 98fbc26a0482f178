using System.Text;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using StepDpo.Core.Annotations;
using StepDpo.Core.Models;
using StepDpo.Core.Pairs;
using StepDpo.Core.Training;
using StepDpo.EndToEnd.Tests.Annotations;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Journey;

/// <summary>
/// Three people, three browsers, an empty installation: problems and model in, first errors marked, continuations approved, the model
/// trained by a press, and its accuracy before and after on the page. It also takes the pictures of README and docs.
/// </summary>
public sealed partial class WholeLoopTests(ScriptSite browser)
{
    private const int PoolProblems = 160;
    private const int TestProblems = 200;
    private const int Judged = 70;

    private static readonly string _model = Path.Combine(Repository.Root, "src", "StepDpo.Demo", "nano-arithmetic");

    [Fact]
    public async Task Three_people_take_a_model_through_the_loop()
    {
        await using var site = await RealSite.EmptyAsync();
        var admin = await NewPersonAsync(site);
        await SignInForTheFirstTimeAsync(site, admin);
        var annotator = await InvitedAsync(site, admin, "lin", "Lin Chen");
        var reviewer = await InvitedAsync(site, admin, "ada", "Ada Novak");

        await AddModelAsync(admin);
        await MakeProjectAsync(admin);
        await AddPersonAsync(admin, "Lin Chen", "Annotator");
        await AddPersonAsync(admin, "Ada Novak", "Reviewer");
        await AddProblemsAsync(admin);
        await EvaluateAsync(admin);
        await SampleAsync(admin);

        await annotator.GoAsync("/projects/1/annotate");
        var marked = await DeskWork.AnnotateAsync(annotator.Page, Judged, () => Pictures.TakeAsync(annotator.Page, "annotate"));
        await RectifyAsync(admin);
        await reviewer.GoAsync("/projects/1/review");
        var approved = await DeskWork.ReviewAsync(reviewer.Page, () => Pictures.TakeAsync(reviewer.Page, "review"));
        await Pictures.TakeAsync(await OnAsync(admin, "/projects/1"), "home");
        await Pictures.TakeAsync(await OnAsync(admin, "/projects/1/pairs"), "pairs");

        await TrainAsync(admin);
        await CompareAsync(admin);

        await using var context = site.Database.CreateDbContext();
        Assert.Equal(marked, await context.Set<FirstErrorAnnotation>().CountAsync(a => a.Outcome == FirstErrorOutcome.FirstError, TestContext.Current.CancellationToken));
        Assert.Equal(approved, await context.Set<PreferencePair>().CountAsync(TestContext.Current.CancellationToken));
        Assert.True(approved >= 20, $"found {approved} approved, wanted 20 or more");
        var trained = await context.Set<LanguageModel>().SingleAsync(m => m.ParentId != null, TestContext.Current.CancellationToken);
        Assert.NotEqual(await context.Set<LanguageModel>().Where(m => m.ParentId == null).Select(m => m.WeightsSha256).SingleAsync(TestContext.Current.CancellationToken), trained.WeightsSha256);
        var losses = await context.Set<TrainingMetric>().OrderBy(m => m.Step).Select(m => m.Metrics).ToListAsync(TestContext.Current.CancellationToken);
        Assert.True(losses[^1].Loss < losses[0].Loss, $"loss: found {losses[0].Loss} at first and {losses[^1].Loss} at last, wanted it to fall");
        Assert.All([admin, annotator, reviewer], person => person.Watch.AssertClean());
    }

    private async Task<Person> NewPersonAsync(RealSite site) =>
        new(site, await browser.BlankAsync(new() { ViewportSize = new() { Width = 1440, Height = 900 } }));

    private static async Task<IPage> OnAsync(Person person, string path)
    {
        await person.GoAsync(path);
        return person.Page;
    }

    private static async Task SignInForTheFirstTimeAsync(RealSite site, Person admin)
    {
        await admin.GoAsync("/");
        await admin.FillAsync("Name", site.FirstSignIn.Name);
        await admin.FillAsync("Password", site.FirstSignIn.Password);
        await admin.PressAsync("Sign in");
        await admin.FillAsync("Password until now", site.FirstSignIn.Password);
        await ChoosePasswordAsync(admin, "Keep this password");
        await admin.SeesAsync("New project");
    }

    private static async Task ChoosePasswordAsync(Person person, string verb)
    {
        await person.FillAsync("New password", RealSite.Password);
        await person.FillAsync("Once more", RealSite.Password);
        await person.PressAsync(verb);
    }

    private async Task<Person> InvitedAsync(RealSite site, Person admin, string name, string displayName)
    {
        await admin.GoAsync("/users");
        await admin.FillAsync("Name to sign in with", name);
        await admin.FillAsync("Name that others see", displayName);
        await admin.PressAsync("Make a link");
        await admin.SeesAsync($"Link for {name}");
        var link = await admin.Page.GetByLabel("Address", new() { Exact = true }).InputValueAsync();

        var person = await NewPersonAsync(site);
        await person.Page.GotoAsync(link);
        await ChoosePasswordAsync(person, "Keep this password and sign in");
        await person.SeesAsync("You have no project yet");
        return person;
    }

    private static async Task AddModelAsync(Person admin)
    {
        await admin.GoAsync("/models");
        var form = admin.Panel("Add from this machine");
        await admin.FillAsync("Name", "nano arithmetic", form);
        await admin.FillAsync("Folder or GGUF file", _model, form);
        await form.GetByRole(AriaRole.Button, new() { Name = "Add" }).ClickAsync();
        var row = admin.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "nano arithmetic" });
        await Expect(row).ToContainTextAsync("Ready", new() { Timeout = 60_000 });
    }

    private static async Task MakeProjectAsync(Person admin)
    {
        await admin.GoAsync("/projects");
        await admin.FillAsync("Name", "Arithmetic");
        await admin.PressAsync("Make the project");
        await admin.Page.WaitForURLAsync("**/projects/1");
        await admin.GoAsync("/projects/1/settings");
        await admin.FillAsync("What annotators and reviewers read", "* Mark the **first** step that states something false.\n* A step that leaves the work out is no error.");
        await admin.ChooseAsync("Prompt template", "nano-arithmetic");
        await admin.FillAsync("Most tokens of a text", "200");
        await admin.PressAsync("Save as a new version");
        await admin.SeesAsync("Saved as version 2");
    }

    private static async Task AddPersonAsync(Person admin, string name, string role)
    {
        await admin.GoAsync("/projects/1/people");
        await admin.ChooseAsync("Person", name);
        await admin.ChooseAsync("Role", role);
        await admin.PressAsync("Add");
        await Expect(admin.Page.GetByLabel($"Role of {name}")).ToBeVisibleAsync();
    }

    // One file for all; a part of it is held out on the page of the problems.
    private static async Task AddProblemsAsync(Person admin)
    {
        await admin.GoAsync("/projects/1/problems/add");
        var lines = File.ReadLines(Path.Combine(_model, "problems-pool.jsonl")).Take(PoolProblems + TestProblems);
        await admin.Page.GetByLabel("File", new() { Exact = true }).SetInputFilesAsync(new FilePayload { Name = "arithmetic.jsonl", MimeType = "application/jsonl", Buffer = Encoding.UTF8.GetBytes(string.Join('\n', lines)) });
        await admin.PressAsync($"Add {PoolProblems + TestProblems} problems");
        await admin.SeesAsync($"{PoolProblems + TestProblems} problems added");
        await admin.GoAsync("/projects/1/problems");
        await admin.FillAsync("For tests", $"{TestProblems}");
        await admin.PressAsync("Hold out");
        await admin.SeesAsync($"{PoolProblems} in the pool, 0 for validation, {TestProblems} for tests");
    }

    private static async Task EvaluateAsync(Person admin)
    {
        await admin.GoAsync("/projects/1/runs/evaluation");
        await admin.PressAsync("Start evaluation");
        await admin.DoneAsync();
    }

    private static async Task SampleAsync(Person admin)
    {
        await admin.GoAsync("/projects/1/runs/sampling");
        await admin.FillAsync("Solutions a problem", "2");
        await admin.PressAsync("Start sampling");
        await admin.DoneAsync();
    }

    // It starts by itself where prefixes enough wait; an admin need not know.
    private static async Task RectifyAsync(Person admin)
    {
        await admin.GoAsync("/projects/1/runs");
        var run = admin.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Rectification" }).GetByRole(AriaRole.Link).First;
        await Expect(run).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await run.ClickAsync();
        await admin.DoneAsync();
        await admin.GoAsync("/projects/1/runs/rectification");
        if (await admin.Page.GetByText("No prefix waits.").CountAsync() > 0)
            return;
        await admin.PressAsync("Start rectification");
        await admin.DoneAsync();
    }

    private static async Task TrainAsync(Person admin)
    {
        await admin.GoAsync("/projects/1/runs/training");
        await Expect(admin.Page.Locator(".preset[aria-pressed=true]")).ToContainTextAsync("Small model");
        await Pictures.TakeAsync(admin.Page, "start-training");
        await admin.PressAsync("Start training");
        await Expect(admin.Page.Locator("line-chart").First).ToBeVisibleAsync(new() { Timeout = 120_000 });
        await admin.DoneAsync();
        await Pictures.TakeAsync(admin.Page, "run");
    }

    private static async Task CompareAsync(Person admin)
    {
        await admin.Panel("Before and after it").GetByRole(AriaRole.Link).First.ClickAsync();
        await admin.DoneAsync();
        await admin.FollowAsync("Accuracy");
        var row = admin.Page.GetByRole(AriaRole.Region, new() { Name = "Comparison" }).GetByRole(AriaRole.Row).Nth(1);
        await Expect(row).ToContainTextAsync(Interval());
        await Expect(row).ToContainTextAsync("Test");
        await Pictures.TakeAsync(admin.Page, "accuracy");
    }

    [GeneratedRegex(@"\d+\.\d %\s*\d+\.\d % to \d+\.\d %\s*\d+\.\d %\s*\d+\.\d % to \d+\.\d %")]
    private static partial Regex Interval();
}
