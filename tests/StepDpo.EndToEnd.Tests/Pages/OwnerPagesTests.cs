using System.Text;
using Microsoft.Playwright;
using StepDpo.Core.Grading;
using StepDpo.Core.Projects;
using StepDpo.Core.Tests.Data;
using StepDpo.EndToEnd.Tests.Support;
using StepDpo.Web.Security;

namespace StepDpo.EndToEnd.Tests.Pages;

/// <summary>The pages of admins and leads in a real browser: what they do, how they look, and that they keep quiet.</summary>
public sealed class OwnerPagesTests(SiteFixture site) : IClassFixture<SiteFixture>
{
    private static int _number;

    [Fact]
    public async Task The_sign_in_page_is_good_and_tells_what_is_wrong()
    {
        await site.UserAsync("lin", "Lin Chen");
        var opened = await site.OpenAsync();
        await opened.Page.GotoAsync($"{site.Address}/account/sign-in");
        await opened.Page.GetByLabel("Name").FillAsync("lin");
        await opened.Page.GetByLabel("Password").FillAsync("a wrong password");
        await opened.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(opened.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Name and password do not match.");
        await opened.Page.AssertGoodAsync("sign-in-refused");
        opened.Watch.AssertClean();
    }

    [Fact]
    public async Task A_stranger_is_led_to_the_sign_in_page_and_back()
    {
        var (_, name) = await ProjectAsync(ProjectRole.Lead);
        var opened = await site.OpenAsync();
        await opened.Page.GotoAsync($"{site.Address}/projects");
        await opened.Page.GetByLabel("Name").FillAsync(name);
        await opened.Page.GetByLabel("Password").FillAsync(SiteFixture.Password);
        await opened.Page.Keyboard.PressAsync("Enter");
        await opened.Page.WaitForURLAsync($"{site.Address}/projects");
        await opened.ReadyAsync();
        opened.Watch.AssertClean();
    }

    [Fact]
    public async Task An_invited_person_chooses_a_password_and_is_in()
    {
        var admin = await AdminAsync();
        await admin.GoAsync("/users");
        await admin.Page.GetByLabel("Name to sign in with").FillAsync("priya");
        await admin.Page.GetByLabel("Name that others see").FillAsync("Priya Nair");
        await admin.Page.GetByRole(AriaRole.Button, new() { Name = "Make a link" }).ClickAsync();
        var link = await admin.Page.GetByLabel("Address").InputValueAsync();
        admin.Watch.AssertClean();

        var guest = await site.OpenAsync();
        await guest.Page.GotoAsync(link);
        await guest.Page.GetByLabel("New password").FillAsync("seven green apples");
        await guest.Page.GetByLabel("Once more").FillAsync("seven green apples");
        await guest.Page.GetByRole(AriaRole.Button, new() { Name = "Keep this password and sign in" }).ClickAsync();
        await guest.Page.WaitForURLAsync($"{site.Address}/projects");
        await guest.ReadyAsync();
        await Assertions.Expect(guest.Page.GetByText("You have no project yet")).ToBeVisibleAsync();
        await guest.Page.AssertGoodAsync("projects-none");
        guest.Watch.AssertClean();

        var late = await site.OpenAsync();
        await late.Page.GotoAsync(link);
        await Assertions.Expect(late.Page.GetByRole(AriaRole.Heading)).ToContainTextAsync("does not work any more");
    }

    [Fact]
    public async Task Shutting_an_account_asks_first_and_can_be_left_by_the_keyboard()
    {
        var name = $"jo{Interlocked.Increment(ref _number)}";
        await site.UserAsync(name, $"Jo Brandt {name}");
        var admin = await AdminAsync();
        await admin.GoAsync("/users");
        var row = admin.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = $"Jo Brandt {name}" });
        await row.GetByRole(AriaRole.Button, new() { Name = "Shut", Exact = true }).ClickAsync();
        var dialog = admin.Page.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(dialog).ToBeVisibleAsync();
        await admin.Page.AssertGoodAsync("users-dialog");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Shut", Exact = true }).ClickAsync();
        await Assertions.Expect(row.GetByText("Shut", new() { Exact = true })).ToBeVisibleAsync();
        await row.GetByRole(AriaRole.Button, new() { Name = "Open again" }).ClickAsync();
        await Assertions.Expect(row.GetByText("In use", new() { Exact = true })).ToBeVisibleAsync();
        admin.Watch.AssertClean();
    }

    [Fact]
    public async Task An_admin_makes_a_project_and_its_home_says_what_comes_first()
    {
        var name = $"School maths {Interlocked.Increment(ref _number)}";
        var admin = await AdminAsync();
        await admin.GoAsync("/projects");
        await admin.Page.GetByLabel("Name").FillAsync(name);
        await admin.Page.GetByRole(AriaRole.Button, new() { Name = "Make the project" }).ClickAsync();
        await Assertions.Expect(admin.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync(name);
        await Assertions.Expect(admin.Page.GetByText("The loop begins with problems")).ToBeVisibleAsync();
        await admin.Page.AssertGoodAsync("home-empty");
        await admin.Page.GetByRole(AriaRole.Region, new() { Name = "Next" }).GetByRole(AriaRole.Link).ClickAsync();
        await admin.Page.WaitForURLAsync("**/problems/add");
        admin.Watch.AssertClean();
    }

    [Fact]
    public async Task The_home_page_shows_the_loop_with_it_numbers()
    {
        var (project, name) = await ProjectAsync(ProjectRole.Lead);
        var world = new World(site.Database);
        var revision = (await world.ProjectAsync()).Revision;
        var run = await world.RunAsync(new ProjectRevision { ProjectId = project, Number = 2, Settings = revision.Settings, CreatedAt = World.Now, Id = await RevisionOfAsync(project) });
        for (var index = 0; index < 12; index++)
            await world.SolutionAsync(run, await world.ProblemAsync(project), index % 3 == 0 ? AnswerCheck.Right : AnswerCheck.Wrong);
        var lead = await site.SignInAsync(name);
        await lead.GoAsync($"/projects/{project}");
        await Assertions.Expect(lead.Page.GetByRole(AriaRole.Heading, new() { Name = "8 solutions wait for a judgement" })).ToBeVisibleAsync();
        await Assertions.Expect(lead.Page.GetByRole(AriaRole.Region, new() { Name = "The loop" })).ToContainTextAsync("12");
        lead.Watch.AssertClean();
    }

    [Fact]
    public async Task Problems_come_from_a_file_with_its_bad_lines_named()
    {
        var (project, name) = await ProjectAsync(ProjectRole.Lead);
        var lead = await site.SignInAsync(name);
        await lead.GoAsync($"/projects/{project}/problems");
        await lead.Page.AssertGoodAsync("problems-none");
        await lead.GoAsync($"/projects/{project}/problems/add");
        await ChooseAsync(lead, "sums.jsonl", """
            {"question": "Ann has $3$ apples and buys 4. How many?", "answer": "3 + 4 = 7\n#### 7"}
            {"question": "No mark here", "answer": "7"}
            {"question": "What is $\\frac{1}{2} + \\frac{1}{3}$?", "answer": "#### 5/6"}
            not json
            """);
        await Assertions.Expect(lead.Page.GetByText("2 new problems, 2 lines that cannot be used.")).ToBeVisibleAsync();
        await Assertions.Expect(lead.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "no JSON" })).ToContainTextAsync("4");
        await Assertions.Expect(lead.Page.GetByRole(AriaRole.Heading, new() { Name = "Lines of sums.jsonl that cannot be used" })).ToBeVisibleAsync();
        await lead.Page.GetByLabel("Where they go").SelectOptionAsync(new SelectOptionValue { Label = "Test" });
        await lead.Page.AssertGoodAsync("problems-preview");
        await lead.Page.GetByRole(AriaRole.Button, new() { Name = "Add 2 problems" }).ClickAsync();
        await Assertions.Expect(lead.Page.GetByRole(AriaRole.Heading, new() { Name = "2 problems added" })).ToBeVisibleAsync();
        await lead.GoAsync($"/projects/{project}/problems");
        await Assertions.Expect(lead.Page.GetByText("2 problems", new() { Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(lead.Page.GetByText("0 in the pool, 0 for validation, 2 for tests")).ToBeVisibleAsync();
        await lead.Page.GetByLabel("Words in the statement").FillAsync("apples");
        await lead.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(lead.Page.GetByText("1 problem", new() { Exact = true })).ToBeVisibleAsync();
        lead.Watch.AssertClean();
    }

    [Fact]
    public async Task A_file_of_unknown_columns_is_mapped_by_hand()
    {
        var (project, name) = await ProjectAsync(ProjectRole.Lead);
        var lead = await site.SignInAsync(name);
        await lead.GoAsync($"/projects/{project}/problems/add");
        await ChooseAsync(lead, "own.csv", "frage,loesung\nWas ist 1 + 1?,2\nWas ist 2 + 2?,4\n");
        await lead.Page.GetByLabel("Column of the answer").SelectOptionAsync(new SelectOptionValue { Label = "frage" });
        await lead.Page.GetByLabel("Column of the answer").SelectOptionAsync(new SelectOptionValue { Label = "loesung" });
        await lead.Page.GetByRole(AriaRole.Button, new() { Name = "Add 2 problems" }).ClickAsync();
        await Assertions.Expect(lead.Page.GetByRole(AriaRole.Heading, new() { Name = "2 problems added" })).ToBeVisibleAsync();
        lead.Watch.AssertClean();
    }

    [Fact]
    public async Task Settings_are_kept_as_a_new_version_and_guidelines_shown_without_links()
    {
        var (project, name) = await ProjectAsync(ProjectRole.Lead);
        var lead = await site.SignInAsync(name);
        await lead.GoAsync($"/projects/{project}/settings");
        await lead.Page.GetByLabel("What annotators and reviewers read").FillAsync("## Rules\n\n- Mark the *first* step that is wrong\n- [no link](https://evil.example)");
        await lead.Page.GetByLabel("Judgements per solution").FillAsync("2");
        await lead.Page.GetByLabel("Why, in a few words").FillAsync("two pairs of eyes");
        await lead.Page.GetByRole(AriaRole.Button, new() { Name = "Save as a new version" }).ClickAsync();
        await Assertions.Expect(lead.Page.GetByText("Saved as version 2")).ToBeVisibleAsync();
        await lead.Page.GetByLabel("Judgements per solution").FillAsync("99");
        await lead.Page.GetByRole(AriaRole.Button, new() { Name = "Save as a new version" }).ClickAsync();
        await Assertions.Expect(lead.Page.GetByText("Judgements per solution must be 1 to 9; found 99.")).ToBeVisibleAsync();
        await lead.GoAsync($"/projects/{project}/guidelines");
        await Assertions.Expect(lead.Page.GetByText("Mark the first step that is wrong")).ToBeVisibleAsync();
        await Assertions.Expect(lead.Page.Locator(".guidelines a")).ToHaveCountAsync(0);
        lead.Watch.AssertClean();
    }

    [Fact]
    public async Task A_lead_adds_a_person_and_changes_their_role()
    {
        var (project, name) = await ProjectAsync(ProjectRole.Lead);
        var other = $"tomas{Interlocked.Increment(ref _number)}";
        await site.UserAsync(other, $"Tomás Vidal {other}");
        var lead = await site.SignInAsync(name);
        await lead.GoAsync($"/projects/{project}/people");
        await lead.Page.GetByLabel("Person").SelectOptionAsync(new SelectOptionValue { Label = $"Tomás Vidal {other}" });
        await lead.Page.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();
        await lead.Page.GetByLabel($"Role of Tomás Vidal {other}").SelectOptionAsync(new SelectOptionValue { Label = "Reviewer" });
        await Assertions.Expect(lead.Page.GetByText("2 people in this project")).ToBeVisibleAsync();
        lead.Watch.AssertClean();
    }

    [Fact]
    public async Task Models_are_refused_in_words_beside_the_field()
    {
        var admin = await AdminAsync();
        await admin.GoAsync("/models");
        var form = admin.Page.Locator("form").Filter(new() { HasText = "Folder or GGUF file" });
        await form.GetByLabel("Name").FillAsync("Nothing");
        await form.GetByLabel("Folder or GGUF file").FillAsync("/nowhere");
        await form.GetByRole(AriaRole.Button, new() { Name = "Add" }).ClickAsync();
        await Assertions.Expect(admin.Page.GetByText("/nowhere: found neither a folder with config.json nor a .gguf file.")).ToBeVisibleAsync();
        admin.Watch.AssertClean();
    }

    [Fact]
    public async Task A_person_without_the_role_is_told_so()
    {
        var (project, name) = await ProjectAsync(ProjectRole.Annotator);
        var annotator = await site.SignInAsync(name);
        await annotator.Page.GotoAsync($"{site.Address}/projects/{project}/settings");
        await Assertions.Expect(annotator.Page.GetByRole(AriaRole.Heading)).ToHaveTextAsync("This page is not open to you");
    }

    [Fact]
    public async Task The_chosen_colours_stay_and_stand_at_the_first_paint()
    {
        var admin = await AdminAsync();
        await admin.GoAsync("/projects");
        await admin.Page.Locator(".account-button").ClickAsync();
        await admin.Page.GetByRole(AriaRole.Button, new() { Name = "Dark" }).ClickAsync();
        await admin.Page.WaitForURLAsync($"{site.Address}/projects");
        Assert.Equal("dark", await admin.Page.Locator("html").GetAttributeAsync("class"));
        Assert.Equal("rgb(18, 19, 22)", await admin.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
        await admin.ReadyAsync();
        admin.Watch.AssertClean();
    }

    [Fact]
    public async Task The_policy_was_never_offended()
    {
        var admin = await AdminAsync();
        await admin.GoAsync("/users");
        Assert.Empty(site.Get<CspReports>().Newest);
        admin.Watch.AssertClean();
    }

    private async Task<WatchedPage> AdminAsync()
    {
        var name = $"mina{Interlocked.Increment(ref _number)}";
        await site.UserAsync(name, "Mina Rahimi", isAdmin: true);
        return await site.SignInAsync(name);
    }

    private async Task<(long Project, string User)> ProjectAsync(ProjectRole role)
    {
        var project = (await new World(site.Database).ProjectAsync()).Project.Id;
        var name = $"person{Interlocked.Increment(ref _number)}";
        await site.UserAsync(name, "Lin Chen", projectId: project, role: role);
        return (project, name);
    }

    private async Task<long> RevisionOfAsync(long project)
    {
        await using var context = site.Database.CreateDbContext();
        return (await ProjectRegister.CurrentAsync(context, project)).Id;
    }

    private static Task ChooseAsync(WatchedPage opened, string name, string content) =>
        opened.Page.GetByLabel("File").SetInputFilesAsync(new FilePayload { Name = name, MimeType = "text/plain", Buffer = Encoding.UTF8.GetBytes(content) });
}
