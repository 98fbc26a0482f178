using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;
using StepDpo.Core.Suggestions;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Annotations;

/// <summary>Disputes: who decides, what else can be done, and the stop rule that keeps most of them away.</summary>
public sealed class AdjudicationTests(Database database) : IClassFixture<Database>
{
    private readonly World _world = new(database);
    private readonly SettableClock _clock = new();
    private long _project;
    private Solution _solution = null!;

    private AssignmentService Assignments => new(database, _clock);

    private AnnotationService Annotations => new(database, _clock);

    private AdjudicationService Adjudication => new(database, _clock);

    private ProjectRegister Projects => new(database, _clock, [new JudgementCounts(database, _clock)]);

    [Fact]
    public async Task Disagreeing_judgements_ask_for_one_more_until_enough_agree()
    {
        await BeginAsync(new() { JudgementsPerSolution = 2, AgreeingJudgements = 3, MostJudgements = 5 });
        foreach (var step in new[] { 1, 2, 2 })
        {
            await JudgeAsync(step);
            Assert.Equal(SolutionState.Waiting, await StateAsync());
        }
        await JudgeAsync(2);
        Assert.Equal((2, VerdictProvenance.Majority), await VerdictAsync());
        Assert.Empty((await Assignments.NextAsync(await PersonAsync(), _project, 1, Token)).Value.Cards);
    }

    [Theory]
    [InlineData(UndecidedRule.Reviewer, SolutionState.Adjudication)]
    [InlineData(UndecidedRule.Discard, SolutionState.Discarded)]
    public async Task Where_three_can_no_longer_agree_the_setting_says_what_follows(UndecidedRule rule, SolutionState state)
    {
        await BeginAsync(new() { JudgementsPerSolution = 2, AgreeingJudgements = 3, MostJudgements = 4, Undecided = rule });
        await JudgeAsync(1);
        await JudgeAsync(2);
        await JudgeAsync(3);
        Assert.Equal(state, await StateAsync());
    }

    [Fact]
    public async Task What_cannot_be_judged_is_a_reviewers_and_never_set_aside_by_itself()
    {
        await BeginAsync(new() { JudgementsPerSolution = 1, Undecided = UndecidedRule.Discard });
        await JudgeAsync(new FirstErrorJudgement(FirstErrorOutcome.CannotJudge, Reason: FirstErrorReason.BadProblem));
        Assert.Equal(SolutionState.Adjudication, await StateAsync());
    }

    [Fact]
    public async Task The_same_key_is_answered_the_same_and_other_words_under_it_are_refused()
    {
        var rita = await DisputeAsync();
        var key = Guid.NewGuid();
        var word = new FirstErrorJudgement(FirstErrorOutcome.FirstError, 2, Note: "Look at the sign.", ActiveMilliseconds: 900);
        Assert.True((await Adjudication.DecideAsync(rita, key, _solution.Id, word, DifferenceReason.Overlooked, Token)).Succeeded);
        Assert.True((await Adjudication.DecideAsync(rita, key, _solution.Id, word, DifferenceReason.Overlooked, Token)).Succeeded);
        Assert.Equal(RefusalKind.Conflict, (await Adjudication.DecideAsync(rita, key, _solution.Id, word with { Step = 1 }, DifferenceReason.Overlooked, Token)).Refusal?.Kind);
        Assert.Equal(RefusalKind.Conflict, (await Adjudication.DecideAsync(rita, key, _solution.Id, word, DifferenceReason.GuidelinesUnclear, Token)).Refusal?.Kind);
        Assert.Equal(RefusalKind.Conflict, (await Adjudication.DiscardAsync(rita, key, _solution.Id, "", 0, Token)).Refusal?.Kind);

        await using var context = database.CreateDbContext();
        var stored = await context.Set<Core.Annotations.Adjudication>().Include(a => a.Verdict).SingleAsync(a => a.SolutionId == _solution.Id, Token);
        Assert.Equal((2, VerdictProvenance.Adjudicated, DifferenceReason.Overlooked, 900), (stored.Verdict!.Step, stored.Verdict.Provenance, stored.Because, stored.ActiveMilliseconds));
        Assert.Equal(1, await context.Set<FirstErrorVerdict>().CountAsync(v => v.SolutionId == _solution.Id, Token));
    }

