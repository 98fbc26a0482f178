using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Pairs;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Pairs;

/// <summary>A label can be rebuilt from the records that nobody can change, whatever happened to it; and its history tells everything.</summary>
public sealed class LabelHistoryTests(Database database) : IClassFixture<Database>
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_label_is_rebuilt_from_the_records_alone(int seed)
    {
        var random = new Random(seed);
        var settings = new ProjectSettings { ReviewOfOwnFirstErrors = true, AllowsWrittenSteps = true, SecondReviewShare = 1, LeaseMinutes = 1440 };
        var world = await new ReviewWorld(database).BuildAsync(settings);
        if (seed > 3) Assert.True((await new ProjectRegister(database, world.Clock, []).ChangeSettingsAsync(world.Lead, world.Project, 1, settings with { JudgementsPerSolution = 2 }, "", Token)).Succeeded);
        var reached = new HashSet<SolutionState>();
        for (var i = 0; i < 80; i++)
        {
            world.Clock.Now += TimeSpan.FromMinutes(1);
            await DoSomethingAsync(world, random);
            reached.Add(await world.StateAsync());
            await AssertRebuiltAsync(world);
        }

        Assert.True(reached.Count >= 3, $"seed {seed} reached only {string.Join(", ", reached)}");
    }

    [Fact]
    public async Task Whoever_has_the_solution_on_their_desk_judges_it_before_they_read_what_was_said()
    {
        var (world, clock) = (new World(database), new SettableClock());
        var (project, revision) = await world.ProjectAsync();
        var solution = await world.SolutionAsync(await world.RunAsync(revision), await world.ProblemAsync(project.Id));
        var reviewer = Actor.Person((await world.UserAsync(projectId: project.Id, role: ProjectRole.Reviewer)).Id);
        var lead = Actor.Person((await world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id);
        var card = (await new AssignmentService(database, clock).NextAsync(reviewer, project.Id, 1, Token)).Value.Cards.Single();
        var histories = new LabelHistory(database);
        Assert.Equal(RefusalKind.Conflict, (await histories.OfSolutionAsync(reviewer, solution.Id, Token)).Refusal?.Kind);
        Assert.True((await histories.OfSolutionAsync(lead, solution.Id, Token)).Succeeded);
        Assert.True((await new AnnotationService(database, clock).SubmitAsync(reviewer, Guid.NewGuid(), card.AssignmentId, new(FirstErrorOutcome.FirstError, 1), Token)).Succeeded);
        Assert.True((await histories.OfSolutionAsync(reviewer, solution.Id, Token)).Succeeded);
    }

    [Fact]
    public async Task The_history_says_who_what_old_new_and_under_which_guidelines()
    {
        var world = await new ReviewWorld(database).BuildAsync(new ProjectSettings { LeaseMinutes = 1440 });
        var settings = (await new ProjectRegister(database, world.Clock, []).CurrentRevisionAsync(world.Lead, world.Project, Token)).Value.Settings;
        world.Clock.Now += TimeSpan.FromMinutes(1);
        Assert.True((await new ProjectRegister(database, world.Clock, []).ChangeSettingsAsync(world.Lead, world.Project, 1, settings with { Guidelines = "New ones." }, "", Token)).Succeeded);
        await using var context = database.CreateDbContext();
        var assignment = await context.Set<Assignment>().SingleAsync(a => a.SolutionId == world.Solution.Id, Token);
        Assert.True((await new AnnotationService(database, world.Clock).SubmitAsync(world.Annotator, Guid.NewGuid(), assignment.Id, new(FirstErrorOutcome.FirstError, 1, Note: "Already here."), Token)).Succeeded);
        world.Clock.Now += TimeSpan.FromMinutes(1);
        var reopening = new PrefixWord(Guid.NewGuid(), "Look again.");
        Assert.True((await world.Reopening.ReopenAsync(world.Reviewer, reopening, world.Solution.Id, Token)).Succeeded);
        world.Clock.Now += TimeSpan.FromMinutes(1);
        Assert.True((await world.Rectifications.TakeBackAsync(world.Reviewer, new(Guid.NewGuid()), world.Solution.Id, reopening.ClientKey, Token)).Succeeded);
        var back = new PrefixWord(Guid.NewGuid(), "Not even the problem is right.");
        Assert.True((await world.Reopening.ReopenAsync(world.Reviewer, back, world.Solution.Id, Token)).Succeeded);
        var aside = Guid.NewGuid();
        Assert.True((await world.Adjudications.DiscardAsync(world.Reviewer, aside, world.Solution.Id, "Nobody can say.", 0, Token)).Succeeded);
        Assert.True((await world.Adjudications.UndoAsync(world.Reviewer, Guid.NewGuid(), world.Solution.Id, aside, Token)).Succeeded);

        var history = (await new LabelHistory(database).OfSolutionAsync(world.Reviewer, world.Solution.Id, Token)).Value;
        Assert.Null(history.Label.Verdict);
        var told = history.Events.Select(e => (e.By, e.Words.ToString(), e.Old?.ToString(), e.Note?.ToString() ?? "", e.Revision)).ToList();
        Assert.Contains((world.Annotator.UserId, "first error at step 1", "first error at step 2", "Already here.", 2), told);
        Assert.Contains((null, "verdict: first error at step 1; one judgement was asked for", null, "", 2), told);
        Assert.Contains((world.Annotator.UserId, "verdict no longer holds", "first error at step 2", "A judgement was changed.", null), told);
        Assert.Contains((world.Reviewer.UserId, "verdict no longer holds", "first error at step 1", "Look again.", null), told);
        Assert.Contains((world.Reviewer.UserId, "first error reopened", null, "Look again.", 2), told);
        Assert.Contains((world.Reviewer.UserId, "decision on the prefix taken back", "first error reopened", "", 2), told);
        Assert.Contains((world.Reviewer.UserId, "set aside", null, "Nobody can say.", 2), told);
        Assert.Contains((world.Reviewer.UserId, "decision on the dispute taken back", null, "", 2), told);
        // Whole sentences with places, so that they can be said in another language.
        Assert.Contains("verdict: {0}; {1}", history.Events.Select(e => e.Words.Words));
        Assert.Contains("first error at step {0}", history.Events.Select(e => e.Old?.Words));
        Assert.Equal(history.Events.Select(e => e.At).Order(), history.Events.Select(e => e.At));
    }

    private async Task AssertRebuiltAsync(ReviewWorld world)
    {
        var rebuilt = (await new LabelHistory(database).OfSolutionAsync(Actor.System, world.Solution.Id, Token)).Value.Label;
        await using var context = database.CreateDbContext();
        var holds = await context.Set<FirstErrorVerdict>().SingleOrDefaultAsync(v => v.SolutionId == world.Solution.Id && v.SupersededAt == null, Token);
        Assert.Equal((holds?.Id, holds?.Outcome, holds?.Step), (rebuilt.Verdict?.Id, rebuilt.Verdict?.Outcome, rebuilt.Verdict?.Step));
        Assert.Equal(
            await context.Set<Rectification>().Where(r => r.Prefix!.SolutionId == world.Solution.Id).OrderBy(r => r.Id).ToDictionaryAsync(r => r.Id, r => r.State, Token),
            rebuilt.Candidates);
        Assert.Equal(
            await context.Set<PreferencePair>().Where(p => p.ProjectId == world.Project && !context.Set<PairWithdrawal>().Any(w => w.PairId == p.Id)).OrderBy(p => p.Id).Select(p => p.Id).ToListAsync(Token),
            rebuilt.Pairs);
        var places = await context.Set<Assignment>().CountAsync(a => a.SolutionId == world.Solution.Id && a.State == AssignmentState.Submitted, Token);
        Assert.Equal(places, rebuilt.Counting.Count);
    }

    // Whatever the state refuses changes nothing; that is part of what is tested.
    private async Task DoSomethingAsync(ReviewWorld world, Random random)
    {
        await using var context = database.CreateDbContext();
        var actor = random.Next(2) == 0 ? world.Annotator : world.Reviewer;
        var candidate = await context.Set<Rectification>().Where(r => r.Prefix!.SolutionId == world.Solution.Id).OrderBy(r => r.Id).Select(r => r.Id).ToListAsync(Token) is { Count: > 0 } ids ? ids[random.Next(ids.Count)] : 0;
        var judgement = random.Next(4) == 0 ? new FirstErrorJudgement(FirstErrorOutcome.CannotJudge, Reason: FirstErrorReason.Unsure) : new(FirstErrorOutcome.FirstError, random.Next(1, 4));
        var pair = await context.Set<PreferencePair>().Where(p => p.ProjectId == world.Project).OrderByDescending(p => p.Id).FirstOrDefaultAsync(Token);
        var solution = world.Solution.Id;
        switch (random.Next(19))
        {
            case 0 or 1 or 2:
                await new AssignmentService(database, world.Clock).NextAsync(actor, world.Project, 1, Token);
                if (await context.Set<Assignment>().SingleOrDefaultAsync(a => a.SolutionId == world.Solution.Id && a.AnnotatorId == actor.UserId, Token) is { } own)
                    await new AnnotationService(database, world.Clock).SubmitAsync(actor, Guid.NewGuid(), own.Id, judgement, Token);
                break;
            case 3:
                if (await context.Set<FirstErrorAnnotation>().Where(a => a.AnnotatorId == actor.UserId && a.Outcome != FirstErrorOutcome.Undone).OrderByDescending(a => a.Id).FirstOrDefaultAsync(Token) is { } last)
                    await new AnnotationService(database, world.Clock).UndoAsync(actor, Guid.NewGuid(), last.Id, Token);
                break;
            case 4:
                await world.Adjudications.DecideAsync(world.Reviewer, Guid.NewGuid(), solution, judgement, cancellationToken: Token);
                break;
            case 5 or 6:
                if (await context.Set<FirstErrorVerdict>().Where(v => v.SolutionId == world.Solution.Id && v.SupersededAt == null && v.Step == 2).AnyAsync(Token))
                    await world.ContinueAsync($" Try {random.Next(3)}.\nStep 3: The answer is 2.", " Wrong.\nStep 3: The answer is 5.");
                break;
            case 7:
                await world.Reviews.ApproveAsync(world.Lead, Guid.NewGuid(), candidate, cancellationToken: Token);
                break;
            case 8:
                await world.Reviews.RejectAsync(world.Lead, Guid.NewGuid(), candidate, RejectReason.SkipsWork, cancellationToken: Token);
                break;
            case 9:
                await world.Reviews.ReopenAsync(world.Lead, Guid.NewGuid(), candidate, cancellationToken: Token);
                break;
            case 10:
                await world.Reopening.ReopenAsync(world.Lead, new(Guid.NewGuid(), "Look again."), solution, Token);
                break;
            case 11:
                if (random.Next(2) == 0) await world.Adjudications.OneMoreAsync(world.Reviewer, Guid.NewGuid(), solution, 0, Token);
                else await world.Adjudications.DiscardAsync(world.Reviewer, Guid.NewGuid(), solution, "", 0, Token);
                break;
            case 12:
                if (await context.Set<Adjudication>().Where(a => a.SolutionId == solution).OrderByDescending(a => a.Id).FirstOrDefaultAsync(Token) is { } decision)
                    await world.Adjudications.UndoAsync(world.Reviewer, Guid.NewGuid(), solution, decision.ClientKey, Token);
                break;
            case 13:
                if (random.Next(2) == 0) await world.Rectifications.SampleMoreAsync(world.Lead, new(Guid.NewGuid()), solution, 0.9, Token);
                else await world.Rectifications.WriteAsync(world.Lead, new(Guid.NewGuid()), solution, $"In my words {random.Next(3)}.", Token);
                break;
            case 14:
                if (await context.Set<PrefixReview>().Where(r => r.SolutionId == solution).OrderByDescending(r => r.Id).FirstOrDefaultAsync(Token) is { } review)
                    await world.Rectifications.TakeBackAsync(world.Lead, new(Guid.NewGuid()), solution, review.ClientKey, Token);
                break;
            case 15 or 16:
                if (pair is not null)
                    await world.Seconds.DecideAsync(
                        random.Next(2) == 0 ? world.Reviewer : await world.ReviewerAsync(), new(Guid.NewGuid()), pair.Id,
                        [random.Next(3) == 0 ? new(pair.RectificationId!.Value, ReviewDecision.Approved) : new(pair.RectificationId!.Value, ReviewDecision.Rejected, RejectReason.SkipsWork)], Token);
                break;
            case 17:
                if (pair is not null && random.Next(2) == 0) await world.Seconds.TakeBackAsync(world.Reviewer, new(Guid.NewGuid()), pair.Id, Token);
                else if (pair is not null) await world.Pairs.WithdrawAsync(world.Lead, pair.Id, "Wrong after all.", Token);
                break;
            default:
                var problem = await context.Set<Problem>().AsNoTracking().SingleAsync(p => p.Id == world.Problem.Id, Token);
                if (random.Next(2) == 0)
                    await new ReferenceAnswers(database, world.Clock, [new Regrading(world.Clock)]).CorrectAsync(world.Lead, problem.Id, problem.AnswerVersion, problem.Answer == "2" ? "5" : "2", "Mistyped.", Token);
                else
                    await world.Rectifications.DiscardAsync(world.Lead, new(Guid.NewGuid()), solution, Token);
                break;
        }
    }
}
