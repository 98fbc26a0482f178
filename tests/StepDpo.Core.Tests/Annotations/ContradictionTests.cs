using Microsoft.EntityFrameworkCore;
using Npgsql;
using StepDpo.Core.Annotations;
using StepDpo.Core.Grading;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Annotations;

/// <summary>Every combination of what can be said with what the grader says: the service's rule and the database's agree, and both with the rule written here anew.</summary>
public sealed class ContradictionTests(Database database) : IClassFixture<Database>
{
    private const int Steps = 3;

    private static IEnumerable<(FirstErrorJudgement Judgement, AnswerCheck Answer)> All() =>
        from outcome in Enum.GetValues<FirstErrorOutcome>()
        from answer in Enum.GetValues<AnswerCheck>()
        from step in new int?[] { null, 0, 1, Steps, Steps + 1 }
        from grade in new StepGrade?[] { null, StepGrade.Incorrect, StepGrade.Neutral }
        from reason in Enum.GetValues<FirstErrorReason>().Select(r => (FirstErrorReason?)r).Prepend(null)
        from note in new[] { "", "why" }
        select (new FirstErrorJudgement(outcome, step, grade, reason, note), answer);

    private static bool IsSound(FirstErrorJudgement j, AnswerCheck answer) => j.Outcome switch
    {
        FirstErrorOutcome.FirstError => j.Step is >= 1 and <= Steps,
        FirstErrorOutcome.NoError => j.Step is null && j.Grade is null && (answer != AnswerCheck.Wrong || j.Reason is FirstErrorReason.WrongReference or FirstErrorReason.EquivalentAnswer),
        FirstErrorOutcome.CannotJudge => j.Step is null && j.Grade is null && j.Reason is not null,
        FirstErrorOutcome.Undone or _ => false,
    } && (j.Reason != FirstErrorReason.Other || j.Note.Length > 0);

    [Fact]
    public void The_rule_stops_what_contradicts_itself_and_nothing_else()
    {
        var all = All().ToList();
        Assert.Equal(2520, all.Count);
        Assert.All(all, row => Assert.Equal(IsSound(row.Judgement, row.Answer), row.Judgement.Contradiction(Steps, row.Answer) is null));
    }

    [Fact]
    public async Task The_database_refuses_what_the_rule_refuses()
    {
        var world = new World(database);
        var (project, revision) = await world.ProjectAsync();
        var run = await world.RunAsync(revision);
        var user = await world.UserAsync(projectId: project.Id);
        var solution = await world.SolutionAsync(run, await world.ProblemAsync(project.Id));
        var assignment = World.NewAssignment(solution, user);
        await database.AddAsync(assignment);
        var wrong = new List<string>();
        await using var context = database.CreateDbContext();
        await using var transaction = await context.Database.BeginTransactionAsync(TestContext.Current.CancellationToken);
        foreach (var (judgement, answer) in All().Where(row => row.Judgement.Outcome != FirstErrorOutcome.Undone))
        {
            // A first error without a word on it is stored as incorrect; with a grade where it has none the database must refuse.
            var stored = judgement.Outcome == FirstErrorOutcome.FirstError ? judgement.Grade ?? StepGrade.Incorrect : judgement.Grade;
            await transaction.CreateSavepointAsync("row", TestContext.Current.CancellationToken);
            var taken = true;
            try
            {
                await context.Database.ExecuteSqlAsync($"""
                    INSERT INTO first_error_annotation (assignment_id, solution_id, annotator_id, step_count, answer_check, outcome, step, grade, reason, note, active_milliseconds, revision_id, client_key, surplus, created_at)
                    VALUES ({assignment.Id}, {solution.Id}, {user.Id}, {Steps}, {answer.ToString()}, {judgement.Outcome.ToString()}, {judgement.Step}, {stored?.ToString()}, {judgement.Reason?.ToString()}, {judgement.Note}, 0, {revision.Id}, {Guid.NewGuid()}, false, {World.Now})
                    """, TestContext.Current.CancellationToken);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.CheckViolation)
            {
                taken = false;
            }

            await transaction.RollbackToSavepointAsync("row", TestContext.Current.CancellationToken);
            if (taken != IsSound(judgement, answer)) wrong.Add($"{judgement} on {answer}: {(taken ? "taken" : "refused")}");
        }

        Assert.Empty(wrong);
    }
}
