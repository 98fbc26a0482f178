using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts.Prompts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Pairs;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Pairs;

public sealed class ReviewTests(Database database) : IClassFixture<Database>
{
    private const string Good = " It is 2.\nStep 3: The answer is 2.";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Distinct_right_first_steps_are_proposed_once_and_the_most_frequent_comes_first()
    {
        var world = await new ReviewWorld(database).BuildAsync();

        Assert.Equal(2, await world.ContinueAsync(" So 2.\nStep 3: The answer is 2.", Good, Good, " It is 3.\nStep 3: The answer is 3.", " 3 - 0 = 3.\nStep 3: The answer is 2."));
        var item = await world.ItemAsync();

        Assert.Equal([" It is 2.", " So 2."], item.Candidates.Select(candidate => candidate.Text));
        Assert.Equal((2, 2, Good), (item.Candidates[0].Count, item.Candidates[0].RightCount, item.Candidates[0].Continuation));
        Assert.Equal((" 3 - 0 = 3.", 5, 2), (item.LosingStep, item.Sampled, item.Step));
        Assert.Equal(["  1 + 1 = 3."], item.StepsBefore);
        Assert.Equal(SolutionState.InReview, await world.StateAsync());
        Assert.Equal(2, await world.ContinueAsync(Good));
    }

    [Fact]
    public async Task A_rejection_cannot_be_taken_back_once_the_first_error_is_open_again()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        await world.ContinueAsync(Good);
        var id = (await world.ItemAsync()).Candidates.Single().RectificationId;
        Assert.True((await world.Reviews.RejectAsync(world.Reviewer, Guid.NewGuid(), id, RejectReason.Other, "No.", cancellationToken: Token)).Succeeded);
        Assert.True((await world.Reviews.ReopenAsync(world.Reviewer, Guid.NewGuid(), id, cancellationToken: Token)).Succeeded);
        Assert.True((await world.Reviews.RejectAsync(world.Reviewer, Guid.NewGuid(), id, RejectReason.Other, "No.", cancellationToken: Token)).Succeeded);
        Assert.True((await new FirstErrorReopening(database, world.Clock).ReopenAsync(world.Reviewer, new(Guid.NewGuid(), "Step 1 is wrong."), world.Solution.Id, Token)).Succeeded);

