using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Projects;

public sealed class GuidelinesReadingsTests(Database database) : IClassFixture<Database>
{
    private readonly World _world = new(database);
    private readonly SettableClock _clock = new();

    private AssignmentService Assignments => new(database, _clock);

    private GuidelinesReadings Readings => new(database, _clock);

    private ProjectRegister Projects => new(database, _clock, []);

    [Fact]
    public async Task Changed_guidelines_are_acknowledged_before_the_next_solution_and_what_is_on_the_desk_may_be_finished()
    {
        var (project, revision) = await _world.ProjectAsync(new() { Guidelines = "- One rule" });
        var run = await _world.RunAsync(revision);
        for (var i = 0; i < 3; i++) await _world.SolutionAsync(run, await _world.ProblemAsync(project.Id));
        var lead = Actor.Person((await _world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id);
        var ann = Actor.Person((await _world.UserAsync(projectId: project.Id)).Id);
        Assert.Null((await Assignments.NextAsync(ann, project.Id, 1, Token)).Value.Hold);

        // Another setting needs no word.
        var second = (await Projects.ChangeSettingsAsync(lead, project.Id, 1, revision.Settings with { LeaseMinutes = 25 }, "", Token)).Value;
        Assert.Equal(2, (await Assignments.NextAsync(ann, project.Id, 2, Token)).Value.Cards.Count);

        var third = (await Projects.ChangeSettingsAsync(lead, project.Id, 2, second.Settings with { Guidelines = "- One rule\n- Another" }, "People asked.", Token)).Value;
        var held = (await Assignments.NextAsync(ann, project.Id, 3, Token)).Value;
        Assert.Equal(2, held.Cards.Count);
        Assert.Equal((3, "People asked."), (held.Hold!.Guidelines!.Number, held.Hold.Guidelines.Reason));
        Assert.Equal([new ChangedLines(true, "- Another")], held.Hold.Guidelines.Changes);

        Assert.Equal(RefusalKind.Conflict, (await Readings.AcknowledgeAsync(ann, project.Id, revision.Id, Token)).Refusal?.Kind);
        Assert.True((await Readings.AcknowledgeAsync(ann, project.Id, third.Id, Token)).Succeeded);
        Assert.True((await Readings.AcknowledgeAsync(ann, project.Id, third.Id, Token)).Succeeded);
        var after = (await Assignments.NextAsync(ann, project.Id, 3, Token)).Value;
        Assert.Null(after.Hold);
        Assert.Equal(3, after.Cards.Count);
        await using var context = database.CreateDbContext();
        Assert.Equal([revision.Id, third.Id], await context.Set<GuidelinesReading>().Where(r => r.UserId == ann.UserId).OrderBy(r => r.RevisionId).Select(r => r.RevisionId).ToListAsync(Token));
    }

    [Theory]
    [InlineData("a\nb\nc", "a\nx\nc", "-b +x")]
    [InlineData("a\nb", "a\nb\nc", "+c")]
    [InlineData("a\nb\nc", "b\nc", "-a")]
    [InlineData("a  \r\nb", "a\nb", "")]
    [InlineData("", "a", "+a")]
    [InlineData("a\n\nb", "a\nb", "")]
    public void A_change_is_told_in_whole_lines(string before, string after, string change) =>
        Assert.Equal(change, string.Join(' ', GuidelinesChange.Between(before, after).Select(lines => (lines.IsNew ? "+" : "-") + lines.Text)));

    private static CancellationToken Token => TestContext.Current.CancellationToken;
}
