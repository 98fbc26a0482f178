using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Annotations;

public sealed class GoldTests(Database database) : IClassFixture<Database>
{
    private readonly World _world = new(database);
    private readonly SettableClock _clock = new();

    private AssignmentService Assignments => new(database, _clock);

    private AnnotationService Annotations => new(database, _clock);

    private GoldService Gold => new(database, _clock);

    [Fact]
    public async Task Gold_comes_at_its_rate_counts_for_nothing_and_everybody_may_have_each_item()
    {
        var (project, lead) = await SceneAsync(new() { JudgementsPerSolution = 1, GoldPausePercent = 0 }, solutions: 160);
        var people = new List<Actor> { await PersonAsync(project), await PersonAsync(project) };
        var dealt = new List<(Actor Person, bool IsGold)>();
        var truth = await TruthAsync(project);
        for (var i = 0; i < 80; i++)
        {
            foreach (var person in people)
            {
                var card = Assert.Single((await Assignments.NextAsync(person, project, 1, Token)).Value.Cards);
                dealt.Add((person, truth.ContainsKey(card.SolutionId)));
                var stored = (await Annotations.SubmitAsync(person, Guid.NewGuid(), card.AssignmentId, new(FirstErrorOutcome.FirstError, 1), Token)).Value;
                Assert.False(stored.Surplus);
            }
        }

        foreach (var person in people)
        {
            var gold = dealt.Where(d => d.Person == person).Select((d, index) => (d.IsGold, index)).Where(d => d.IsGold).Select(d => d.index).ToList();
            // Ten within the first hundred cards, each within ten of the last.
            Assert.True(gold.Count >= 8, $"{gold.Count} gold items in 80 cards");
            Assert.All(gold.Take(10).Prepend(-1).Zip(gold.Take(10)), gap => Assert.InRange(gap.Second - gap.First, 1, GoldDealing.FirstGap));
        }

        await using var context = database.CreateDbContext();
        var items = context.Set<GoldItem>().Where(g => g.ProjectId == project).Select(g => g.SolutionId);
        Assert.Equal(0, await context.Set<FirstErrorVerdict>().CountAsync(v => items.Contains(v.SolutionId), Token));
        Assert.Equal(0, await context.Set<Prefix>().CountAsync(p => items.Contains(p.SolutionId), Token));
        Assert.Equal(0, await context.Set<FirstErrorAnnotation>().CountAsync(a => items.Contains(a.SolutionId) && !a.Surplus, Token));
        var normal = dealt.Count(d => !d.IsGold);
        Assert.Equal(normal, await context.Set<FirstErrorVerdict>().CountAsync(v => context.Set<Solution>().Any(s => s.Id == v.SolutionId && s.ProjectId == project), Token));
        Assert.Equal(60, await context.Set<Problem>().CountAsync(p => p.ProjectId == project && p.Split == Split.Gold, Token));
        Assert.Equal(0, (await Gold.AddShippedAsync(lead, project, Token)).Value.Added);
    }

    [Theory]
    [InlineData(5, 0, 10)]
    [InlineData(5, 9, 10)]
    [InlineData(5, 10, 39)] // 1 to 39: 20 on average
    [InlineData(10, 10, 19)]
    [InlineData(50, 0, 3)]
    [InlineData(1, 10, 199)]
    public void The_gap_follows_from_the_rate(int percent, int dealt, int most) => Assert.Equal(most, GoldDealing.Most(new() { GoldPercent = percent }, dealt));

    [Fact]
    public async Task Nobody_is_dealt_gold_alone_and_undo_and_change_are_as_with_any_other()
    {
        var (project, _) = await SceneAsync(new() { GoldPausePercent = 0 }, solutions: 11);
        var person = await PersonAsync(project);
        var truth = await TruthAsync(project);
        AnnotationCard? gold = null;
        var others = 0;
        while (others < 11)
        {
            var card = Assert.Single((await Assignments.NextAsync(person, project, 1, Token)).Value.Cards);
            var stored = (await Annotations.SubmitAsync(person, Guid.NewGuid(), card.AssignmentId, new(FirstErrorOutcome.FirstError, 1), Token)).Value;
            if (!truth.ContainsKey(card.SolutionId))
            {
                others++;
                continue;
            }

            gold ??= card;
            var undone = await Annotations.UndoAsync(person, Guid.NewGuid(), stored.AnnotationId, Token);
            Assert.False(undone.Value.Surplus);
            Assert.Equal(card.AssignmentId, Assert.Single((await Assignments.NextAsync(person, project, 1, Token)).Value.Cards).AssignmentId);
            await Annotations.SubmitAsync(person, Guid.NewGuid(), card.AssignmentId, new(FirstErrorOutcome.FirstError, 2), Token);
            await Annotations.SubmitAsync(person, Guid.NewGuid(), card.AssignmentId, new(FirstErrorOutcome.FirstError, 1), Token);
        }

        Assert.NotNull(gold);
        Assert.Empty((await Assignments.NextAsync(person, project, 1, Token)).Value.Cards);
    }

