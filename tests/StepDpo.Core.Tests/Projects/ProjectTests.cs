using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Projects;

public sealed class ProjectTests(Database database) : IClassFixture<Database>
{
    private readonly World _world = new(database);
    private readonly ProjectRegister _projects = new(database, TimeProvider.System, []);
    private readonly ProjectMembers _members = new(database, TimeProvider.System);

    [Fact]
    public async Task Settings_change_by_revisions_and_a_stale_change_is_refused()
    {
        var admin = await AdminAsync();
        var id = (await _projects.CreateAsync(admin, "revisions", new ProjectSettings())).Value;
        var outcomes = await Task.WhenAll(Enumerable.Range(2, 4).Select(n => _projects.ChangeSettingsAsync(admin, id, 1, new ProjectSettings { JudgementsPerSolution = n }, "more eyes")));
        var won = Assert.Single(outcomes, outcome => outcome.Succeeded).Value;
        Assert.All(outcomes.Where(outcome => !outcome.Succeeded), outcome => Assert.Equal(RefusalKind.Conflict, outcome.Refusal!.Kind));
        var current = (await _projects.CurrentRevisionAsync(admin, id)).Value;
        Assert.Equal((2, won.Settings), (current.Number, current.Settings));
    }

    [Fact]
    public async Task A_wrong_setting_is_refused_by_field()
    {
        var refusal = (await _projects.CreateAsync(await AdminAsync(), "wrong", new ProjectSettings { JudgementsPerSolution = 10 })).Refusal!;
        Assert.Equal(("JudgementsPerSolution", "Judgements per solution must be 1 to 9; found 10."), (refusal.Field, refusal.Message));
    }

    [Fact]
    public async Task A_project_does_not_exist_for_strangers()
    {
        var (project, _) = await _world.ProjectAsync();
        var stranger = Actor.Person((await _world.UserAsync()).Id);
        Assert.Equal(RefusalKind.NotFound, (await _projects.CurrentRevisionAsync(stranger, project.Id)).Refusal!.Kind);
        Assert.Empty((await _projects.ListAsync(stranger)).Value);
    }

    [Fact]
    public async Task A_member_who_is_disabled_is_a_stranger()
    {
        var (project, _) = await _world.ProjectAsync();
        var user = await _world.UserAsync(projectId: project.Id, role: ProjectRole.Lead, disabled: true);
        Assert.Equal(RefusalKind.NotFound, (await _members.ListAsync(Actor.Person(user.Id), project.Id)).Refusal!.Kind);
    }

    [Fact]
    public async Task A_lead_adds_changes_and_removes_members_and_the_history_tells()
    {
        var (project, _) = await _world.ProjectAsync();
        var lead = Actor.Person((await _world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id);
        var person = await _world.UserAsync();
        Assert.Contains((await _members.CandidatesAsync(lead, project.Id)).Value, candidate => candidate.UserId == person.Id);
        await _members.SetRoleAsync(lead, project.Id, person.Id, ProjectRole.Annotator);
        await _members.SetRoleAsync(lead, project.Id, person.Id, ProjectRole.Reviewer);
        Assert.Equal(ProjectRole.Reviewer, (await _members.ListAsync(lead, project.Id)).Value.Single(member => member.UserId == person.Id).Role);
        Assert.True((await _members.RemoveAsync(lead, project.Id, person.Id)).Succeeded);
        var history = (await new History(database).OfProjectAsync(lead, project.Id, new())).Value.Rows;
        Assert.Equal(["member.removed", "member.role-set", "member.role-set"], history.Select(row => row.Action));
        Assert.Equal(("\"Annotator\"", "\"Reviewer\""), (history[1].Old, history[1].New));
    }

    [Fact]
    public async Task The_history_is_filtered_and_read_page_by_page()
    {
        var (project, _) = await _world.ProjectAsync();
        var lead = Actor.Person((await _world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id);
        var events = Enumerable.Range(0, 5).Select(i => new AuditEvent
        {
            At = World.Now.AddDays(i),
            ActorId = i == 3 ? lead.UserId : null,
            ProjectId = project.Id,
            Action = i < 2 ? "gold.marked" : "flag.asked",
            Subject = "Test",
            SubjectId = $"{i}",
        }).ToArray();
        foreach (var said in events) await database.AddAsync(said);
        var day = DateOnly.FromDateTime(World.Now.UtcDateTime);
        foreach (var (filter, wanted) in new (HistoryFilter, string[])[]
        {
            (new(), ["4", "3", "2", "1", "0"]),
            (new(ActorId: lead.UserId), ["3"]),
            (new(Action: "gold"), ["1", "0"]),
            (new(Action: "gold.marked "), ["1", "0"]),
            (new(Action: "%"), []),
            (new(From: day.AddDays(1), To: day.AddDays(2)), ["2", "1"]),
        })
        {
            Assert.Equal(wanted, (await new History(database).OfProjectAsync(lead, project.Id, filter)).Value.Rows.Select(row => row.SubjectId));
        }

        var first = (await new History(database).OfProjectAsync(lead, project.Id, new(), take: 3)).Value;
        Assert.Equal(events[2].Id, first.Before);
        var last = (await new History(database).OfProjectAsync(lead, project.Id, new(), first.Before, take: 3)).Value;
        Assert.Equal(["1", "0"], last.Rows.Select(row => row.SubjectId));
        Assert.Null(last.Before);
    }

    private async Task<Actor> AdminAsync() => Actor.Person((await _world.UserAsync(isAdmin: true)).Id);
}
