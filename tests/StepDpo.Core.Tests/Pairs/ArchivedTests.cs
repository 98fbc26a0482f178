using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Exams;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Search;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Pairs;

/// <summary>An archived project deals nothing out and takes nothing in, each time with the same plain sentence; woken, it goes on.</summary>
public sealed class ArchivedTests(Database database) : IClassFixture<Database>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Work_in_an_archived_project_is_refused_until_it_is_woken()
    {
        var world = await new ReviewWorld(database).BuildAsync(new() { SecondReviewShare = 1 });
        var (assignments, annotations) = (new AssignmentService(database, world.Clock), new AnnotationService(database, world.Clock));
        await world.ContinueAsync(" It is 2.\nStep 3: The answer is 2.", " So 2.\nStep 3: The answer is 2.");
        var candidates = (await world.ItemAsync()).Candidates;
        var approval = Guid.NewGuid();
        var pair = (await world.Reviews.ApproveAsync(world.Reviewer, approval, candidates[0].RectificationId, cancellationToken: Token)).Value.PairId!.Value;
        await world.AnotherAsync();
        await new World(database).SolutionAsync(await new World(database).RunAsync(await RevisionAsync(world)), world.Problem, sampleIndex: 5);
        var card = (await assignments.NextAsync(world.Annotator, world.Project, 1, Token)).Value.Cards.Single();
        var exams = new ExamService(database, world.Clock);
        var (first, second) = (KnownSolutions.For(KnownUse.Lesson)[0], KnownSolutions.For(KnownUse.Lesson)[1]);
        Assert.True((await exams.AnswerAsync(world.Annotator, world.Project, first.Name, first.Step ?? 0, 0, Token)).Value.IsRight);
        await ArchiveAsync(world, true);

        var late = new FirstErrorJudgement(FirstErrorOutcome.FirstError, 2);
        Refused(await assignments.NextAsync(world.Annotator, world.Project, 1, Token));
        Refused(await annotations.SubmitAsync(world.Annotator, Guid.NewGuid(), card.AssignmentId, late, Token));
        Refused(await new FlagService(database, world.Clock).AskAsync(world.Annotator, Guid.NewGuid(), card.AssignmentId, 1, "Is it?", Token));
        Refused(await exams.DeskAsync(world.Annotator, world.Project, Token));
        Refused(await exams.AnswerAsync(world.Annotator, world.Project, second.Name, second.Step ?? 0, 0, Token));
        Refused(await world.Queue.ListAsync(world.Reviewer, world.Project, [], 5, Token));
        Refused(await world.Reviews.RejectAsync(world.Reviewer, Guid.NewGuid(), candidates[1].RectificationId, RejectReason.SkipsWork, cancellationToken: Token));
        Refused(await world.Rectifications.DiscardAsync(world.Reviewer, new(Guid.NewGuid()), world.Solution.Id, Token));
        Refused(await world.Reopening.ReopenAsync(world.Reviewer, new(Guid.NewGuid(), "Look again."), world.Solution.Id, Token));
        Refused(await world.Seconds.ListAsync(world.Lead, world.Project, [], 5, Token));
        Refused(await world.Seconds.DecideAsync(world.Lead, new(Guid.NewGuid()), pair, [new(candidates[0].RectificationId, ReviewDecision.Approved)], Token));
        Refused(await new AdjudicationQueue(database).ListAsync(world.Reviewer, world.Project, [], 5, cancellationToken: Token));
        Refused(await world.Adjudications.DiscardAsync(world.Reviewer, Guid.NewGuid(), world.Solution.Id, "", 0, Token));
        Refused(await new BulkWork(database, world.Clock).RequeueAsync(world.Lead, world.Project, new SolutionFilter(), 3, "New rule.", Token));

        // Stored before and asked again, as an outbox does whose answer was lost: answered as then.
        Assert.True((await exams.AnswerAsync(world.Annotator, world.Project, first.Name, first.Step ?? 0, 0, Token)).Value.IsRight);
        Assert.Equal(pair, (await world.Reviews.ApproveAsync(world.Reviewer, approval, candidates[0].RectificationId, cancellationToken: Token)).Value.PairId);

        await ArchiveAsync(world, false);
        Assert.True((await annotations.SubmitAsync(world.Annotator, Guid.NewGuid(), card.AssignmentId, late, Token)).Succeeded);
        Assert.Contains(second, (await exams.DeskAsync(world.Annotator, world.Project, Token)).Value.Lessons);
    }

    private static void Refused<T>(Outcome<T> outcome) =>
        Assert.Equal((RefusalKind.Conflict, "The project is archived: nothing is judged or reviewed in it until a lead wakes it."), (outcome.Refusal?.Kind, outcome.Refusal?.Message));

    private async Task ArchiveAsync(ReviewWorld world, bool archived) =>
        Assert.True((await new ProjectRegister(database, world.Clock, []).SetArchivedAsync(world.Lead, world.Project, archived, Token)).Succeeded);

    private async Task<ProjectRevision> RevisionAsync(ReviewWorld world) => (await new ProjectRegister(database, world.Clock, []).CurrentRevisionAsync(world.Lead, world.Project, Token)).Value;
}