    [Fact]
    public async Task Who_misses_too_many_is_paused_told_and_their_unreviewed_work_waits_again()
    {
        var (project, lead) = await SceneAsync(new() { GoldPercent = 50, GoldMinimum = 6 }, solutions: 40, shipped: false);
        var person = await PersonAsync(project);
        var reviewer = await PersonAsync(project, ProjectRole.Reviewer);
        var (misses, worked) = (0, new List<long>());
        foreach (var card in (await Assignments.NextAsync(person, project, 3, Token)).Value.Cards)
        {
            worked.Add(card.SolutionId);
            await SubmitAsync(person, card, 2);
        }

        // What a reviewer decided on stays.
        var kept = worked[0];
        await database.ExecuteAsync($"UPDATE first_error_verdict SET superseded_at = now(), superseded_reason = 'test' WHERE solution_id = {kept}");
        await database.ExecuteAsync($"UPDATE solution SET state = 'Adjudication' WHERE id = {kept}");
        Assert.True((await new AdjudicationService(database, _clock).DecideAsync(reviewer, Guid.NewGuid(), kept, new(FirstErrorOutcome.FirstError, 2), cancellationToken: Token)).Succeeded);
        Assert.Equal(60, (await Gold.AddShippedAsync(lead, project, Token)).Value.Added);
        var truth = await TruthAsync(project);
        DeskHold? hold = null;
        for (var i = 0; i < 60 && hold is null; i++)
        {
            var batch = (await Assignments.NextAsync(person, project, 1, Token)).Value;
            if ((hold = batch.Hold) is not null) break;
            var card = Assert.Single(batch.Cards);
            if (truth.TryGetValue(card.SolutionId, out var step))
            {
                misses++;
                await SubmitAsync(person, card, step == 1 ? 2 : 1);
                continue;
            }

            worked.Add(card.SolutionId);
            await SubmitAsync(person, card, 2);
        }

        Assert.Equal(6, misses);
        Assert.Equal((0, 6, worked.Count - 1), (hold!.Pause!.Right, hold.Pause.Total, hold.Pause.Requeued));
        await using var context = database.CreateDbContext();
        Assert.Equal(worked.Where(id => id != kept).Order(), await context.Set<Solution>().Where(s => worked.Contains(s.Id) && s.State == SolutionState.Waiting).Select(s => s.Id).Order().ToListAsync(Token));
        // Kept, and not counted.
        Assert.Equal(worked.Count, await context.Set<FirstErrorAnnotation>().CountAsync(a => worked.Contains(a.SolutionId) && a.Outcome == FirstErrorOutcome.FirstError, Token));
        Assert.Equal(worked.Count - 1, await context.Set<FirstErrorAnnotation>().CountAsync(a => worked.Contains(a.SolutionId) && a.Outcome == FirstErrorOutcome.Undone, Token));
        Assert.Equal(0, await context.Set<Assignment>().CountAsync(a => a.AnnotatorId == person.UserId && a.State == AssignmentState.Leased, Token));
        Assert.Equal(1, await context.Set<AuditEvent>().CountAsync(e => e.ProjectId == project && e.Action == "annotator.paused", Token));

        var standing = (await Gold.PeopleAsync(lead, project, Token)).Value.Single(row => row.UserId == person.UserId);
        Assert.NotNull(standing.Pause);
        Assert.True(standing.Accuracy.High < 0.7);
        Assert.True((await Gold.LiftAsync(lead, project, person.UserId!.Value, Token)).Succeeded);
        _clock.Now = _clock.Now.AddMinutes(1);
        Assert.Null((await Assignments.NextAsync(person, project, 1, Token)).Value.Hold);
        Assert.Equal(0, (await Gold.PeopleAsync(lead, project, Token)).Value.Single(row => row.UserId == person.UserId).Accuracy.Total);
    }

    [Fact]
    public async Task A_verdict_that_comes_after_the_pause_is_kept_and_does_not_count()
    {
        var (project, _) = await SceneAsync(new() { GoldPercent = 0 }, solutions: 1);
        var person = await PersonAsync(project);
        var card = Assert.Single((await Assignments.NextAsync(person, project, 1, Token)).Value.Cards);
        await database.AddAsync(new AnnotatorPause { ProjectId = project, UserId = person.UserId!.Value, Right = 0, Total = 10, Requeued = 0, CreatedAt = World.Now });
        Assert.True((await SubmitAsync(person, card, 1)).Surplus);
        await using var context = database.CreateDbContext();
        Assert.Equal(SolutionState.Waiting, (await context.Set<Solution>().SingleAsync(s => s.Id == card.SolutionId, Token)).State);
        var other = await PersonAsync(project);
        Assert.Equal(card.SolutionId, Assert.Single((await Assignments.NextAsync(other, project, 1, Token)).Value.Cards).SolutionId);
    }

