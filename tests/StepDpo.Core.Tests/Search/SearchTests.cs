using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Pairs;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Search;
using StepDpo.Core.Tests.Data;
using StepDpo.Core.Tests.Pairs;

namespace StepDpo.Core.Tests.Search;

/// <summary>Looking for solutions, and doing one thing to all that were found.</summary>
public sealed class SearchTests(Database database) : IClassFixture<Database>
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private readonly World _world = new(database);

    [Theory]
    [InlineData("twenty apples", true)]
    [InlineData("TWENTY", true)]
    [InlineData("\"apples twenty\"", false)]
    [InlineData("twenty -apples", false)]
    [InlineData(@"\frac{3}{4}", true)]
    [InlineData("{3}{4", true)]
    [InlineData(@"\frac{4}{3}", false)]
    [InlineData("100%", true)]
    [InlineData("1_0%", false)]
    [InlineData("zebra note", true)]
    public async Task Words_and_formulas_are_found_in_problem_steps_and_notes(string text, bool isFound)
    {
        var (project, lead, _, solution) = await SceneAsync(" Twenty apples are \\frac{3}{4} of it, or 100% of half.\nStep 2: So 7.", note: "A zebra of a note");
        var found = (await new SolutionSearch(database, new SettableClock()).PageAsync(lead, project, new SolutionFilter(text), cancellationToken: Token)).Value;
        long[] wanted = isFound ? [solution.Id] : [];
        Assert.Equal(wanted, found.Rows.Select(row => row.Id));
        Assert.Equal(wanted.Length, found.Total);
    }

    [Theory]
    [InlineData("'; DROP TABLE solution; --")]
    [InlineData("& | ! ( ) <-> :*")]
    [InlineData("\"")]
    [InlineData("((((((((((")]
    [InlineData("%%%%%_____\\\\\\")]
    [InlineData("\0")]
    [InlineData("or or -")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("\uD83D\uDE00 \u202E x")]
    public async Task Hostile_words_find_nothing_and_break_nothing(string text)
    {
        var (project, lead, _, _) = await SceneAsync();
        Assert.True((await new SolutionSearch(database, new SettableClock()).PageAsync(lead, project, new SolutionFilter(text), cancellationToken: Token)).Succeeded);
        Assert.Equal("Text", (await new SolutionSearch(database, new SettableClock()).PageAsync(lead, project, new SolutionFilter(new string('(', 301)), cancellationToken: Token)).Refusal!.Field);
    }

    [Fact]
    public async Task Each_part_of_a_filter_narrows_it()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        var other = await _world.SolutionAsync(await RunAsync(world.Project), await _world.ProblemAsync(world.Project));
        var day = DateOnly.FromDateTime(World.Now.UtcDateTime);
        foreach (var (filter, wanted) in new (SolutionFilter, long[])[]
        {
            (new(), [other.Id, world.Solution.Id]),
            (new(State: SolutionState.Waiting), [other.Id]),
            (new(Outcome: FirstErrorOutcome.FirstError), [world.Solution.Id]),
            (new(Outcome: FirstErrorOutcome.NoError), []),
            (new(Step: 2), [world.Solution.Id]),
            (new(Step: 1), []),
            (new(AnnotatorId: world.Annotator.UserId), [world.Solution.Id]),
            (new(AnnotatorId: world.Reviewer.UserId), []),
            (new(ModelId: world.SamplerId), [world.Solution.Id]),
            (new(From: day, To: day), [world.Solution.Id]),
            (new(From: day.AddDays(1)), []),
            (new(To: day.AddDays(-1)), []),
            (new(ProblemId: world.Problem.Id), [world.Solution.Id]),
        })
        {
            Assert.Equal(wanted, (await new SolutionSearch(database, world.Clock).PageAsync(world.Reviewer, world.Project, filter, cancellationToken: Token)).Value.Rows.Select(row => row.Id));
        }
    }

    [Fact]
    public async Task Flagged_solutions_are_found_and_gold_items_by_leads_alone()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        var (run, problem) = (await RunAsync(world.Project), await _world.ProblemAsync(world.Project));
        var asked = await _world.SolutionAsync(run, problem);
        var answered = await _world.SolutionAsync(run, problem, sampleIndex: 1);
        var by = world.Annotator.UserId!.Value;
        await database.AddAsync(
            new Flag { SolutionId = asked.Id, AskedById = by, Question = "Is rounding an error?", ClientKey = Guid.NewGuid(), AskedAt = World.Now },
            new Flag { SolutionId = answered.Id, AskedById = by, Question = "Is it here?", ClientKey = Guid.NewGuid(), AskedAt = World.Now, Answer = "No.", AnsweredById = world.Lead.UserId, AnsweredAt = World.Now },
            new GoldItem { ProjectId = world.Project, SolutionId = world.Solution.Id, StepCount = world.Solution.StepCount, Step = 2, CreatedAt = World.Now },
            new GoldItem { ProjectId = world.Project, SolutionId = asked.Id, StepCount = asked.StepCount, CreatedAt = World.Now, RetiredAt = World.Now });
        var search = new SolutionSearch(database, world.Clock);
        foreach (var (filter, wanted) in new (SolutionFilter, long[])[]
        {
            (new(Flag: FlagFilter.Any), [answered.Id, asked.Id]),
            (new(Flag: FlagFilter.Open), [asked.Id]),
            (new(Flag: FlagFilter.Answered), [answered.Id]),
            (new(IsGold: true), [world.Solution.Id]),
            (new(IsGold: false), [answered.Id, asked.Id]),
        })
        {
            Assert.Equal(wanted, (await search.PageAsync(world.Lead, world.Project, filter, cancellationToken: Token)).Value.Rows.Select(row => row.Id));
        }

        // Not by a way round: each service that takes a filter asks.
        var gold = new SolutionFilter(IsGold: false);
        Assert.Equal(RefusalKind.Forbidden, (await search.PageAsync(world.Reviewer, world.Project, gold, cancellationToken: Token)).Refusal!.Kind);
        Assert.Equal(RefusalKind.Forbidden, (await search.ExportAsync(world.Reviewer, world.Project, gold, Stream.Null, Token)).Refusal!.Kind);
        Assert.Equal(RefusalKind.Forbidden, (await new SavedFilters(database, world.Clock).SaveAsync(world.Reviewer, world.Project, "Gold", gold, false, Token)).Refusal!.Kind);
    }

    [Fact]
    public async Task Pages_follow_each_other_by_key()
    {
        var (project, lead, run, first) = await SceneAsync();
        var problem = await _world.ProblemAsync(project);
        for (var i = 1; i <= 6; i++) await _world.SolutionAsync(run, problem, sampleIndex: i);
        var search = new SolutionSearch(database, new SettableClock());
        var (seen, before) = (new List<long>(), (long?)null);
        do
        {
            var page = (await search.PageAsync(lead, project, new SolutionFilter(), before, 3, Token)).Value;
            Assert.Equal(7, page.Total);
            seen.AddRange(page.Rows.Select(row => row.Id));
            before = page.Before;
        }
        while (before is not null);
        Assert.Equal(7, seen.Distinct().Count());
        Assert.Equal(first.Id, seen[^1]);
    }

    [Fact]
    public async Task Sent_back_solutions_are_judged_anew_and_those_that_cannot_be_are_named()
    {
        var world = await new ReviewWorld(database).BuildAsync(new ProjectSettings { ReviewOfOwnFirstErrors = true });
        var waiting = await _world.SolutionAsync(await RunAsync(world.Project), await _world.ProblemAsync(world.Project));
        var bulk = new BulkWork(database, world.Clock);
        Assert.Equal(RefusalKind.Conflict, (await bulk.RequeueAsync(world.Lead, world.Project, new SolutionFilter(), 5, "New rule.", Token)).Refusal!.Kind);
        Assert.Equal("Reason", (await bulk.RequeueAsync(world.Lead, world.Project, new SolutionFilter(), 2, " ", Token)).Refusal!.Field);

        var report = (await bulk.RequeueAsync(world.Lead, world.Project, new SolutionFilter(), 2, "New rule.", Token)).Value;
        Assert.Equal(1, report.Changed);
        Assert.Equal([new LeftOut(waiting.Id, "waits for judgements already")], report.LeftOut);
        Assert.Equal(SolutionState.Waiting, await world.StateAsync());

        var history = (await new LabelHistory(database).OfSolutionAsync(world.Reviewer, world.Solution.Id, Token)).Value;
        Assert.Null(history.Label.Verdict);
        Assert.Empty(history.Label.Counting);
        Assert.Contains(history.Events, e => e.By == world.Lead.UserId && e.Words.ToString() == "sent back to judging" && e.Note?.ToString() == "New rule.");
        await using var context = database.CreateDbContext();
        Assert.Equal(1, await context.Set<AuditEvent>().CountAsync(e => e.ProjectId == world.Project && e.Action == "solutions.requeued", Token));

        // The same person may judge it again, and the verdict comes back.
        var cards = (await new AssignmentService(database, world.Clock).NextAsync(world.Annotator, world.Project, 5, Token)).Value.Cards;
        var card = cards.Single(c => c.SolutionId == world.Solution.Id);
        Assert.True((await new AnnotationService(database, world.Clock).SubmitAsync(world.Annotator, Guid.NewGuid(), card.AssignmentId, new(FirstErrorOutcome.FirstError, 1), Token)).Succeeded);
        Assert.Equal(1, (await new LabelHistory(database).OfSolutionAsync(world.Reviewer, world.Solution.Id, Token)).Value.Label.Verdict!.Step);
    }

    [Fact]
    public async Task A_paired_solution_is_not_sent_back()
    {
        var world = await new ReviewWorld(database).BuildAsync(new ProjectSettings { ReviewOfOwnFirstErrors = true });
        await world.ContinueAsync(" Good.\nStep 3: The answer is 2.");
        Assert.True((await world.Reviews.ApproveAsync(world.Reviewer, Guid.NewGuid(), (await world.ItemAsync()).Candidates[0].RectificationId, cancellationToken: Token)).Succeeded);
        var report = (await new BulkWork(database, world.Clock).RequeueAsync(world.Lead, world.Project, new SolutionFilter(), 1, "x", Token)).Value;
        Assert.Equal(0, report.Changed);
        Assert.StartsWith("a pair was made of it", report.LeftOut.Single().Why.ToString(), StringComparison.Ordinal);
        Assert.Equal(SolutionState.Paired, await world.StateAsync());
    }

    [Fact]
    public async Task A_solution_that_was_assigned_is_dealt_to_that_person_and_to_nobody_else()
    {
        var (project, lead, run, _) = await SceneAsync();
        var problem = await _world.ProblemAsync(project);
        var last = await _world.SolutionAsync(run, problem, sampleIndex: 9);
        var annotator = await _world.UserAsync(projectId: project);
        var other = await _world.UserAsync(projectId: project);
        var clock = new SettableClock();
        var filter = new SolutionFilter(ProblemId: problem.Id);
        var bulk = new BulkWork(database, clock);
        Assert.Equal("UserId", (await bulk.AssignAsync(lead, project, filter, 1, (await _world.UserAsync()).Id, Token)).Refusal!.Field);
        Assert.Equal(1, (await bulk.AssignAsync(lead, project, filter, 1, annotator.Id, Token)).Value.Changed);
        clock.Now += TimeSpan.FromDays(6);

        var assignments = new AssignmentService(database, clock);
        Assert.DoesNotContain((await assignments.NextAsync(Actor.Person(other.Id), project, 5, Token)).Value.Cards, card => card.SolutionId == last.Id);
        Assert.Equal(last.Id, (await assignments.NextAsync(Actor.Person(annotator.Id), project, 1, Token)).Value.Cards.Single().SolutionId);
        Assert.Equal("it lies on their desk already", (await bulk.AssignAsync(lead, project, filter, 1, annotator.Id, Token)).Value.LeftOut.Single().Why.ToString());
        Assert.Equal("others hold or have judged all its places", (await bulk.AssignAsync(lead, project, filter, 1, other.Id, Token)).Value.LeftOut.Single().Why.ToString());
    }

    [Fact]
    public async Task Solutions_that_somebody_works_on_just_now_are_left_out_and_not_waited_for()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        await using var context = database.CreateDbContext();
        await using var transaction = await context.Database.BeginTransactionAsync(Token);
        await context.Database.ExecuteSqlAsync($"SELECT 1 FROM assignment WHERE solution_id = {world.Solution.Id} FOR UPDATE", Token);
        var report = (await new BulkWork(database, world.Clock).RequeueAsync(world.Lead, world.Project, new SolutionFilter(), 1, "x", Token)).Value;
        Assert.Equal(new LeftOut(world.Solution.Id, "somebody is working on it just now"), report.LeftOut.Single());
    }

    [Fact]
    public async Task Filters_are_kept_for_oneself_or_shared_within_the_project()
    {
        var (project, lead, _, _) = await SceneAsync();
        var reviewer = Actor.Person((await _world.UserAsync(projectId: project, role: ProjectRole.Reviewer)).Id);
        var filters = new SavedFilters(database, new SettableClock());
        Assert.Equal("Name", (await filters.SaveAsync(lead, project, " ", new SolutionFilter("x"), false, Token)).Refusal!.Field);
        var own = (await filters.SaveAsync(lead, project, "Mine", new SolutionFilter("x"), false, Token)).Value;
        var shared = (await filters.SaveAsync(lead, project, "Ours", new SolutionFilter(Step: 3, From: new DateOnly(2026, 1, 2)), true, Token)).Value;
        Assert.Equal(own, (await filters.SaveAsync(lead, project, "Mine", new SolutionFilter("y"), false, Token)).Value);
        Assert.Equal([("Mine", new SolutionFilter("y")), ("Ours", new SolutionFilter(Step: 3, From: new DateOnly(2026, 1, 2)))], (await filters.ListAsync(lead, project, Token)).Value.Select(row => (row.Name, row.Filter)));
        Assert.Equal(["Ours"], (await filters.ListAsync(reviewer, project, Token)).Value.Select(row => row.Name));
        Assert.Equal(RefusalKind.Forbidden, (await filters.RemoveAsync(reviewer, shared, Token)).Refusal!.Kind);
        Assert.Equal(RefusalKind.NotFound, (await filters.RemoveAsync(reviewer, own, Token)).Refusal!.Kind);
        Assert.True((await filters.RemoveAsync(lead, shared, Token)).Succeeded);
        Assert.Empty((await filters.ListAsync(reviewer, project, Token)).Value);
    }

    [Fact]
    public async Task The_list_is_written_as_a_line_a_solution_and_that_is_recorded()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        using var file = new MemoryStream();
        Assert.Equal(1, (await new SolutionSearch(database, world.Clock).ExportAsync(world.Reviewer, world.Project, new SolutionFilter(Step: 2), file, Token)).Value);
        var line = JsonSerializer.Deserialize<JsonElement>(Encoding.UTF8.GetString(file.ToArray()));
        Assert.Equal((world.Solution.Id, "Rectifying", 2), (line.GetProperty("id").GetInt64(), line.GetProperty("state").GetString(), line.GetProperty("verdict").GetProperty("step").GetInt32()));
        await using var context = database.CreateDbContext();
        Assert.True(await context.Set<AuditEvent>().AnyAsync(e => e.ProjectId == world.Project && e.Action == "solutions.exported", Token));
    }

    [Fact]
    public async Task Many_solutions_are_searched_by_index()
    {
        // STEPDPO_SEARCH_SOLUTIONS=100000 with -showLiveOutput gives the figures of docs/measurements.md.
        var asked = Environment.GetEnvironmentVariable("STEPDPO_SEARCH_SOLUTIONS");
        var (count, rounds) = (int.Parse(asked ?? "20000", CultureInfo.InvariantCulture), asked is null ? 1 : 50);
        var (project, lead, run, solution) = await SceneAsync();
        // Each word occurs in one text of a thousand, each formula in one.
        await database.ExecuteAsync(
            $"""
            INSERT INTO solution (project_id, run_id, problem_id, split, sample_index, text, text_sha256, step_offsets, step_count, finish_reason, answer_check, answer_version, state, created_at)
            SELECT {project}, {run.Id}, {solution.ProblemId}, 'Pool', n, ' word' || n % 1000 || ' is so.' || chr(10) || 'Step 2: \sqrt' || chr(123) || n || chr(125) || ' follows.', md5(n::text), ARRAY[0], 1, 'Stop', 'Wrong', 1, 'Waiting', now()
            FROM generate_series(1, {count}) n
            """);
        await using var owner = new NpgsqlConnection(database.OwnerConnectionString);
        await owner.OpenAsync(Token);
        // Statistics as autovacuum would have them by then; the site's role may not ask for them.
        await PlanAsync(owner, "VACUUM ANALYZE solution");

        var search = new SolutionSearch(database, new SettableClock());
        foreach (var (text, total) in new[] { ("word7", count / 1000), (@"\sqrt{7777}", 1), ("word5 follows", count / 1000), ("nowhere", 0), ("", Math.Min(count + 1, SolutionSearch.Countable)) })
        {
            var times = new List<double>();
            for (var round = 0; round < rounds; round++)
            {
                var watch = Stopwatch.StartNew();
                Assert.Equal(total, (await search.PageAsync(lead, project, new SolutionFilter(text), cancellationToken: Token)).Value.Total);
                times.Add(watch.Elapsed.TotalMilliseconds);
            }

            times.Sort();
            Tell(string.Create(CultureInfo.InvariantCulture, $"\"{text}\" among {count}: p50 {times[(rounds - 1) / 2]:F1} ms, p95 {times[(int)Math.Ceiling(0.95 * rounds) - 1]:F1} ms"));
        }

        Tell(await PlanAsync(owner, "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) SELECT id FROM solution WHERE to_tsvector('simple', text) @@ websearch_to_tsquery('simple', 'word7')"));
        Tell(await PlanAsync(owner, @"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) SELECT id FROM solution WHERE text ILIKE '%\\sqrt{7777}%'"));
        Assert.Contains("ix_solution_text", await PlanAsync(owner, "EXPLAIN SELECT id FROM solution WHERE to_tsvector('simple', text) @@ websearch_to_tsquery('simple', 'word7')"), StringComparison.Ordinal);
        Assert.Contains("ix_solution_fragments", await PlanAsync(owner, @"EXPLAIN SELECT id FROM solution WHERE text ILIKE '%\\sqrt{7777}%'"), StringComparison.Ordinal);
    }

    private static void Tell(string words) => TestContext.Current.TestOutputHelper!.WriteLine(words);

    private static async Task<string> PlanAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var plan = "";
        while (await reader.ReadAsync(Token)) plan += reader.GetString(0) + "\n";
        return plan;
    }

    private async Task<Run> RunAsync(long projectId)
    {
        await using var context = database.CreateDbContext();
        return await _world.RunAsync(await context.Set<ProjectRevision>().SingleAsync(r => r.ProjectId == projectId, Token));
    }

    private async Task<(long Project, Actor Lead, Run Run, Solution Solution)> SceneAsync(string? text = null, string note = "")
    {
        var (project, revision) = await _world.ProjectAsync();
        var lead = await _world.UserAsync(projectId: project.Id, role: ProjectRole.Lead);
        var run = await _world.RunAsync(revision);
        var problem = await _world.ProblemAsync(project.Id);
        var made = World.NewSolution(run, problem);
        var solution = text is null ? made : new Solution
        {
            ProjectId = made.ProjectId,
            RunId = made.RunId,
            ProblemId = made.ProblemId,
            Split = made.Split,
            SampleIndex = made.SampleIndex,
            Text = text,
            TextSha256 = TextHash.Of(text),
            StepOffsets = StepSplit.Offsets(text),
            StepCount = StepSplit.Offsets(text).Length,
            FinishReason = FinishReason.Stop,
            AnswerCheck = AnswerCheck.Wrong,
            AnswerVersion = 1,
            State = SolutionState.Waiting,
            CreatedAt = World.Now,
        };
        await database.AddAsync(solution);
        if (note.Length > 0)
        {
            var assignment = World.NewAssignment(solution, lead);
            await database.AddAsync(assignment);
            var annotation = World.NewAnnotation(assignment, solution, revision);
            await database.AddAsync(new FirstErrorAnnotation
            {
                AssignmentId = assignment.Id,
                SolutionId = solution.Id,
                AnnotatorId = lead.Id,
                StepCount = solution.StepCount,
                AnswerCheck = solution.AnswerCheck,
                Outcome = annotation.Outcome,
                Step = 1,
                Grade = StepGrade.Incorrect,
                Note = note,
                RevisionId = revision.Id,
                ClientKey = Guid.NewGuid(),
                CreatedAt = World.Now,
            });
        }

        return (project.Id, Actor.Person(lead.Id), run, solution);
    }
}
