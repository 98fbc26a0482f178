using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Exams;
using StepDpo.Core.Projects;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Exams;

public sealed class ExamTests(Database database) : IClassFixture<Database>
{
    private readonly World _world = new(database);

    private ExamService Exams => new(database, new SettableClock());

    private AssignmentService Assignments => new(database, new SettableClock());

    [Fact]
    public async Task Nobody_is_dealt_a_solution_before_the_exam_is_passed_but_leads_are()
    {
        var (project, person) = await SceneAsync(new() { ExamRequired = true, ExamLength = 5, ExamPassPercent = 80 });
        var held = (await Assignments.NextAsync(person, project, 3, Token)).Value;
        Assert.True(held.Hold?.Exam);
        Assert.Empty(held.Cards);

        await TakeAsync(person, project, wrong: 1);

        var batch = (await Assignments.NextAsync(person, project, 3, Token)).Value;
        Assert.Null(batch.Hold);
        Assert.Single(batch.Cards);
        var lead = Actor.Person((await _world.UserAsync(projectId: project, role: ProjectRole.Lead)).Id);
        Assert.Null((await Assignments.NextAsync(lead, project, 3, Token)).Value.Hold);
    }

    [Fact]
    public async Task Whoever_fails_may_try_once_more_and_then_asks_a_lead()
    {
        var (project, person) = await SceneAsync(new() { ExamRequired = true, ExamLength = 5, ExamPassPercent = 80 });
        await TakeAsync(person, project, wrong: 2);
        var desk = (await Exams.DeskAsync(person, project, Token)).Value;
        Assert.Equal((3, 5, false, true, 2), (desk.Last!.Right, desk.Last.Total, desk.Passed, desk.MayTry, desk.Attempt));
        Assert.Equal(2, desk.Mistakes.Count);
        Assert.All(desk.Mistakes, mistake => Assert.NotEqual(mistake.Item.Step ?? 0, mistake.Said));
        Assert.Empty(desk.Lessons);

        await TakeAsync(person, project, wrong: 2);
        Assert.False((await Exams.DeskAsync(person, project, Token)).Value.MayTry);
        var shut = await Exams.AnswerAsync(person, project, desk.Items[0].Name, 1, 0, Token);
        Assert.Equal(RefusalKind.Conflict, shut.Refusal?.Kind);

        var lead = Actor.Person((await _world.UserAsync(projectId: project, role: ProjectRole.Lead)).Id);
        Assert.True((await Exams.AllowRetakeAsync(lead, project, person.UserId!.Value, Token)).Succeeded);
        await TakeAsync(person, project, wrong: 0);
        Assert.True((await Exams.DeskAsync(person, project, Token)).Value.Passed);
        var line = Assert.Single((await Exams.ListAsync(lead, project, Token)).Value);
        Assert.Equal([(3, false), (3, false), (5, true)], line.Results.Select(result => (result.Right, result.Passed)));

        await using var context = database.CreateDbContext();
        Assert.Equal(
            ["exam.failed", "exam.failed", "exam.retake-allowed", "exam.passed"],
            await context.Set<AuditEvent>().Where(e => e.ProjectId == project).OrderBy(e => e.Id).Select(e => e.Action).ToListAsync(Token));
    }

    [Fact]
    public async Task A_project_without_a_second_try_and_a_lead_who_excuses()
    {
        var (project, person) = await SceneAsync(new() { ExamRequired = true, ExamLength = 1, ExamPassPercent = 100, ExamRetakeAtOnce = false });
        await TakeAsync(person, project, wrong: 1);
        Assert.False((await Exams.DeskAsync(person, project, Token)).Value.MayTry);
        var lead = Actor.Person((await _world.UserAsync(projectId: project, role: ProjectRole.Lead)).Id);
        Assert.True((await Exams.ExcuseAsync(lead, project, person.UserId!.Value, Token)).Succeeded);
        Assert.Single((await Assignments.NextAsync(person, project, 1, Token)).Value.Cards);
        Assert.Equal(RefusalKind.Conflict, (await Exams.ExcuseAsync(lead, project, person.UserId!.Value, Token)).Refusal?.Kind);
    }

    [Fact]
    public async Task A_lesson_waits_for_the_right_key_and_in_the_exam_the_first_answer_counts()
    {
        var (project, person) = await SceneAsync(new() { ExamRequired = true, ExamLength = 2 });
        var desk = (await Exams.DeskAsync(person, project, Token)).Value;
        Assert.Equal(3, desk.Lessons.Count);
        var lesson = desk.Lessons[0];
        Assert.False((await Exams.AnswerAsync(person, project, lesson.Name, 1, 0, Token)).Value.IsRight);
        Assert.Equal(3, (await Exams.DeskAsync(person, project, Token)).Value.Lessons.Count);
        Assert.True((await Exams.AnswerAsync(person, project, lesson.Name, lesson.Step, 0, Token)).Value.IsRight);
        Assert.Equal(2, (await Exams.DeskAsync(person, project, Token)).Value.Lessons.Count);

        var item = desk.Items[0];
        var wrong = await Exams.AnswerAsync(person, project, item.Name, null, 700, Token);
        var again = await Exams.AnswerAsync(person, project, item.Name, item.Step ?? 0, 700, Token);
        Assert.Equal((false, false), (wrong.Value.IsRight, again.Value.IsRight));
        Assert.Equal(RefusalKind.NotFound, (await Exams.AnswerAsync(person, project, "no such item", 1, 0, Token)).Refusal?.Kind);
        Assert.Equal(RefusalKind.Invalid, (await Exams.AnswerAsync(person, project, desk.Items[1].Name, 99, 0, Token)).Refusal?.Kind);
    }

    [Fact]
    public async Task Two_people_meet_the_items_in_different_orders_and_a_topic_keeps_to_itself()
    {
        var (project, person) = await SceneAsync(new() { ExamRequired = true, ExamTopic = ExamTopic.Mathematics });
        var other = Actor.Person((await _world.UserAsync(projectId: project)).Id);
        var (mine, theirs) = ((await Exams.DeskAsync(person, project, Token)).Value.Items, (await Exams.DeskAsync(other, project, Token)).Value.Items);
        Assert.Equal(mine.Select(item => item.Name).Order(), theirs.Select(item => item.Name).Order());
        Assert.NotEqual(mine.Select(item => item.Name), theirs.Select(item => item.Name));
        Assert.All(mine, item => Assert.Equal(ExamTopic.Mathematics, item.Topic));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private async Task TakeAsync(Actor person, long project, int wrong)
    {
        var desk = (await Exams.DeskAsync(person, project, Token)).Value;
        foreach (var lesson in desk.Lessons) await Exams.AnswerAsync(person, project, lesson.Name, lesson.Step ?? 0, 0, Token);
        foreach (var (index, item) in desk.Items.Index())
        {
            int? said = index < wrong ? (item.Step is null ? 1 : 0) : item.Step ?? 0;
            Assert.True((await Exams.AnswerAsync(person, project, item.Name, said, 0, Token)).Succeeded);
        }
    }

    private async Task<(long Project, Actor Person)> SceneAsync(ProjectSettings settings)
    {
        var (project, revision) = await _world.ProjectAsync(settings);
        await _world.SolutionAsync(await _world.RunAsync(revision), await _world.ProblemAsync(project.Id));
        return (project.Id, Actor.Person((await _world.UserAsync(projectId: project.Id)).Id));
    }
}
