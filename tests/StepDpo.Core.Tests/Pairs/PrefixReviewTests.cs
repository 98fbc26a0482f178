using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Pairs;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Pairs;

/// <summary>Decisions on a prefix as a whole, and what takes them back.</summary>
public sealed class PrefixReviewTests(Database database) : IClassFixture<Database>
{
    private const string Good = " It is 2.\nStep 3: The answer is 2.";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_prefix_without_a_candidate_is_on_the_reviewers_list()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        await world.ContinueAsync(" It is 4.");
        var list = (await world.Queue.ListAsync(world.Reviewer, world.Project, [], 10, Token)).Value;
        Assert.Equal((world.Solution.Id, 0, 1), (list.Items.Single().SolutionId, list.Items.Single().Candidates.Count, list.Waiting));
        Assert.Empty((await world.Queue.ListAsync(world.Reviewer, world.Project, [world.Solution.Id], 10, Token)).Value.Items);
    }

    [Fact]
    public async Task The_next_run_samples_at_the_temperature_that_the_reviewer_named_and_the_one_after_at_the_projects()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        await world.ContinueAsync(" It is 4.");
        Assert.Equal(RefusalKind.Invalid, (await world.Rectifications.SampleMoreAsync(world.Reviewer, new(Guid.NewGuid()), world.Solution.Id, 7, Token)).Refusal?.Kind);
        Assert.True((await world.Rectifications.SampleMoreAsync(world.Reviewer, new(Guid.NewGuid()), world.Solution.Id, 1.3, Token)).Succeeded);
        Assert.Equal(1.3, (await QueuedAsync(world)).OwnTemperatures[world.Prefix.Id]);

        await world.ContinueAsync(" It is 5.");
        Assert.True((await world.Rectifications.SampleMoreAsync(world.Reviewer, new(Guid.NewGuid()), world.Solution.Id, cancellationToken: Token)).Succeeded);
        Assert.Empty((await QueuedAsync(world)).OwnTemperatures);
    }

    [Fact]
    public async Task Sampling_more_and_discarding_are_taken_back_while_nobody_has_gone_on()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        await world.ContinueAsync(" It is 4.");
        var (asked, undo) = (new PrefixWord(Guid.NewGuid()), new PrefixWord(Guid.NewGuid()));
        Assert.True((await world.Rectifications.SampleMoreAsync(world.Reviewer, asked, world.Solution.Id, 1.3, Token)).Succeeded);
        Assert.True((await world.Rectifications.SampleMoreAsync(world.Reviewer, asked, world.Solution.Id, 1.3, Token)).Succeeded);
        Assert.Equal(RefusalKind.NotFound, (await world.Rectifications.TakeBackAsync(world.Lead, new(Guid.NewGuid()), world.Solution.Id, asked.ClientKey, Token)).Refusal?.Kind);
        Assert.True((await world.Rectifications.TakeBackAsync(world.Reviewer, undo, world.Solution.Id, asked.ClientKey, Token)).Succeeded);
        Assert.True((await world.Rectifications.TakeBackAsync(world.Reviewer, undo, world.Solution.Id, asked.ClientKey, Token)).Succeeded);
        Assert.Equal(SolutionState.NoCandidate, await world.StateAsync());

        await world.ContinueAsync(Good);
        var discarded = new PrefixWord(Guid.NewGuid());
        Assert.True((await world.Rectifications.DiscardAsync(world.Reviewer, discarded, world.Solution.Id, Token)).Succeeded);
        Assert.Equal(SolutionState.Closed, await world.StateAsync());
        Assert.True((await world.Rectifications.TakeBackAsync(world.Reviewer, new(Guid.NewGuid()), world.Solution.Id, discarded.ClientKey, Token)).Succeeded);
        Assert.Equal(SolutionState.InReview, await world.StateAsync());
        Assert.Equal(RefusalKind.Conflict, (await world.Rectifications.TakeBackAsync(world.Reviewer, new(Guid.NewGuid()), world.Solution.Id, discarded.ClientKey, Token)).Refusal?.Kind);
    }

    [Fact]
    public async Task A_reopened_first_error_is_taken_back_until_somebody_decides()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        await world.ContinueAsync(Good);
        var sent = new PrefixWord(Guid.NewGuid(), "Step 1 is wrong.");
        Assert.True((await world.Reopening.ReopenAsync(world.Reviewer, sent, world.Solution.Id, Token)).Succeeded);
        Assert.True((await world.Rectifications.TakeBackAsync(world.Reviewer, new(Guid.NewGuid()), world.Solution.Id, sent.ClientKey, Token)).Succeeded);
        Assert.Equal((SolutionState.InReview, 2), (await world.StateAsync(), (await world.ItemAsync()).Step));

        sent = new PrefixWord(Guid.NewGuid(), "Step 1 is wrong, look again.");
        Assert.True((await world.Reopening.ReopenAsync(world.Reviewer, sent, world.Solution.Id, Token)).Succeeded);
        Assert.True((await new AdjudicationService(database, world.Clock).DecideAsync(world.Lead, Guid.NewGuid(), world.Solution.Id, new(FirstErrorOutcome.FirstError, 1), cancellationToken: Token)).Succeeded);
        Assert.Equal(RefusalKind.Conflict, (await world.Rectifications.TakeBackAsync(world.Reviewer, new(Guid.NewGuid()), world.Solution.Id, sent.ClientKey, Token)).Refusal?.Kind);
    }

    [Fact]
    public async Task Where_the_prefix_was_called_wrong_after_an_approval_taking_that_back_brings_the_candidate_back_and_not_the_pair()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        await world.ContinueAsync(Good);
        var candidate = (await world.ItemAsync()).Candidates.Single().RectificationId;
        var pair = (await world.Reviews.ApproveAsync(world.Reviewer, Guid.NewGuid(), candidate, cancellationToken: Token)).Value.PairId!.Value;
        var sent = new PrefixWord(Guid.NewGuid(), "A step before this one is wrong already.");
        Assert.Equal(1, (await world.Reopening.ReopenAsync(world.Reviewer, sent, world.Solution.Id, Token)).Value);
        Assert.Equal(SolutionState.Adjudication, await world.StateAsync());

        Assert.True((await world.Rectifications.TakeBackAsync(world.Reviewer, new(Guid.NewGuid()), world.Solution.Id, sent.ClientKey, Token)).Succeeded);
        Assert.Equal((SolutionState.InReview, RectificationState.Proposed), (await world.StateAsync(), (await world.ItemAsync()).Candidates.Single().State));
        Assert.Equal(WithdrawalReason.VerdictReopened, (await world.Pairs.HistoryAsync(world.Reviewer, pair, Token)).Value.Withdrawal?.Reason);
        Assert.NotEqual(pair, (await world.Reviews.ApproveAsync(world.Reviewer, Guid.NewGuid(), candidate, cancellationToken: Token)).Value.PairId);
    }

    [Fact]
    public async Task A_written_step_needs_the_projects_leave_and_somebody_else_and_stays_out_of_exports_unless_asked_for()
    {
        var strict = await new ReviewWorld(database).BuildAsync();
        await strict.ContinueAsync(" It is 4.");
        Assert.Equal(RefusalKind.Conflict, (await strict.Rectifications.WriteAsync(strict.Reviewer, new(Guid.NewGuid()), strict.Solution.Id, "One and one is 2.", Token)).Refusal?.Kind);

        var world = await new ReviewWorld(database).BuildAsync(new() { AllowsWrittenSteps = true });
        await world.ContinueAsync(" It is 4.");
        var word = new PrefixWord(Guid.NewGuid());
        Assert.True((await world.Rectifications.WriteAsync(world.Reviewer, word, world.Solution.Id, "One and one is 2.", Token)).Succeeded);
        Assert.True((await world.Rectifications.WriteAsync(world.Reviewer, word, world.Solution.Id, "One and one is 2.", Token)).Succeeded);
        var candidate = (await world.ItemAsync()).Candidates.Single();
        Assert.Equal((true, RectificationOrigin.Written, 0, candidate.Text), (candidate.IsOwn, candidate.Origin, candidate.Count, candidate.Continuation));
        Assert.Equal(RefusalKind.Forbidden, (await world.Reviews.ApproveAsync(world.Reviewer, Guid.NewGuid(), candidate.RectificationId, cancellationToken: Token)).Refusal?.Kind);
        Assert.True((await world.Reviews.ApproveAsync(world.Lead, Guid.NewGuid(), candidate.RectificationId, cancellationToken: Token)).Succeeded);
        Assert.Equal(RefusalKind.Conflict, (await world.Exports.CreateAsync(world.Lead, world.Project, new(), Token)).Refusal?.Kind);
        Assert.Equal(1, (await world.Exports.CreateAsync(world.Lead, world.Project, new() { IncludesWritten = true }, Token)).Value.PairCount);
    }

    [Fact]
    public async Task A_written_step_is_taken_back_by_its_author_while_nobody_has_decided()
    {
        var world = await new ReviewWorld(database).BuildAsync(new() { AllowsWrittenSteps = true });
        await world.ContinueAsync(" It is 4.");
        var word = new PrefixWord(Guid.NewGuid());
        Assert.True((await world.Rectifications.WriteAsync(world.Reviewer, word, world.Solution.Id, "One and one is 2.", Token)).Succeeded);
        Assert.Equal(SolutionState.InReview, await world.StateAsync());
        Assert.True((await world.Rectifications.TakeBackAsync(world.Reviewer, new(Guid.NewGuid()), world.Solution.Id, word.ClientKey, Token)).Succeeded);
        Assert.Equal((SolutionState.NoCandidate, RectificationState.Rejected), (await world.StateAsync(), (await world.ItemAsync()).Candidates.Single().State));
    }

    [Fact]
    public async Task A_prefix_has_as_many_winners_as_the_project_takes()
    {
        var world = await new ReviewWorld(database).BuildAsync(new() { WinnersPerPrefix = 2 });
        await world.ContinueAsync(Good, " So 2.\nStep 3: The answer is 2.", " Then 2.\nStep 3: The answer is 2.");
        var answers = new List<Outcome<StoredReview>>();
        foreach (var candidate in (await world.ItemAsync()).Candidates) answers.Add(await world.Reviews.ApproveAsync(world.Reviewer, Guid.NewGuid(), candidate.RectificationId, cancellationToken: Token));
        Assert.Equal([true, true, false], answers.Select(answer => answer.Succeeded));
        Assert.Equal("This prefix has 2 winners already.", answers[2].Refusal?.Message);
        Assert.Equal(2, (await world.Exports.CreateAsync(world.Lead, world.Project, new(), Token)).Value.PairCount);
    }

    [Fact]
    public async Task Steps_that_differ_in_blanks_alone_are_one_candidate_and_of_equally_frequent_ones_the_likeliest_comes_first()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        await world.ContinueAsync([(" Rare 2.\nStep 3: 2.", -9), (" Likely 2.\nStep 3: 2.", -1), (" Unknown 2.\nStep 3: 2.", null), (" It is 2.\nStep 3: 2.", -20), (" It  is 2. \nStep 3: 2.", -30), (" 3 - 0  = 3.\nStep 3: 2.", -1)]);
        var candidates = (await world.ItemAsync()).Candidates;
        Assert.Equal([" It is 2.", " Likely 2.", " Rare 2.", " Unknown 2."], candidates.Select(candidate => candidate.Text));
        Assert.Equal([2, 1, 1, 1], candidates.Select(candidate => candidate.Count));
        Assert.Equal(-20, candidates[0].LogProbability);
    }

    [Fact]
    public async Task A_pair_withdrawn_by_hand_rejects_its_winner_and_sends_the_solution_where_its_candidates_say()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        await world.ContinueAsync(Good, " So 2.\nStep 3: The answer is 2.");
        foreach (var expected in new[] { SolutionState.InReview, SolutionState.NoCandidate })
        {
            var candidate = (await world.ItemAsync()).Candidates.First(c => c.State == RectificationState.Proposed);
            var pair = (await world.Reviews.ApproveAsync(world.Reviewer, Guid.NewGuid(), candidate.RectificationId, cancellationToken: Token)).Value.PairId!.Value;
            Assert.Equal(SolutionState.Paired, await world.StateAsync());
            Assert.True((await world.Pairs.WithdrawAsync(world.Lead, pair, "It skips a case.", Token)).Succeeded);
            Assert.Equal(expected, await world.StateAsync());
            Assert.Equal(RectificationState.Rejected, (await world.ItemAsync()).Candidates.Single(c => c.RectificationId == candidate.RectificationId).State);
        }
    }

    [Fact]
    public async Task Two_reviewers_begin_at_different_places_of_the_queue()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        await world.ContinueAsync(Good);
        var solutions = new List<long> { world.Solution.Id };
        for (var i = 0; i < 3; i++) solutions.Add(await world.AnotherAsync());
        var firsts = new List<long>();
        foreach (var who in new[] { world.Reviewer, world.Lead }) firsts.Add((await world.Queue.ListAsync(who, world.Project, [], 10, Token)).Value.Items[0].SolutionId);
        Assert.Equal([solutions[0], solutions[2]], firsts.Order());
    }

    private async Task<RectificationOptions> QueuedAsync(ReviewWorld world)
    {
        var runs = new RectificationRuns(database, new RunControl(database, new RunNotifier(), world.Clock));
        var run = (await runs.QueueAsync(world.Lead, new(world.Project, "more", world.SamplerId!.Value), Token)).Value;
        await using var context = database.CreateDbContext();
        return RunExecution.Options<RectificationOptions>(await context.Set<Run>().SingleAsync(r => r.Id == run, Token));
    }
}
