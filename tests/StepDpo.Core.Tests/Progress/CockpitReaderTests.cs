using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Progress;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;
using StepDpo.Core.Tests.Pairs;

namespace StepDpo.Core.Tests.Progress;

public sealed class CockpitReaderTests(Database database) : IClassFixture<Database>
{
    private readonly SettableClock _clock = new();
    private readonly World _world = new(database);

    private AssignmentService Assignments => new(database, _clock);

    private AnnotationService Annotations => new(database, _clock);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lead_reads_progress_pace_people_and_disputes()
    {
        var (project, revision) = await _world.ProjectAsync(new() { JudgementsPerSolution = 2 });
        var run = await _world.RunAsync(revision);
        var solutions = new List<Solution>();
        for (var i = 0; i < 6; i++) solutions.Add(await _world.SolutionAsync(run, await _world.ProblemAsync(project.Id)));
        var lead = Actor.Person((await _world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id);
        var (ann, ben) = (await PersonAsync(project.Id), await PersonAsync(project.Id));

        // Four days: agreed, disputed, agreed, judged once and skipped once.
        await JudgeAsync(ann, project.Id, 1, 40);
        await JudgeAsync(ben, project.Id, 1, 20);
        _clock.Now += TimeSpan.FromDays(1);
        await JudgeAsync(ann, project.Id, 1, 60);
        await JudgeAsync(ben, project.Id, 3, 20);
        _clock.Now += TimeSpan.FromDays(1);
        await JudgeAsync(ann, project.Id, 2, 50);
        await JudgeAsync(ben, project.Id, 2, 20);
        _clock.Now += TimeSpan.FromDays(1);
        var fourth = await JudgeAsync(ann, project.Id, 2, 50);
        var skipped = (await Assignments.NextAsync(ben, project.Id, 1, Token)).Value.Cards.Single();
        Assert.True((await Assignments.SkipAsync(ben, skipped.AssignmentId, Token)).Succeeded);

        var cockpit = (await Reader.ReadAsync(lead, project.Id, cancellationToken: Token)).Value;
        Assert.Equal((6, 2, 1, 3), (cockpit.UpForJudging, cockpit.Decided, cockpit.In(SolutionState.Adjudication), cockpit.In(SolutionState.Waiting)));
        Assert.Equal((7, 5), (cockpit.Judged, cockpit.Left));
        Assert.Equal([2, 2, 2, 1], cockpit.Days.Select(d => d.Judgements));
        // Three whole days of two each: 5 more take two and a half.
        Assert.Equal(_clock.Now.AddDays(2.5), cockpit.End!.Expected);
        Assert.Equal(3, cockpit.End.Days);
        Assert.Equal(260.0 / 7, cockpit.Seconds!.Value, 9);

        var (first, second) = (cockpit.Annotators[0], cockpit.Annotators[1]);
        Assert.Equal((ann.UserId, 4, 200.0 / 3600), (first.UserId, first.Judgements, first.Hours));
        Assert.Equal((ben.UserId, 3, 1), (second.UserId, second.Judgements, second.Skipped.Right));
        Assert.Equal(4, second.Skipped.Total);
        Assert.Equal([0.5, 0.5], first.Steps.Shares.Take(2));
        Assert.Equal(_clock.Now, first.LastAt);

        var dispute = Assert.Single(cockpit.Disputes);
        Assert.Equal(solutions[1].Id, dispute.SolutionId);
        Assert.Equal([(FirstErrorOutcome.FirstError, (int?)1), (FirstErrorOutcome.FirstError, 3)], dispute.Claims);

        // Taken back: it is in no figure any more, but the time was worked.
        Assert.True((await Annotations.UndoAsync(ann, Guid.NewGuid(), fourth, Token)).Succeeded);
        var today = (await Reader.ReadAsync(lead, project.Id, DateOnly.FromDateTime(_clock.Now.UtcDateTime), Token)).Value;
        Assert.Equal((6, 6), (today.Judged, today.Left));
        Assert.Null(today.Seconds);
        Assert.Equal(0, today.Annotators.Single(row => row.UserId == ann.UserId).Judgements);
        Assert.Equal(50.0 / 3600, today.Annotators.Single(row => row.UserId == ann.UserId).Hours, 12);
    }

    [Fact]
    public async Task Pairs_that_count_are_set_against_the_hours_of_judging()
    {
        var world = await new ReviewWorld(database).BuildAsync();
        await world.ContinueAsync(" 2 - 0 = 2. So 2.");
        var review = (await world.Reviews.ApproveAsync(world.Reviewer, Guid.NewGuid(), (await world.ItemAsync()).Candidates.Single().RectificationId, activeMilliseconds: 9000, cancellationToken: Token)).Value;
        // An imported pair came of nobody's hour here.
        await using (var context = database.CreateDbContext())
            await database.AddAsync(ConstraintTests.NewPair(world.Project, (await ProjectRegister.CurrentAsync(context, world.Project, Token)).Id));

        Assert.Equal(1, (await Reader.ReadAsync(world.Lead, world.Project, cancellationToken: Token)).Value.Days.Sum(d => d.Pairs));
        var hours = (await new WorkRecords(database, _clock).HoursAsync(world.Lead, world.Project, world.Reviewer.UserId, Token)).Value;
        Assert.Equal((1, 9L), (hours.Single().Reviews, hours.Single().ReviewingSeconds));

        Assert.True((await world.Pairs.WithdrawAsync(world.Reviewer, review.PairId!.Value, "Looked again.", Token)).Succeeded);
        Assert.Equal(0, (await Reader.ReadAsync(world.Lead, world.Project, cancellationToken: Token)).Value.Days.Sum(d => d.Pairs));
    }

    [Fact]
    public async Task People_see_their_own_work_and_learn_the_verdict_when_they_can_no_longer_follow_it()
    {
        var (project, revision) = await _world.ProjectAsync(new() { JudgementsPerSolution = 2 });
        var run = await _world.RunAsync(revision);
        for (var i = 0; i < 2; i++) await _world.SolutionAsync(run, await _world.ProblemAsync(project.Id));
        var reviewer = Actor.Person((await _world.UserAsync(projectId: project.Id, role: ProjectRole.Reviewer)).Id);
        var lead = Actor.Person((await _world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id);
        var (ann, ben) = (await PersonAsync(project.Id), await PersonAsync(project.Id));
        await JudgeAsync(ann, project.Id, 1, 40);
        await JudgeAsync(ben, project.Id, 1, 20);
        await JudgeAsync(ann, project.Id, 2, 40);
        await JudgeAsync(ben, project.Id, 3, 20);

        // One agreed, one disputed: neither is told while a judgement could still be changed.
        var records = new WorkRecords(database, _clock);
        var own = (await records.OwnAsync(ann, project.Id, Token)).Value;
        Assert.Equal([2, 1], own.Last.Select(item => item.Step));
        Assert.All(own.Last, item => Assert.Equal((null, null, null), (item.State, item.Decision, item.Agrees)));
        Assert.Equal(SolutionState.Adjudication, (await records.OfAsync(lead, project.Id, ann.UserId!.Value, Token)).Value.Last[0].State);

        var disputed = (await Reader.ReadAsync(lead, project.Id, cancellationToken: Token)).Value.Disputes.Single().SolutionId;
        Assert.True((await new AdjudicationService(database, _clock).DecideAsync(reviewer, Guid.NewGuid(), disputed, new(FirstErrorOutcome.FirstError, 3, Note: "3 - 0 is right, what follows is not."), cancellationToken: Token)).Succeeded);
        var decided = (await records.OwnAsync(ann, project.Id, Token)).Value.Last[0];
        Assert.False(decided.Agrees);
        Assert.Equal(new ItemDecision(FirstErrorOutcome.FirstError, 3, VerdictProvenance.Adjudicated, "3 - 0 is right, what follows is not.", 1), decided.Decision);
        Assert.True((await records.OwnAsync(ben, project.Id, Token)).Value.Last[0].Agrees);

        Assert.Equal((2, 80L), Assert.Single((await records.OwnHoursAsync(ann, project.Id, Token)).Value) is var day ? (day.Judgements, day.JudgingSeconds) : default);
        Assert.Equal(RefusalKind.NotFound, (await records.OfAsync(lead, project.Id, Guid.NewGuid(), Token)).Refusal?.Kind);
    }

    [Fact]
    public async Task Leads_see_gold_at_once_and_people_their_own_late_in_sum_and_the_misses_out_of_use()
    {
        var (project, revision) = await _world.ProjectAsync(new() { JudgementsPerSolution = 2, GoldPercent = 50, GoldPausePercent = 0 });
        var run = await _world.RunAsync(revision);
        for (var i = 0; i < 40; i++) await _world.SolutionAsync(run, await _world.ProblemAsync(project.Id));
        var lead = Actor.Person((await _world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id);
        var gold = new GoldService(database, _clock);
        var (ann, ben) = (await PersonAsync(project.Id), await PersonAsync(project.Id));
        await JudgeAsync(ben, project.Id, 3, 10); // before there is gold: which card is one is chance, and one solution must be disputed
        Assert.True((await gold.AddShippedAsync(lead, project.Id, Token)).Succeeded);
        for (var i = 0; i < 24; i++) await JudgeAsync(ann, project.Id, 1, 10);
        for (var i = 0; i < 3; i++) await JudgeAsync(ben, project.Id, 3, 10);

        var known = (await gold.ListAsync(lead, project.Id, Token)).Value.ToDictionary(item => item.SolutionId);
        await using var context = database.CreateDbContext();
        var judged = await context.Set<FirstErrorAnnotation>().Where(a => a.AnnotatorId == ann.UserId && known.Keys.Contains(a.SolutionId)).ToListAsync(Token);
        var right = judged.Count(a => known[a.SolutionId].Step == 1);
        Assert.True(judged.Count >= WorkRecords.FewestGoldTold && right < judged.Count, $"{right} of {judged.Count}");

        var row = (await Reader.ReadAsync(lead, project.Id, cancellationToken: Token)).Value.Annotators.Single(r => r.UserId == ann.UserId);
        Assert.Equal((right, judged.Count), (row.Gold.Right, row.Gold.Total));
        var records = new WorkRecords(database, _clock);
        Assert.Equal(judged.Count - right, (await records.OfAsync(lead, project.Id, ann.UserId!.Value, Token)).Value.Missed.Count);
        var own = (await records.OwnAsync(ann, project.Id, Token)).Value;
        Assert.Equal((0, 0), (own.Row.Gold.Total, own.Missed.Count));
        // Gold is in every figure of their own, and in none of the lead's.
        Assert.Equal((24, 24, 24L, 24), (own.Row.Judgements, own.Row.Steps.Count, own.Row.Seconds!.Count, own.Days.Single().Judgements));
        Assert.Equal((24, 240L), (await records.OwnHoursAsync(ann, project.Id, Token)).Value.Single() is var day ? (day.Judgements, day.JudgingSeconds) : default);
        Assert.Equal(24 - judged.Count, row.Judgements);

        _clock.Now += TimeSpan.FromDays(1);
        own = (await records.OwnAsync(ann, project.Id, Token)).Value;
        Assert.Equal((right, judged.Count, 0), (own.Row.Gold.Right, own.Row.Gold.Total, own.Missed.Count));
        Assert.Equal(0, (await records.OwnAsync(ben, project.Id, Token)).Value.Row.Gold.Total); // so few would say which one it was
        Assert.Equal(0, (await Reader.ReadAsync(lead, project.Id, DateOnly.FromDateTime(_clock.Now.UtcDateTime), Token)).Value.Annotators.Sum(r => r.Gold.Total));

        var missed = known[judged.First(a => known[a.SolutionId].Step != 1).SolutionId];
        Assert.True((await gold.RetireAsync(lead, missed.Id, Token)).Succeeded);
        var told = Assert.Single((await records.OwnAsync(ann, project.Id, Token)).Value.Missed);
        Assert.Equal((missed.Statement, 1, missed.Step), (told.Statement, told.Said, told.Known));
        Assert.NotEqual("", told.Why);

        var disputed = (await new AdjudicationQueue(database).ListAsync(lead, project.Id, [], 1, cancellationToken: Token)).Value.Items.Single();
        Assert.Equal(judged.Count - 1, disputed.Claims.Single(claim => claim.Judgement.AnnotatorId == ann.UserId).Gold.Total);
    }

    [Fact]
    public async Task Open_questions_and_the_oldest_are_counted()
    {
        var (project, revision) = await _world.ProjectAsync();
        var run = await _world.RunAsync(revision);
        await _world.SolutionAsync(run, await _world.ProblemAsync(project.Id));
        var lead = Actor.Person((await _world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id);
        var ann = await PersonAsync(project.Id);
        var flags = new FlagService(database, _clock);
        var card = (await Assignments.NextAsync(ann, project.Id, 1, Token)).Value.Cards.Single();
        var asked = _clock.Now;
        var first = (await flags.AskAsync(ann, Guid.NewGuid(), card.AssignmentId, 1, "Is this step one?", Token)).Value;
        _clock.Now += TimeSpan.FromHours(2);
        Assert.True((await flags.AskAsync(ann, Guid.NewGuid(), card.AssignmentId, null, "And the reference?", Token)).Succeeded);
        var cockpit = (await Reader.ReadAsync(lead, project.Id, cancellationToken: Token)).Value;
        Assert.Equal((2, asked), (cockpit.OpenFlags, cockpit.OldestFlag));
        Assert.True((await flags.AnswerAsync(lead, first, "Yes.", Token)).Succeeded);
        cockpit = (await Reader.ReadAsync(lead, project.Id, cancellationToken: Token)).Value;
        Assert.Equal((1, asked.AddHours(2)), (cockpit.OpenFlags, cockpit.OldestFlag));
    }

    private CockpitReader Reader => new(database, _clock);

    private async Task<Actor> PersonAsync(long project) => Actor.Person((await _world.UserAsync(projectId: project)).Id);

    private async Task<long> JudgeAsync(Actor person, long project, int step, int seconds)
    {
        var card = (await Assignments.NextAsync(person, project, 1, Token)).Value.Cards.Single();
        return (await Annotations.SubmitAsync(person, Guid.NewGuid(), card.AssignmentId, new(FirstErrorOutcome.FirstError, step, ActiveMilliseconds: seconds * 1000), Token)).Value.AnnotationId;
    }
}
