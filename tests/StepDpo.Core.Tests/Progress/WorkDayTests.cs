using Microsoft.EntityFrameworkCore;
using Npgsql;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Progress;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;
using StepDpo.Migrations;

namespace StepDpo.Core.Tests.Progress;

/// <summary>The counts that the cockpit reads, against a slow and obvious count of every row.</summary>
public sealed class WorkDayTests(Database database) : IClassFixture<Database>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_whatever_people_did_at_once_the_days_hold_what_the_rows_say()
    {
        var world = new World(database);
        var (project, revision) = await world.ProjectAsync(new() { JudgementsPerSolution = 2, LeaseMinutes = 1 });
        var run = await world.RunAsync(revision);
        for (var i = 0; i < 14; i++) await world.SolutionAsync(run, await world.ProblemAsync(project.Id));
        var people = new List<Actor>();
        for (var i = 0; i < 5; i++) people.Add(Actor.Person((await world.UserAsync(projectId: project.Id)).Id));
        var clock = new SettableClock { Now = World.Now };
        var (assignments, annotations) = (new AssignmentService(database, clock), new AnnotationService(database, clock));

        for (var day = 0; day < 4; day++)
        {
            // Everybody at once, each by their own dice; leases run out between the days, so that some judgements are surplus.
            await Task.WhenAll(people.Select((person, i) => WorkAsync(assignments, annotations, person, project.Id, new Random(100 * day + i))));
            clock.Now += TimeSpan.FromHours(25);
        }

        await ReviewAsync(world, run.Id, people[0].UserId!.Value, revision.Id);
        var expected = await CountedAsync(project.Id);
        Assert.True(expected.Values.Sum(d => d.Judgements) > 15 && expected.Values.Sum(d => d.Undone) > 3 && expected.Values.Sum(d => d.Skipped) > 3 && expected.Values.Sum(d => d.Surplus) > 0, "The dice made too little happen.");
        Assert.Equal(expected, await StoredAsync(project.Id));
        Assert.Equal(await CountedStepsAsync(project.Id), await StoredStepsAsync(project.Id));

        // Counted anew from the rows, as the migration does where there is work already.
        await AsOwnerAsync(WorkDayTriggers.Drop + "DELETE FROM work_day; DELETE FROM work_day_step;");
        Assert.Empty(await StoredAsync(project.Id));
        await AsOwnerAsync(WorkDayTriggers.Create);
        Assert.Equal(expected, await StoredAsync(project.Id));
        Assert.Equal(await CountedStepsAsync(project.Id), await StoredStepsAsync(project.Id));
    }

    [Fact]
    public async Task Nobody_but_the_triggers_writes_the_days()
    {
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync($"UPDATE work_day SET judgements = 1"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
        refusal = await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync($"INSERT INTO work_day_step VALUES (1, gen_random_uuid(), '2026-11-25', 1, 1, 1)"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    private static async Task WorkAsync(AssignmentService assignments, AnnotationService annotations, Actor person, long project, Random dice)
    {
        var stored = new List<long>();
        var dealt = new List<AnnotationCard>();
        for (var i = 0; i < 12; i++)
        {
            var batch = await assignments.NextAsync(person, project, 2, Token);
            dealt.AddRange(batch.Value.Cards);
            if (dealt.Count == 0) return;
            var card = dealt[dice.Next(dealt.Count)];
            switch (dice.Next(8))
            {
                case 0:
                    await assignments.SkipAsync(person, card.AssignmentId, Token);
                    break;
                case 1:
                    await assignments.ReleaseAsync(person, card.AssignmentId, Token);
                    break;
                case 2 when stored.Count > 0:
                    await annotations.UndoAsync(person, Guid.NewGuid(), stored[dice.Next(stored.Count)], Token);
                    break;
                default:
                    // Any card that was ever dealt: judged, changed, judged after a skip, or too late. What is refused changes nothing.
                    var answer = await annotations.SubmitAsync(person, Guid.NewGuid(), card.AssignmentId, Say(dice), Token);
                    if (answer.Succeeded) stored.Add(answer.Value.AnnotationId);
                    break;
            }
        }
    }

    private static FirstErrorJudgement Say(Random dice) => dice.Next(6) switch
    {
        0 => new(FirstErrorOutcome.NoError, Reason: FirstErrorReason.WrongReference, ActiveMilliseconds: dice.Next(1, 90_000)),
        1 => new(FirstErrorOutcome.CannotJudge, Reason: FirstErrorReason.Unsure, ActiveMilliseconds: dice.Next(1, 90_000)),
        _ => new(FirstErrorOutcome.FirstError, dice.Next(1, 4), ActiveMilliseconds: dice.Next(1, 90_000)),
    };

    private async Task ReviewAsync(World world, long run, Guid reviewer, long revision)
    {
        await using var context = database.CreateDbContext();
        var solution = await context.Set<Solution>().FirstAsync(s => s.RunId == run, Token);
        var prefix = await context.Set<Prefix>().FirstOrDefaultAsync(p => p.SolutionId == solution.Id && p.Step == 3, Token);
        if (prefix is null) await database.AddAsync(prefix = World.NewPrefix(solution, 3));
        var candidate = new Rectification { PrefixId = prefix.Id, StepText = " x", StepSha256 = TextHash.Of(" x"), Origin = RectificationOrigin.Sampled, CreatedAt = World.Now };
        await database.AddAsync(candidate);
        foreach (var decision in new[] { ReviewDecision.Approved, ReviewDecision.Reopened, ReviewDecision.Approved })
        {
            await database.AddAsync(new RectificationReview
            {
                RectificationId = candidate.Id,
                ReviewerId = reviewer,
                Decision = decision,
                ActiveMilliseconds = 2500,
                RevisionId = revision,
                ClientKey = Guid.NewGuid(),
                CreatedAt = World.Now.AddDays(30),
            });
        }
    }

    private sealed record Counts(int Judgements, int NoErrors, int CannotJudge, int Surplus, int Undone, int Skipped, long Worked, long Judged, decimal Squares, int Reviews, long Review, DateTimeOffset? LastAt);

    private async Task<SortedDictionary<(Guid, DateOnly), Counts>> StoredAsync(long project)
    {
        await using var context = database.CreateDbContext();
        var days = await context.Set<WorkDay>().Where(d => d.ProjectId == project).ToListAsync(Token);
        return Sorted(days.ToDictionary(d => (d.UserId, d.Day), d => new Counts(
            d.Judgements, d.NoErrors, d.CannotJudge, d.Surplus, d.Undone, d.Skipped, d.WorkedMilliseconds, d.JudgedMilliseconds, d.JudgedSquares, d.Reviews, d.ReviewMilliseconds, d.LastAt)));
    }

    private async Task<SortedDictionary<(Guid, DateOnly), Counts>> CountedAsync(long project)
    {
        await using var context = database.CreateDbContext();
        var rows = await context.Set<FirstErrorAnnotation>().Where(a => context.Set<Solution>().Any(s => s.Id == a.SolutionId && s.ProjectId == project)).ToListAsync(Token);
        var skipped = await context.Set<Assignment>().Where(a => a.Solution!.ProjectId == project && a.State == AssignmentState.Skipped).ToListAsync(Token);
        var reviews = await context.Set<RectificationReview>().Where(r => r.CreatedAt > World.Now.AddDays(20)).ToListAsync(Token);
        var last = rows.GroupBy(a => a.AssignmentId).Select(chain => chain.MaxBy(a => a.Id)!).ToList();
        // An assignment's time is that of its last judgement, also where that was taken back.
        var timed = rows.Where(a => a.Outcome != FirstErrorOutcome.Undone).GroupBy(a => a.AssignmentId).Select(chain => chain.MaxBy(a => a.Id)!).ToList();
        var keys = rows.Select(a => (a.AnnotatorId, Day(a.CreatedAt))).Concat(skipped.Select(a => (a.AnnotatorId, Day(a.CreatedAt)))).Concat(reviews.Select(r => (r.ReviewerId!.Value, Day(r.CreatedAt))));
        return Sorted(keys.Distinct().ToDictionary(key => key, key =>
        {
            var counting = last.Where(a => Is(a, key) && !a.Surplus && a.Outcome != FirstErrorOutcome.Undone).ToList();
            var reviewed = reviews.Where(r => (r.ReviewerId!.Value, Day(r.CreatedAt)) == key).ToList();
            return new Counts(
                counting.Count, counting.Count(a => a.Outcome == FirstErrorOutcome.NoError), counting.Count(a => a.Outcome == FirstErrorOutcome.CannotJudge),
                last.Count(a => Is(a, key) && a.Surplus && a.Outcome != FirstErrorOutcome.Undone), rows.Count(a => Is(a, key) && a.Outcome == FirstErrorOutcome.Undone),
                skipped.Count(a => (a.AnnotatorId, Day(a.CreatedAt)) == key), timed.Where(a => Is(a, key)).Sum(a => (long)a.ActiveMilliseconds),
                counting.Sum(a => (long)a.ActiveMilliseconds), counting.Sum(a => (decimal)a.ActiveMilliseconds * a.ActiveMilliseconds),
                reviewed.Count(r => r.Decision != ReviewDecision.Reopened), reviewed.Sum(r => (long)r.ActiveMilliseconds),
                rows.Where(a => Is(a, key)).Select(a => (DateTimeOffset?)a.CreatedAt).Concat(reviewed.Select(r => (DateTimeOffset?)r.CreatedAt)).Max());
        }).Where(day => day.Value != new Counts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, null)).ToDictionary());

        static bool Is(FirstErrorAnnotation a, (Guid, DateOnly) key) => (a.AnnotatorId, Day(a.CreatedAt)) == key;
    }

    private async Task<string[]> StoredStepsAsync(long project)
    {
        await using var context = database.CreateDbContext();
        var rows = await context.Set<WorkDayStep>().Where(d => d.ProjectId == project && d.Judgements != 0).ToListAsync(Token);
        return [.. rows.Select(d => $"{d.UserId} {d.Day:O} step {d.Step} quarter {d.Quarter}: {d.Judgements}").Order(StringComparer.Ordinal)];
    }

    private async Task<string[]> CountedStepsAsync(long project)
    {
        await using var context = database.CreateDbContext();
        var rows = await context.Set<FirstErrorAnnotation>().Where(a => context.Set<Solution>().Any(s => s.Id == a.SolutionId && s.ProjectId == project)).ToListAsync(Token);
        var last = rows.GroupBy(a => a.AssignmentId).Select(chain => chain.MaxBy(a => a.Id)!);
        return [.. last.Where(a => !a.Surplus && a.Outcome is (FirstErrorOutcome.FirstError or FirstErrorOutcome.NoError))
            .GroupBy(a => $"{a.AnnotatorId} {Day(a.CreatedAt):O} step {a.Step ?? 0} quarter {(a.Step is { } k ? (4 * k + a.StepCount - 1) / a.StepCount : 0)}")
            .Select(group => $"{group.Key}: {group.Count()}").Order(StringComparer.Ordinal)];
    }

    private async Task AsOwnerAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(database.OwnerConnectionString);
        await connection.OpenAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection, transaction);
        await command.ExecuteNonQueryAsync(Token);
        await transaction.CommitAsync(Token);
    }

    private static DateOnly Day(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    private static SortedDictionary<(Guid, DateOnly), Counts> Sorted(IDictionary<(Guid, DateOnly), Counts> days) => new(days);
}