    [Fact]
    public async Task A_solution_that_a_reviewer_decided_on_becomes_gold_until_the_word_changes()
    {
        var (project, lead) = await SceneAsync(new() { GoldPercent = 50, JudgementsPerSolution = 2 }, solutions: 8, shipped: false);
        var (a, b) = (await PersonAsync(project), await PersonAsync(project));
        var first = (await Assignments.NextAsync(a, project, 1, Token)).Value.Cards[0];
        await SubmitAsync(a, first, 1);
        await SubmitAsync(b, (await Assignments.NextAsync(b, project, 8, Token)).Value.Cards.Single(card => card.SolutionId == first.SolutionId), 2);
        Assert.Equal(RefusalKind.Conflict, (await Gold.MarkAsync(lead, first.SolutionId, Token)).Refusal?.Kind);
        Assert.True((await new AdjudicationService(database, _clock).DecideAsync(lead, Guid.NewGuid(), first.SolutionId, new(FirstErrorOutcome.FirstError, 2, Note: "It does not follow."), cancellationToken: Token)).Succeeded);
        Assert.Equal(first.SolutionId, Assert.Single((await Gold.CandidatesAsync(lead, project, 10, Token)).Value).SolutionId);
        Assert.True((await Gold.MarkAsync(lead, first.SolutionId, Token)).Succeeded);
        Assert.Empty((await Gold.CandidatesAsync(lead, project, 10, Token)).Value);

        var newcomer = await PersonAsync(project);
        var desk = (await Assignments.NextAsync(newcomer, project, 5, Token)).Value.Cards;
        var gold = desk.Single(card => card.SolutionId == first.SolutionId);
        await SubmitAsync(newcomer, gold, 2);
        var row = Assert.Single((await Gold.ListAsync(lead, project, Token)).Value);
        Assert.Equal((2, 1, 1), (row.Step, row.Judged.Right, row.Judged.Total)); // those who judged it before are not measured by it

        await database.ExecuteAsync($"UPDATE first_error_verdict SET superseded_at = now(), superseded_reason = 'test' WHERE solution_id = {first.SolutionId}");
        var last = await PersonAsync(project);
        Assert.DoesNotContain(first.SolutionId, (await Assignments.NextAsync(last, project, 5, Token)).Value.Cards.Select(card => card.SolutionId));
        Assert.True((await Gold.RetireAsync(lead, row.Id, Token)).Succeeded);
        Assert.True(Assert.Single((await Gold.ListAsync(lead, project, Token)).Value).Retired);
    }

    [Fact]
    public async Task Own_gold_is_brought_in_by_lines_and_a_bad_line_is_named()
    {
        var (project, lead) = await SceneAsync(new(), solutions: 1, shipped: false);
        const string Good = """{"problem": "What is 2 + 3 * 4?", "answer": "14", "steps": ["First the sum: 2 + 3 = 5.", "Then 5 * 4 = 20.", "The answer is 20."], "step": 1, "why": "The product comes first."}""";
        Assert.Equal(new GoldAdded(1, 0), (await Gold.ImportAsync(lead, project, Good, Token)).Value);
        Assert.Equal(new GoldAdded(0, 1), (await Gold.ImportAsync(lead, project, Good, Token)).Value);
        foreach (var (line, words) in new[]
        {
            (Good.Replace("\"step\": 1", "\"step\": 4", StringComparison.Ordinal), "Line 2: \"step\" must be 1 to 3; found 4."),
            (Good.Replace("\"step\": 1, ", "", StringComparison.Ordinal), "Line 2: the answer is wrong, so some step is."),
            ("{\"problem\": 3}", "Line 2 is no gold item"),
            (Good.Replace("Then 5", "Then\\nStep 5", StringComparison.Ordinal), "Line 2: a step holds a line that begins with \"Step \""),
        })
        {
            var refusal = (await Gold.ImportAsync(lead, project, Good + "\n" + line, Token)).Refusal;
            Assert.StartsWith(words, refusal?.Message, StringComparison.Ordinal);
        }

        Assert.Single((await Gold.ListAsync(lead, project, Token)).Value);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private async Task<(long Project, Actor Lead)> SceneAsync(ProjectSettings settings, int solutions, bool shipped = true)
    {
        var (project, revision) = await _world.ProjectAsync(settings);
        var run = await _world.RunAsync(revision);
        for (var i = 0; i < solutions; i++) await _world.SolutionAsync(run, await _world.ProblemAsync(project.Id));
        var lead = await PersonAsync(project.Id, ProjectRole.Lead);
        if (shipped) Assert.Equal(new GoldAdded(60, 0), (await Gold.AddShippedAsync(lead, project.Id, Token)).Value);
        return (project.Id, lead);
    }

    private async Task<Actor> PersonAsync(long project, ProjectRole role = ProjectRole.Annotator) => Actor.Person((await _world.UserAsync(projectId: project, role: role)).Id);

    private async Task<Dictionary<long, int?>> TruthAsync(long project)
    {
        await using var context = database.CreateDbContext();
        return await context.Set<GoldItem>().Where(g => g.ProjectId == project).ToDictionaryAsync(g => g.SolutionId, g => g.Step, Token);
    }

    private async Task<StoredJudgement> SubmitAsync(Actor actor, AnnotationCard card, int step) =>
        (await Annotations.SubmitAsync(actor, Guid.NewGuid(), card.AssignmentId, new(FirstErrorOutcome.FirstError, step), Token)).Value;
}
