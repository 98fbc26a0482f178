using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Pairs;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Sampling;
using StepDpo.Core.Search;
using StepDpo.EndToEnd.Tests.Support;

namespace StepDpo.EndToEnd.Tests.Languages;

/// <summary>A solution to which everything happens that can: judged, undone, disputed, adjudicated, reviewed, paired, outvoted, graded anew, sent back.</summary>
internal sealed class WholeLife(RealSite site)
{
    /// <summary>What it asks of the project.</summary>
    public static readonly ProjectSettings Settings = new() { JudgementsPerSolution = 2, AgreeingJudgements = 2, MostJudgements = 2, AllowsWrittenSteps = true, SecondReviewShare = 1 };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Who takes part.</summary>
    public static IReadOnlyList<string> People { get; } = ["jo", "lin", "ada", "kim", "ben", "mina"];

    /// <summary>The solution.</summary>
    public Solution Solution { get; private set; } = null!;

    /// <summary>The pair that it once made.</summary>
    public long PairId { get; private set; }

    public async Task LiveAsync()
    {
        var (jo, lin) = (await MemberAsync("jo", ProjectRole.Annotator), await MemberAsync("lin", ProjectRole.Annotator));
        var (ada, kim, ben) = (await MemberAsync("ada", ProjectRole.Reviewer), await MemberAsync("kim", ProjectRole.Reviewer), await MemberAsync("ben", ProjectRole.Reviewer));
        var mina = await MemberAsync("mina", ProjectRole.Lead);
        var texts = new Texts(site);
        Solution = await texts.SolutionAsync("What is $1 + 1$?", "2", "5", "Add the numbers.", "$1 + 1 = 4$.", "So it is $5$.");
        await JudgeAsync(jo, lin);
        await AdjudicateAsync(ada);

        await using var context = site.Database.CreateDbContext();
        var prefix = await context.Set<Prefix>().SingleAsync(p => p.SolutionId == Solution.Id && p.Step == 2, Stop);
        await texts.ContinuationsAsync(prefix.Id, (" $1 + 1 = 2$.\nStep 3: The answer is 2.", 2), (" It is two.\nStep 3: The answer is 2.", 1));
        await Candidates.ProposeAsync(context, prefix.Id, TimeProvider.System, Stop);
        var candidates = await context.Set<Rectification>().OrderBy(r => r.Id).Select(r => r.Id).ToListAsync(Stop);
        await ReviewAsync(kim, candidates);
        PairId = await context.Set<PreferencePair>().Select(p => p.Id).SingleAsync(Stop);
        await OutvoteAsync(mina, ben, candidates);
        await WriteAsync(mina);

        Done(await site.Get<ReferenceAnswers>().CorrectAsync(mina, Solution.ProblemId, 1, "5", "Mistyped.", Stop));
        Done(await site.Get<BulkWork>().RequeueAsync(mina, site.Project.Id, new SolutionFilter(), 1, "New rule.", Stop));
    }

    private async Task JudgeAsync(Actor jo, Actor lin)
    {
        var judging = site.Get<AnnotationService>();
        var desk = (await site.Get<AssignmentService>().NextAsync(jo, site.Project.Id, 1)).Value.Cards.Single().AssignmentId;
        Done(await judging.SubmitAsync(jo, Guid.NewGuid(), desk, new(FirstErrorOutcome.CannotJudge, Reason: FirstErrorReason.BadStepSplit)));
        var changed = Done(await judging.SubmitAsync(jo, Guid.NewGuid(), desk, new(FirstErrorOutcome.NoError, Reason: FirstErrorReason.WrongReference, Note: "Is the reference right?")));
        Done(await judging.UndoAsync(jo, Guid.NewGuid(), changed.AnnotationId));
        Done(await judging.SubmitAsync(jo, Guid.NewGuid(), desk, new(FirstErrorOutcome.FirstError, 1, StepGrade.Neutral)));
        desk = (await site.Get<AssignmentService>().NextAsync(lin, site.Project.Id, 1)).Value.Cards.Single().AssignmentId;
        Done(await judging.SubmitAsync(lin, Guid.NewGuid(), desk, new(FirstErrorOutcome.FirstError, 2)));
    }

    private async Task AdjudicateAsync(Actor ada)
    {
        var (deciding, aside, first) = (site.Get<AdjudicationService>(), Guid.NewGuid(), Guid.NewGuid());
        Done(await deciding.DiscardAsync(ada, aside, Solution.Id, "Nobody can say.", 0));
        Done(await deciding.UndoAsync(ada, Guid.NewGuid(), Solution.Id, aside));
        Done(await deciding.DecideAsync(ada, first, Solution.Id, new(FirstErrorOutcome.FirstError, 3), DifferenceReason.GuidelinesUnclear));
        Done(await deciding.UndoAsync(ada, Guid.NewGuid(), Solution.Id, first));
        Done(await deciding.DecideAsync(ada, Guid.NewGuid(), Solution.Id, new(FirstErrorOutcome.FirstError, 2, Note: "The sum."), DifferenceReason.Overlooked));
    }

    private async Task ReviewAsync(Actor kim, List<long> candidates)
    {
        var reviews = site.Get<ReviewService>();
        Done(await reviews.RejectAsync(kim, Guid.NewGuid(), candidates[1], RejectReason.SkipsWork));
        Done(await reviews.ReopenAsync(kim, Guid.NewGuid(), candidates[1]));
        Done(await reviews.RejectAsync(kim, Guid.NewGuid(), candidates[1], RejectReason.Other, "Says nothing."));
        Done(await reviews.ApproveAsync(kim, Guid.NewGuid(), candidates[0]));
    }

    private async Task OutvoteAsync(Actor second, Actor third, List<long> candidates)
    {
        var seconds = site.Get<SecondReviews>();
        SecondWord[] words = [.. candidates.Select(id => new SecondWord(id, ReviewDecision.Rejected, RejectReason.RightAnswerWrongStep))];
        Done(await seconds.DecideAsync(second, new(Guid.NewGuid()), PairId, words));
        Done(await seconds.TakeBackAsync(second, new(Guid.NewGuid()), PairId));
        Done(await seconds.DecideAsync(second, new(Guid.NewGuid()), PairId, words));
        Done(await seconds.DecideAsync(third, new(Guid.NewGuid()), PairId, words));
    }

    private async Task WriteAsync(Actor mina)
    {
        var (rectifications, more, written) = (site.Get<RectificationService>(), Guid.NewGuid(), Guid.NewGuid());
        Done(await rectifications.SampleMoreAsync(mina, new(more), Solution.Id, 0.9));
        Done(await rectifications.TakeBackAsync(mina, new(Guid.NewGuid()), Solution.Id, more));
        Done(await rectifications.WriteAsync(mina, new(written), Solution.Id, "$1 + 1$ is $2$."));
        Done(await rectifications.TakeBackAsync(mina, new(Guid.NewGuid()), Solution.Id, written));
    }

    private async Task<Actor> MemberAsync(string name, ProjectRole role) => Actor.Person((await site.MemberAsync(name, role)).Id);

    private static T Done<T>(Outcome<T> outcome)
    {
        Assert.True(outcome.Succeeded, outcome.Refusal?.Words.ToString());
        return outcome.Value;
    }
}
