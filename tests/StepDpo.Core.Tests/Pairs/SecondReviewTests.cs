using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Pairs;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Pairs;

/// <summary>A second reviewer, blind to the first, and a third where they differ.</summary>
public sealed class SecondReviewTests(Database database) : IClassFixture<Database>
{
    private const string Good = " It is 2.\nStep 3: The answer is 2.";
    private const string Other = " So 2.\nStep 3: The answer is 2.";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sampled_pair_counts_only_when_a_second_reviewer_approves_too()
    {
        var (world, pair) = await ApprovedAsync();
        Assert.Equal(RefusalKind.Conflict, (await world.Exports.CreateAsync(world.Lead, world.Project, new(), Token)).Refusal?.Kind);
        Assert.Empty((await world.Seconds.ListAsync(world.Reviewer, world.Project, [], 10, Token)).Value);

        var item = (await world.Seconds.ListAsync(world.Lead, world.Project, [], 10, Token)).Value.Single();
        Assert.Equal((pair, 2), (item.PairId, item.Item.Candidates.Count));
        Assert.All(item.Item.Candidates, candidate => Assert.Equal(RectificationState.Proposed, candidate.State));
        var answer = (await world.Seconds.DecideAsync(world.Lead, new(Guid.NewGuid()), pair, Words(item.Item, approves: true), Token)).Value;
        Assert.Equal(new SecondAnswer(Counts: true, IsOpen: false, Agreeing: 2, Compared: 2), answer);
        Assert.Equal(1, (await world.Exports.CreateAsync(world.Lead, world.Project, new(), Token)).Value.PairCount);
        Assert.Equal(new ReviewAgreement(1, 1, 0, 0, 0), (await world.Seconds.AgreementAsync(world.Lead, world.Project, Token)).Value);
    }

    [Fact]
    public async Task Where_the_second_differs_a_third_decides_and_an_outvoted_pair_is_withdrawn()
    {
        foreach (var thirdApproves in new[] { true, false })
        {
            var (world, pair) = await ApprovedAsync();
            var third = await world.ReviewerAsync();
            var item = (await world.Seconds.ListAsync(world.Lead, world.Project, [], 10, Token)).Value.Single().Item;
            var second = (await world.Seconds.DecideAsync(world.Lead, new(Guid.NewGuid()), pair, Words(item, approves: false), Token)).Value;
            Assert.Equal(new SecondAnswer(Counts: false, IsOpen: true, Agreeing: 1, Compared: 2), second);
            Assert.Empty((await world.Seconds.ListAsync(world.Lead, world.Project, [], 10, Token)).Value);
            Assert.Single((await world.Seconds.ListAsync(third, world.Project, [], 10, Token)).Value);

            var decided = (await world.Seconds.DecideAsync(third, new(Guid.NewGuid()), pair, Words(item, thirdApproves), Token)).Value;
            Assert.Equal((thirdApproves, false), (decided.Counts, decided.IsOpen));
            Assert.Equal(thirdApproves ? SolutionState.Paired : SolutionState.NoCandidate, await world.StateAsync());
            Assert.Equal(thirdApproves ? null : WithdrawalReason.Outvoted, (await world.Pairs.HistoryAsync(world.Lead, pair, Token)).Value.Withdrawal?.Reason);
            Assert.Equal(new ReviewAgreement(0, 1, 1, 0, 0), (await world.Seconds.AgreementAsync(world.Lead, world.Project, Token)).Value);
        }
    }

    [Fact]
    public async Task Who_has_decided_does_not_decide_again_and_a_word_can_be_taken_back()
    {
        var (world, pair) = await ApprovedAsync();
        var item = (await world.Seconds.ListAsync(world.Lead, world.Project, [], 10, Token)).Value.Single().Item;
        Assert.Equal(RefusalKind.Forbidden, (await world.Seconds.DecideAsync(world.Reviewer, new(Guid.NewGuid()), pair, Words(item, true), Token)).Refusal?.Kind);
        Assert.Equal(RefusalKind.Invalid, (await world.Seconds.DecideAsync(world.Lead, new(Guid.NewGuid()), pair, [.. Words(item, true).Skip(1)], Token)).Refusal?.Kind);

        var word = new PrefixWord(Guid.NewGuid());
        var first = await world.Seconds.DecideAsync(world.Lead, word, pair, Words(item, true), Token);
        Assert.Equal(first.Value, (await world.Seconds.DecideAsync(world.Lead, word, pair, Words(item, true), Token)).Value);
        Assert.Equal(RefusalKind.Conflict, (await world.Seconds.DecideAsync(world.Lead, new(Guid.NewGuid()), pair, Words(item, false), Token)).Refusal?.Kind);
        Assert.True((await world.Seconds.TakeBackAsync(world.Lead, new(Guid.NewGuid()), pair, Token)).Succeeded);
        Assert.Equal(RefusalKind.Conflict, (await world.Exports.CreateAsync(world.Lead, world.Project, new(), Token)).Refusal?.Kind);
        Assert.True((await world.Seconds.DecideAsync(world.Lead, new(Guid.NewGuid()), pair, Words(item, true), Token)).Value.Counts);
    }

