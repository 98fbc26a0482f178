using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Web.Home;
using StepDpo.Web.Projects;

namespace StepDpo.Web.Tests.Home;

public sealed class NextStepTests
{
    private static readonly LoopCounts Begun = new() { PoolProblems = 100, Models = 1, Solutions = 200 };

    [Fact]
    public void An_empty_loop_begins_with_problems() => Assert.Equal("/projects/7/problems/add", For(new LoopCounts(), ProjectRole.Lead).Href);

    [Fact]
    public void An_annotator_of_an_empty_loop_has_nothing_to_press() => Assert.Null(For(new LoopCounts(), ProjectRole.Annotator).Button);

    [Fact]
    public void The_longest_queue_goes_first()
    {
        Assert.Equal("Annotate", For(Begun with { Waiting = 5, InReview = 4 }, ProjectRole.Reviewer).Button);
        Assert.Equal("Review", For(Begun with { Waiting = 5, InReview = 6 }, ProjectRole.Reviewer).Button);
        Assert.Equal("Decide", For(Begun with { Waiting = 5, InReview = 6, Disputed = 6 }, ProjectRole.Reviewer).Button);
    }

    [Fact]
    public void An_annotator_is_never_sent_to_review() =>
        Assert.Equal("Annotate", For(Begun with { Waiting = 1, InReview = 60, Disputed = 50 }, ProjectRole.Annotator).Button);

    [Fact]
    public void A_lead_without_a_queue_is_led_on_along_the_loop()
    {
        Assert.Equal("Look at the runs", For(Begun with { ActiveRuns = [RunKind.Sampling] }, ProjectRole.Lead).Button);
        Assert.Equal("Add a model", For(Begun with { Models = 0 }, ProjectRole.Lead).Button);
        Assert.Equal("Start rectification", For(Begun with { WaitForContinuations = 3 }, ProjectRole.Lead).Button);
        Assert.Equal("Train", For(Begun with { PairsSinceTraining = NextStep.FewestPairs }, ProjectRole.Lead).Button);
        Assert.Equal("Start sampling", For(Begun with { PairsSinceTraining = NextStep.FewestPairs - 1 }, ProjectRole.Lead).Button);
    }

    [Theory]
    [InlineData(1, "1 solution waits for a judgement")]
    [InlineData(1412, "1,412 solutions wait for a judgement")]
    public void It_speaks_of_one_and_of_many(int waiting, string headline) => Assert.Equal(headline, For(Begun with { Waiting = waiting }, ProjectRole.Annotator).Headline);

    private static NextStep For(LoopCounts loop, ProjectRole role) => NextStep.For(loop, new ProjectView(7, "Sums", role, loop.Waiting, loop.InReview, loop.Disputed, 0, 0));
}
