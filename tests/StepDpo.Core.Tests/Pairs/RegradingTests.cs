using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Grading;
using StepDpo.Core.Pairs;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Pairs;

public sealed class RegradingTests(Database database) : IClassFixture<Database>
{
    private const string Good = " It is 2.\nStep 3: The answer is 2.";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_corrected_answer_withdraws_the_pair_that_it_breaks_and_finds_the_winners_it_makes_right()
    {
        var (world, pairId) = await PairedAsync(Good, " It is 7.\nStep 3: The answer is 7.");

        Assert.Equal(2, await CorrectAsync(world, "7"));

        Assert.Equal(WithdrawalReason.AnswerCorrected, (await world.Pairs.HistoryAsync(world.Reviewer, pairId, Token)).Value.Withdrawal?.Reason);
        Assert.Equal(SolutionState.InReview, await world.StateAsync());
        var item = await world.ItemAsync();
        Assert.Equal("7", item.ReferenceAnswer);
        Assert.Equal([(" It is 2.", 0), (" It is 7.", 1)], item.Candidates.Select(candidate => (candidate.Text, candidate.RightCount)).Order());
        Assert.False((await world.Reviews.ApproveAsync(world.Lead, Guid.NewGuid(), item.Candidates.Single(candidate => candidate.RightCount == 0).RectificationId, cancellationToken: Token)).Succeeded);
        Assert.True((await world.Reviews.ApproveAsync(world.Lead, Guid.NewGuid(), item.Candidates.Single(candidate => candidate.RightCount == 1).RectificationId, cancellationToken: Token)).Succeeded);
    }

    [Fact]
    public async Task A_correction_that_means_the_same_keeps_the_pair()
    {
        var (world, pairId) = await PairedAsync(Good);
        await CorrectAsync(world, "2.0");
        Assert.Null((await world.Pairs.HistoryAsync(world.Reviewer, pairId, Token)).Value.Withdrawal);
        Assert.Equal(SolutionState.Paired, await world.StateAsync());
    }

    [Fact]
    public async Task A_solution_that_was_right_all_along_is_closed_and_its_pair_withdrawn()
    {
        var (world, pairId) = await PairedAsync(Good);
        var answer = AnswerExtraction.FinalAnswer(world.Solution.Text)!;

        await CorrectAsync(world, answer);

        Assert.NotNull((await world.Pairs.HistoryAsync(world.Reviewer, pairId, Token)).Value.Withdrawal);
        Assert.Equal(SolutionState.Closed, await world.StateAsync());
    }

    [Fact]
    public async Task A_solution_that_turns_out_wrong_waits_for_judgements()
    {
        var world = new World(database);
        var (project, revision) = await world.ProjectAsync();
        var problem = await world.ProblemAsync(project.Id);
        var solution = await world.SolutionAsync(await world.RunAsync(revision), problem, AnswerCheck.Right);
        var lead = Actor.Person((await world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id);

        Assert.True((await Answers(TimeProvider.System).CorrectAsync(lead, problem.Id, 1, "-5", "It was wrong.", Token)).Succeeded);

        await using var context = database.CreateDbContext();
        var now = await context.Set<Solution>().SingleAsync(s => s.Id == solution.Id, Token);
        Assert.Equal((SolutionState.Waiting, AnswerCheck.Wrong, 2), (now.State, now.AnswerCheck, now.AnswerVersion));
    }

    private async Task<(ReviewWorld World, long PairId)> PairedAsync(params string[] continuations)
    {
        var world = await new ReviewWorld(database).BuildAsync();
        await world.ContinueAsync(continuations);
        var id = (await world.ItemAsync()).Candidates.Single().RectificationId;
        return (world, (await world.Reviews.ApproveAsync(world.Reviewer, Guid.NewGuid(), id, cancellationToken: Token)).Value.PairId!.Value);
    }

    private async Task<int> CorrectAsync(ReviewWorld world, string answer) =>
        (await Answers(world.Clock).CorrectAsync(world.Lead, world.Problem.Id, 1, answer, "It was wrong.", Token)).Value;

    private ReferenceAnswers Answers(TimeProvider clock) => new(database, clock, [new Regrading(clock)]);
}
