using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Annotations;

public sealed class FlagTests(Database database) : IClassFixture<Database>
{
    private readonly World _world = new(database);
    private readonly SettableClock _clock = new();

    private FlagService Flags => new(database, _clock);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_question_leaves_the_solution_on_the_desk_and_its_answer_comes_back_until_it_is_read()
    {
        var (project, solution, asker, assignment) = await DeskAsync();
        var lead = Actor.Person((await _world.UserAsync(projectId: project, role: ProjectRole.Lead)).Id);

        var flag = (await Flags.AskAsync(asker, Guid.NewGuid(), assignment, 2, " Is rounding an error? ", Token)).Value;
        await using (var context = database.CreateDbContext())
        {
            Assert.Equal(AssignmentState.Leased, (await context.Set<Assignment>().SingleAsync(a => a.Id == assignment, Token)).State);
            Assert.False(await context.Set<FirstErrorAnnotation>().AnyAsync(a => a.SolutionId == solution, Token));
        }

        var item = Assert.Single((await Flags.ListAsync(lead, project, 0, 10, Token)).Value);
        Assert.Equal((flag, 2, "Is rounding an error?", 3), (item.FlagId, item.Step, item.Question, item.Steps.Count));
        Assert.False(Assert.Single((await Flags.OwnAsync(asker, project, [solution], Token)).Value).IsNews);
        Assert.Equal(RefusalKind.Conflict, (await Flags.ReadAsync(asker, flag, Token)).Refusal?.Kind);

        Assert.True((await Flags.AnswerAsync(lead, flag, "Not if the answer stays.", Token)).Succeeded);
        Assert.Empty((await Flags.ListAsync(lead, project, 0, 10, Token)).Value);
        var own = Assert.Single((await Flags.OwnAsync(asker, project, [], Token)).Value);
        Assert.Equal(("Not if the answer stays.", true), (own.Answer, own.IsNews));
        Assert.True((await Flags.ReadAsync(asker, flag, Token)).Succeeded);
        Assert.Empty((await Flags.OwnAsync(asker, project, [], Token)).Value);

        await using var audit = database.CreateDbContext();
        Assert.Equal(["flag.asked", "flag.answered"], await audit.Set<AuditEvent>().Where(e => e.ProjectId == project).OrderBy(e => e.Id).Select(e => e.Action).ToListAsync(Token));
    }

    [Fact]
    public async Task The_same_key_asks_once_and_with_other_words_is_refused()
    {
        var (project, _, asker, assignment) = await DeskAsync();
        var key = Guid.NewGuid();
        var first = await Flags.AskAsync(asker, key, assignment, 1, "Why?", Token);
        Assert.Equal(first.Value, (await Flags.AskAsync(asker, key, assignment, 1, "Why?", Token)).Value);
        Assert.Equal(RefusalKind.Conflict, (await Flags.AskAsync(asker, key, assignment, 2, "Why?", Token)).Refusal?.Kind);
        await using var context = database.CreateDbContext();
        Assert.Equal(1, await FlagService.Open(context, project).CountAsync(Token));
    }

    [Fact]
    public async Task A_step_that_is_not_there_and_an_empty_question_are_refused()
    {
        var (_, _, asker, assignment) = await DeskAsync();
        Assert.Equal(nameof(Flag.Step), (await Flags.AskAsync(asker, Guid.NewGuid(), assignment, 4, "Why?", Token)).Refusal?.Field);
        Assert.Equal(nameof(Flag.Question), (await Flags.AskAsync(asker, Guid.NewGuid(), assignment, null, " ", Token)).Refusal?.Field);
    }

    [Fact]
    public async Task Somebody_elses_solution_and_question_do_not_exist()
    {
        var (project, _, asker, assignment) = await DeskAsync();
        var other = Actor.Person((await _world.UserAsync(projectId: project)).Id);
        Assert.Equal(RefusalKind.NotFound, (await Flags.AskAsync(other, Guid.NewGuid(), assignment, 1, "Why?", Token)).Refusal?.Kind);
        var flag = (await Flags.AskAsync(asker, Guid.NewGuid(), assignment, 1, "Why?", Token)).Value;
        Assert.Equal(RefusalKind.NotFound, (await Flags.ReadAsync(other, flag, Token)).Refusal?.Kind);
        Assert.Equal(RefusalKind.Forbidden, (await Flags.AnswerAsync(asker, flag, "Because.", Token)).Refusal?.Kind);
    }

    private async Task<(long Project, long Solution, Actor Asker, long Assignment)> DeskAsync()
    {
        var (project, revision) = await _world.ProjectAsync();
        var solution = await _world.SolutionAsync(await _world.RunAsync(revision), await _world.ProblemAsync(project.Id));
        var asker = await _world.UserAsync(projectId: project.Id);
        var assignment = World.NewAssignment(solution, asker);
        await database.AddAsync(assignment);
        return (project.Id, solution.Id, Actor.Person(asker.Id), assignment.Id);
    }
}