        Assert.Equal(RefusalKind.Conflict, (await world.Reviews.ReopenAsync(world.Reviewer, Guid.NewGuid(), id, cancellationToken: Token)).Refusal?.Kind);
        Assert.Equal(SolutionState.Adjudication, await world.StateAsync());
    }

    [Fact]
    public async Task A_first_step_that_was_cut_off_is_no_candidate()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        Assert.Equal(0, await world.ContinueAsync(FinishReason.Length, " So \\boxed{2}. We chec 2."));
        Assert.Equal(1, await world.ContinueAsync(FinishReason.Length, Good));
        Assert.Equal(" It is 2.", Assert.Single((await world.ItemAsync()).Candidates).Text);
    }

    [Fact]
    public async Task Continuations_without_a_candidate_leave_none()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        Assert.Equal(0, await world.ContinueAsync(" It is 4."));
        Assert.Equal(SolutionState.NoCandidate, await world.StateAsync());
        var rectifications = new RectificationService(database, world.Clock);
        Assert.True((await rectifications.SampleMoreAsync(world.Reviewer, new(Guid.NewGuid()), world.Solution.Id, cancellationToken: Token)).Succeeded);
        Assert.Equal(SolutionState.Rectifying, await world.StateAsync());
    }

    [Fact]
    public async Task An_approval_writes_the_pair_with_the_papers_columns()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        await world.ContinueAsync(Good);
        var candidate = (await world.ItemAsync()).Candidates.Single();

        var review = (await world.Reviews.ApproveAsync(world.Reviewer, Guid.NewGuid(), candidate.RectificationId, cancellationToken: Token)).Value;
        var history = (await world.Pairs.HistoryAsync(world.Reviewer, review.PairId!.Value, Token)).Value;

        var pair = history.Pair;
        Assert.Equal((" It is 2.", " 3 - 0 = 3."), (pair.Chosen, pair.Rejected));
        Assert.Equal((Good, world.Problem.Statement, "2", "test"), (pair.FullChosen, pair.Prompt, pair.Answer, pair.Dataset));
        Assert.Equal("Let's think step by step.\nStep 1:  1 + 1 = 3.\nStep 2:", pair.InitialReasonSteps);
        Assert.StartsWith(" 3 - 0 = 3.\nStep 3:", pair.FullRejected, StringComparison.Ordinal);
        Assert.Equal((world.SamplerId, world.SamplerId), (pair.WinnerModelId, pair.LoserModelId));
        Assert.Equal((PromptTemplate.Qwen2Boxed.Sha256(), pair.ToExample().Sha256()), (pair.TemplateSha256, pair.Sha256));
        Assert.Equal(SolutionState.Paired, await world.StateAsync());
        Assert.Equal((1, 1, 1, 1), (history.Annotations.Count, history.Verdicts.Count, history.Continuations.Count, history.Reviews.Count));
    }

    [Fact]
    public async Task Who_alone_marked_the_first_error_does_not_review_it_unless_the_project_allows_it()
    {
        var strict = await new ReviewWorld(database).BuildAsync(annotatorRole: ProjectRole.Lead);
        await strict.ContinueAsync(Good);
        var candidate = (await strict.ItemAsync()).Candidates.Single();
        Assert.False((await strict.ItemAsync(strict.Annotator)).MayDecide);
        Assert.Equal(RefusalKind.Forbidden, (await strict.Reviews.ApproveAsync(strict.Annotator, Guid.NewGuid(), candidate.RectificationId, cancellationToken: Token)).Refusal?.Kind);

        var alone = await new ReviewWorld(database).BuildAsync(new() { ReviewOfOwnFirstErrors = true }, ProjectRole.Lead);
        await alone.ContinueAsync(Good);
        candidate = (await alone.ItemAsync()).Candidates.Single();
        Assert.True((await alone.Reviews.ApproveAsync(alone.Annotator, Guid.NewGuid(), candidate.RectificationId, cancellationToken: Token)).Succeeded);
    }

    [Fact]
    public async Task Annotators_do_not_review()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        await world.ContinueAsync(Good);
        var candidate = (await world.ItemAsync()).Candidates.Single();
        Assert.Equal(RefusalKind.Forbidden, (await world.Reviews.ApproveAsync(world.Annotator, Guid.NewGuid(), candidate.RectificationId, cancellationToken: Token)).Refusal?.Kind);
        Assert.Equal(RefusalKind.Forbidden, (await world.Queue.ListAsync(world.Annotator, world.Project, [], 10, Token)).Refusal?.Kind);
    }

    [Fact]
    public async Task The_same_key_makes_one_pair_and_a_second_reviewer_comes_too_late()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        await world.ContinueAsync(Good);
        var id = (await world.ItemAsync()).Candidates.Single().RectificationId;
        var key = Guid.NewGuid();

        var first = await world.Reviews.ApproveAsync(world.Reviewer, key, id, cancellationToken: Token);
        var again = await world.Reviews.ApproveAsync(world.Reviewer, key, id, cancellationToken: Token);

        Assert.Equal(first.Value, again.Value);
        Assert.Equal(RefusalKind.Conflict, (await world.Reviews.RejectAsync(world.Reviewer, key, id, RejectReason.SkipsWork, cancellationToken: Token)).Refusal?.Kind);
        Assert.Equal(RefusalKind.Conflict, (await world.Reviews.RejectAsync(world.Lead, Guid.NewGuid(), id, RejectReason.SkipsWork, cancellationToken: Token)).Refusal?.Kind);
    }

    [Fact]
    public async Task Two_reviewers_at_once_make_one_pair()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        await world.ContinueAsync(Good);
        var id = (await world.ItemAsync()).Candidates.Single().RectificationId;
        var answers = await Task.WhenAll(new[] { world.Reviewer, world.Lead }.Select(who => Task.Run(() => world.Reviews.ApproveAsync(who, Guid.NewGuid(), id, cancellationToken: Token), Token)));
        Assert.Equal(1, answers.Count(answer => answer.Succeeded));
        await using var context = database.CreateDbContext();
        Assert.Equal(1, await context.Set<PreferencePair>().CountAsync(p => p.RectificationId == id, Token));
    }

    [Fact]
    public async Task With_the_last_candidate_rejected_none_is_left()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        await world.ContinueAsync(Good);
        var id = (await world.ItemAsync()).Candidates.Single().RectificationId;
        Assert.Equal(RefusalKind.Invalid, (await world.Reviews.RejectAsync(world.Reviewer, Guid.NewGuid(), id, RejectReason.Other, cancellationToken: Token)).Refusal?.Kind);
        Assert.True((await world.Reviews.RejectAsync(world.Reviewer, Guid.NewGuid(), id, RejectReason.RightAnswerWrongStep, cancellationToken: Token)).Succeeded);
        Assert.Equal(SolutionState.NoCandidate, await world.StateAsync());
        Assert.True((await world.Reviews.ReopenAsync(world.Reviewer, Guid.NewGuid(), id, cancellationToken: Token)).Succeeded);
        Assert.Equal(SolutionState.InReview, await world.StateAsync());
    }

    [Fact]
    public async Task A_reopened_first_error_withdraws_its_pairs_and_waits_for_a_reviewer_who_may_decide_the_same_again()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        await world.ContinueAsync(Good);
        var id = (await world.ItemAsync()).Candidates.Single().RectificationId;
        var pairId = (await world.Reviews.ApproveAsync(world.Reviewer, Guid.NewGuid(), id, cancellationToken: Token)).Value.PairId!.Value;

        Assert.Equal(1, (await new FirstErrorReopening(database, world.Clock).ReopenAsync(world.Reviewer, new(Guid.NewGuid(), "Step 1 is wrong."), world.Solution.Id, Token)).Value);
        Assert.Equal(SolutionState.Adjudication, await world.StateAsync());
        Assert.Equal(WithdrawalReason.VerdictReopened, (await world.Pairs.HistoryAsync(world.Reviewer, pairId, Token)).Value.Withdrawal?.Reason);
        Assert.Equal(RefusalKind.Conflict, (await world.Exports.CreateAsync(world.Lead, world.Project, new(), Token)).Refusal?.Kind);

        Assert.True((await new AdjudicationService(database, world.Clock).DecideAsync(world.Reviewer, Guid.NewGuid(), world.Solution.Id, new(FirstErrorOutcome.FirstError, 2), cancellationToken: Token)).Succeeded);
        await world.ContinueAsync(Good);
        var second = (await world.Reviews.ApproveAsync(world.Lead, Guid.NewGuid(), id, cancellationToken: Token)).Value;
        Assert.Equal(2, (await world.Pairs.HistoryAsync(world.Reviewer, second.PairId!.Value, Token)).Value.Pair.Version);
    }
}