    [Fact]
    public async Task An_approval_taken_back_ends_its_second_review()
    {
        var (world, pair) = await ApprovedAsync();
        var winner = (await world.Pairs.HistoryAsync(world.Reviewer, pair, Token)).Value.Pair.RectificationId!.Value;
        Assert.True((await world.Reviews.ReopenAsync(world.Reviewer, Guid.NewGuid(), winner, cancellationToken: Token)).Succeeded);
        Assert.Empty((await world.Seconds.ListAsync(world.Lead, world.Project, [], 10, Token)).Value);
    }

    [Fact]
    public async Task Until_a_further_reviewer_has_spoken_no_page_tells_them_what_the_others_said()
    {
        var (world, pair) = await ApprovedAsync();
        var third = await world.ReviewerAsync();
        await AssertBlindAsync(world.Lead, isBlind: true);
        await AssertBlindAsync(world.Reviewer, isBlind: false);

        var item = (await world.Seconds.ListAsync(world.Lead, world.Project, [], 10, Token)).Value.Single().Item;
        Assert.True((await world.Seconds.DecideAsync(world.Lead, new(Guid.NewGuid()), pair, Words(item, approves: false), Token)).Succeeded);
        await AssertBlindAsync(world.Lead, isBlind: false);
        await AssertBlindAsync(third, isBlind: true);
        Assert.True((await world.Seconds.DecideAsync(third, new(Guid.NewGuid()), pair, Words(item, approves: true), Token)).Succeeded);
        await AssertBlindAsync(third, isBlind: false);
        await AssertBlindAsync(await world.ReviewerAsync(), isBlind: false); // nobody more is asked

        async Task AssertBlindAsync(Actor actor, bool isBlind)
        {
            var wanted = isBlind ? RefusalKind.Conflict : (RefusalKind?)null;
            Assert.Equal(wanted, (await new LabelHistory(database).OfSolutionAsync(actor, world.Solution.Id, Token)).Refusal?.Kind);
            Assert.Equal(wanted, (await world.Pairs.HistoryAsync(actor, pair, Token)).Refusal?.Kind);
            var list = (await world.Pairs.ListAsync(actor, world.Project, new(IsWithdrawn: null), 0, 10, Token)).Value;
            Assert.Equal(isBlind ? (0, 0, 1) : (1, 1, 0), (list.Rows.Count, list.Total, list.Unread));
        }
    }

    [Fact]
    public async Task Who_alone_marked_the_first_error_is_never_its_second_reviewer_and_may_read_on()
    {
        var world = await new ReviewWorld(database).BuildAsync(new() { SecondReviewShare = 1 }, ProjectRole.Reviewer);
        await world.ContinueAsync(Good);
        var winner = (await world.ItemAsync()).Candidates.Single().RectificationId;
        var pair = (await world.Reviews.ApproveAsync(world.Reviewer, Guid.NewGuid(), winner, cancellationToken: Token)).Value.PairId!.Value;
        Assert.Empty((await world.Seconds.ListAsync(world.Annotator, world.Project, [], 10, Token)).Value);
        Assert.True((await world.Pairs.HistoryAsync(world.Annotator, pair, Token)).Succeeded);
    }

    [Theory]
    [InlineData(20, 15, 10, 5, 0.4)] // Cohen's own kind of table: 50 cases, 35 agreed, 0.5 by chance
    [InlineData(45, 15, 25, 15, 0.13043478260869565)]
    [InlineData(10, 0, 0, 0, null)]
    [InlineData(0, 0, 0, 0, null)]
    public void Kappa_is_agreement_beyond_chance(int bothApproved, int bothRejected, int firstOnly, int secondOnly, double? kappa)
    {
        var found = new ReviewAgreement(bothApproved, bothRejected, firstOnly, secondOnly, 0).Kappa;
        if (kappa is { } wanted) Assert.Equal(wanted, found!.Value, 1e-12);
        else Assert.Null(found);
    }

    [Fact]
    public void The_sample_takes_its_share_and_draws_nothing_anew()
    {
        Assert.DoesNotContain(Enumerable.Range(1, 1000), id => SecondReviewSample.Takes(id, 0));
        Assert.All(Enumerable.Range(1, 1000), id => Assert.True(SecondReviewSample.Takes(id, 1)));
        Assert.Equal(0.2, Enumerable.Range(1, 20_000).Count(id => SecondReviewSample.Takes(id, 0.2)) / 20_000.0, 0.01);
    }

    // One candidate approved, the other rejected.
    private async Task<(ReviewWorld World, long Pair)> ApprovedAsync()
    {
        var world = await new ReviewWorld(database).BuildAsync(new() { SecondReviewShare = 1 });
        await world.ContinueAsync(Good, Good, Other);
        var candidates = (await world.ItemAsync()).Candidates;
        Assert.True((await world.Reviews.RejectAsync(world.Reviewer, Guid.NewGuid(), candidates[1].RectificationId, RejectReason.SkipsWork, cancellationToken: Token)).Succeeded);
        return (world, (await world.Reviews.ApproveAsync(world.Reviewer, Guid.NewGuid(), candidates[0].RectificationId, cancellationToken: Token)).Value.PairId!.Value);
    }

    private static IReadOnlyList<SecondWord> Words(ReviewItem item, bool approves) =>
    [
        approves ? new(item.Candidates[0].RectificationId, ReviewDecision.Approved) : new(item.Candidates[0].RectificationId, ReviewDecision.Rejected, RejectReason.RightAnswerWrongStep),
        new(item.Candidates[1].RectificationId, ReviewDecision.Rejected, RejectReason.SkipsWork),
    ];
}