    [Fact]
    public async Task One_more_judgement_goes_to_exactly_one_person_who_has_no_part_in_the_dispute()
    {
        var rita = await DisputeAsync();
        Assert.True((await Adjudication.OneMoreAsync(rita, Guid.NewGuid(), _solution.Id, 0, Token)).Succeeded);
        Assert.Empty((await Assignments.NextAsync(rita, _project, 1, Token)).Value.Cards);
        var (third, fourth) = (await PersonAsync(), await PersonAsync());
        var card = Assert.Single((await Assignments.NextAsync(third, _project, 1, Token)).Value.Cards);
        Assert.Empty((await Assignments.NextAsync(fourth, _project, 1, Token)).Value.Cards);
        Assert.True((await Annotations.SubmitAsync(third, Guid.NewGuid(), card.AssignmentId, new(FirstErrorOutcome.FirstError, 2), Token)).Succeeded);
        Assert.Equal((2, VerdictProvenance.Majority), await VerdictAsync());
    }

    [Fact]
    public async Task Where_the_judgements_agree_one_more_is_refused()
    {
        await BeginAsync(new() { JudgementsPerSolution = 2 });
        await JudgeAsync(2);
        await JudgeAsync(2);
        await database.ExecuteAsync($"UPDATE first_error_verdict SET superseded_at = now(), superseded_reason = 'Step 1 is wrong' WHERE solution_id = {_solution.Id}");
        await database.ExecuteAsync($"UPDATE solution SET state = 'Adjudication' WHERE id = {_solution.Id}");
        var refused = await Adjudication.OneMoreAsync(await PersonAsync(ProjectRole.Reviewer), Guid.NewGuid(), _solution.Id, 0, Token);
        Assert.Contains("agree", refused.Refusal?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_decision_is_taken_back_by_its_key_until_something_rests_on_it()
    {
        var rita = await DisputeAsync();
        foreach (var decide in new Func<Guid, Task<Outcome<Done>>>[]
        {
            key => Adjudication.DecideAsync(rita, key, _solution.Id, new(FirstErrorOutcome.FirstError, 2), cancellationToken: Token),
            key => Adjudication.OneMoreAsync(rita, key, _solution.Id, 0, Token),
            key => Adjudication.DiscardAsync(rita, key, _solution.Id, "Unreadable.", 0, Token),
        })
        {
            var key = Guid.NewGuid();
            Assert.True((await decide(key)).Succeeded);
            Assert.NotEqual(SolutionState.Adjudication, await StateAsync());
            Assert.Equal(RefusalKind.Conflict, (await Adjudication.UndoAsync(await PersonAsync(ProjectRole.Reviewer), Guid.NewGuid(), _solution.Id, key, Token)).Refusal?.Kind);
            var undo = Guid.NewGuid();
            Assert.True((await Adjudication.UndoAsync(rita, undo, _solution.Id, key, Token)).Succeeded);
            Assert.True((await Adjudication.UndoAsync(rita, undo, _solution.Id, key, Token)).Succeeded);
            Assert.Equal(SolutionState.Adjudication, await StateAsync());
        }

        var verdict = Guid.NewGuid();
        Assert.True((await Adjudication.DecideAsync(rita, verdict, _solution.Id, new(FirstErrorOutcome.FirstError, 2), cancellationToken: Token)).Succeeded);
        await database.ExecuteAsync($"UPDATE solution SET state = 'Paired' WHERE id = {_solution.Id}");
        Assert.Equal(RefusalKind.Conflict, (await Adjudication.UndoAsync(rita, Guid.NewGuid(), _solution.Id, verdict, Token)).Refusal?.Kind);
    }

    [Fact]
    public async Task The_database_itself_refuses_a_verdict_on_an_item_of_ones_own_unless_the_project_is_a_team_of_one()
    {
        foreach (var (allowed, refusal) in new[] { (false, "23514"), (true, null) })
        {
            await BeginAsync(new() { JudgementsPerSolution = 2, ReviewOfOwnFirstErrors = allowed });
            var ron = await PersonAsync(ProjectRole.Reviewer);
            await JudgeAsync(ron, new FirstErrorJudgement(FirstErrorOutcome.FirstError, 1));
            await using var context = database.CreateDbContext();
            var revision = await context.Set<ProjectRevision>().SingleAsync(r => r.ProjectId == _project, Token);
            var verdict = new FirstErrorVerdict
            {
                SolutionId = _solution.Id,
                StepCount = _solution.StepCount,
                Outcome = FirstErrorOutcome.FirstError,
                Step = 1,
                Grade = StepGrade.Incorrect,
                Provenance = VerdictProvenance.Adjudicated,
                AdjudicatorId = ron.UserId,
                RevisionId = revision.Id,
                CreatedAt = World.Now,
            };
            Assert.Equal(refusal, await database.RefusalOfAsync(verdict));
            var discard = new Core.Annotations.Adjudication
            {
                SolutionId = _solution.Id,
                ReviewerId = ron.UserId!.Value,
                Decision = AdjudicationDecision.Discard,
                RevisionId = revision.Id,
                ClientKey = Guid.NewGuid(),
                CreatedAt = World.Now,
            };
            Assert.Equal(refusal, await database.RefusalOfAsync(discard));
        }
    }

    [Fact]
    public async Task Lowering_N_gives_those_with_enough_their_verdict_and_raising_it_asks_for_more()
    {
        await BeginAsync(new() { JudgementsPerSolution = 3 });
        var lead = await PersonAsync(ProjectRole.Lead);
        await JudgeAsync(2);
        await JudgeAsync(2);
        Assert.Equal(SolutionState.Waiting, await StateAsync());
        Assert.True((await Projects.ChangeSettingsAsync(lead, _project, 1, new() { JudgementsPerSolution = 4 }, "", Token)).Succeeded);
        await JudgeAsync(1);
        Assert.Equal(SolutionState.Waiting, await StateAsync());
        Assert.True((await Projects.ChangeSettingsAsync(lead, _project, 2, new() { JudgementsPerSolution = 3 }, "", Token)).Succeeded);
        Assert.Equal((2, VerdictProvenance.Majority), await VerdictAsync());
    }

    [Fact]
    public async Task A_judgement_taken_back_asks_anew_for_as_many_as_the_rest_needs()
    {
        await BeginAsync(new() { JudgementsPerSolution = 2, MostJudgements = 3 });
        var ann = await PersonAsync();
        var first = await JudgeAsync(ann, new(FirstErrorOutcome.FirstError, 1));
        await JudgeAsync(2);
        var third = await PersonAsync();
        var card = Assert.Single((await Assignments.NextAsync(third, _project, 1, Token)).Value.Cards);
        Assert.True((await Annotations.UndoAsync(ann, Guid.NewGuid(), first.AnnotationId, Token)).Succeeded);
        await JudgeAsync(ann, new(FirstErrorOutcome.FirstError, 2));
        Assert.Equal((2, VerdictProvenance.Agreed), await VerdictAsync());
        Assert.True((await Annotations.SubmitAsync(third, Guid.NewGuid(), card.AssignmentId, new(FirstErrorOutcome.FirstError, 3), Token)).Value.Surplus);
    }

    [Fact]
    public async Task A_solution_that_has_become_right_is_not_opened_again_by_an_undo()
    {
        await BeginAsync(new() { JudgementsPerSolution = 2 });
        var ann = await PersonAsync();
        var judged = await JudgeAsync(ann, new(FirstErrorOutcome.FirstError, 1));
        foreach (var state in new[] { SolutionState.Sampled, SolutionState.Closed })
        {
            await database.ExecuteAsync($"UPDATE solution SET state = {state.ToString()} WHERE id = {_solution.Id}");
            Assert.Equal(RefusalKind.Conflict, (await Annotations.UndoAsync(ann, Guid.NewGuid(), judged.AnnotationId, Token)).Refusal?.Kind);
            Assert.Equal(state, await StateAsync());
        }
    }

    [Fact]
    public async Task Claims_stand_in_the_order_of_k_with_the_records_of_those_who_make_them()
    {
        await BeginAsync(new() { JudgementsPerSolution = 2 });
        var (ann, ben, rita) = (await PersonAsync(), await PersonAsync(), await PersonAsync(ProjectRole.Reviewer));
        await JudgeAsync(ann, new(FirstErrorOutcome.FirstError, 3));
        await JudgeAsync(ben, new(FirstErrorOutcome.FirstError, 1));
        Assert.True((await Adjudication.DecideAsync(rita, Guid.NewGuid(), _solution.Id, new(FirstErrorOutcome.FirstError, 3), DifferenceReason.Overlooked, Token)).Succeeded);
        await NextSolutionAsync();
        await JudgeAsync(ann, new(FirstErrorOutcome.FirstError, 3));
        await JudgeAsync(ben, new(FirstErrorOutcome.FirstError, 1));

        var item = (await new AdjudicationQueue(database).ListAsync(rita, _project, [], 5, cancellationToken: Token)).Value.Items.Single(i => i.SolutionId == _solution.Id);
        Assert.Equal([(1, 0, 1), (3, 1, 1)], item.Claims.Select(c => (c.Judgement.Step!.Value, c.Upheld, c.Disputes)));
        Assert.Equal(2, item.Claims.Select(c => c.Annotator).Where(number => number is >= 1 and <= 3).Distinct().Count());
        var ron = await new AdjudicationQueue(database).ListAsync(await PersonAsync(ProjectRole.Lead), _project, [_solution.Id], 5, cancellationToken: Token);
        Assert.Equal((0, 1, 0), (ron.Value.Items.Count, ron.Value.Waiting, ron.Value.Own));
    }

    [Fact]
    public async Task A_claim_that_came_after_a_suggestion_says_what_was_said_before_it()
    {
        await BeginAsync(new() { JudgementsPerSolution = 2, Suggestions = SuggestionUse.AfterJudgement });
        await database.AddAsync(new Suggestion { SolutionId = _solution.Id, StepCount = _solution.StepCount, Source = "judge:a", Step = 2, RunId = _solution.RunId, CreatedAt = World.Now });
        var (ann, ben, rita) = (await PersonAsync(), await PersonAsync(), await PersonAsync(ProjectRole.Reviewer));
        var shown = new ShownSuggestions(database, _clock);
        var card = Assert.Single((await Assignments.NextAsync(ann, _project, 1, Token)).Value.Cards);
        var blind = (await Annotations.SubmitAsync(ann, Guid.NewGuid(), card.AssignmentId, new(FirstErrorOutcome.FirstError, 3), Token)).Value.AnnotationId;
        Assert.NotNull((await shown.ShowAsync(ann, blind, Token)).Value);
        Assert.True((await Annotations.SubmitAsync(ann, Guid.NewGuid(), card.AssignmentId, new(FirstErrorOutcome.FirstError, 2), Token)).Succeeded);
        // He is shown it as well and lets his stand: that one is blind.
        Assert.NotNull((await shown.ShowAsync(ben, (await JudgeAsync(ben, new(FirstErrorOutcome.FirstError, 1))).AnnotationId, Token)).Value);

        var claims = Assert.Single((await new AdjudicationQueue(database).ListAsync(rita, _project, [], 5, cancellationToken: Token)).Value.Items).Claims;
        Assert.Equal([(1, null), (2, 3)], claims.Select(c => (c.Judgement.Step!.Value, c.Blind?.Step)));
        Assert.Equal(blind, claims[1].Blind!.Id);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private async Task BeginAsync(ProjectSettings settings)
    {
        var (project, _) = await _world.ProjectAsync(settings);
        _project = project.Id;
        await NextSolutionAsync();
    }

    private async Task NextSolutionAsync()
    {
        await using var context = database.CreateDbContext();
        var revision = await context.Set<ProjectRevision>().FirstAsync(r => r.ProjectId == _project, Token);
        _solution = await _world.SolutionAsync(await _world.RunAsync(revision), await _world.ProblemAsync(_project));
    }

    /// <summary>A solution on which two differ, and a reviewer who is none of them.</summary>
    private async Task<Actor> DisputeAsync()
    {
        await BeginAsync(new() { JudgementsPerSolution = 2 });
        var rita = await PersonAsync(ProjectRole.Reviewer);
        await JudgeAsync(1);
        await JudgeAsync(2);
        Assert.Equal(SolutionState.Adjudication, await StateAsync());
        return rita;
    }

    private async Task<Actor> PersonAsync(ProjectRole role = ProjectRole.Annotator) => Actor.Person((await _world.UserAsync(projectId: _project, role: role)).Id);

    private async Task JudgeAsync(int step) => await JudgeAsync(new FirstErrorJudgement(FirstErrorOutcome.FirstError, step));

    private async Task JudgeAsync(FirstErrorJudgement judgement) => await JudgeAsync(await PersonAsync(), judgement);

    private async Task<StoredJudgement> JudgeAsync(Actor actor, FirstErrorJudgement judgement)
    {
        var card = Assert.Single((await Assignments.NextAsync(actor, _project, 1, Token)).Value.Cards);
        return (await Annotations.SubmitAsync(actor, Guid.NewGuid(), card.AssignmentId, judgement, Token)).Value;
    }

    private async Task<SolutionState> StateAsync()
    {
        await using var context = database.CreateDbContext();
        return await context.Set<Solution>().Where(s => s.Id == _solution.Id).Select(s => s.State).SingleAsync(Token);
    }

    private async Task<(int?, VerdictProvenance)> VerdictAsync()
    {
        await using var context = database.CreateDbContext();
        var verdict = await context.Set<FirstErrorVerdict>().SingleAsync(v => v.SolutionId == _solution.Id && v.SupersededAt == null, Token);
        return (verdict.Step, verdict.Provenance);
    }
}
