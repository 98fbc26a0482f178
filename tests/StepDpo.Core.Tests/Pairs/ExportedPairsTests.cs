using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Pairs;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Pairs;

/// <summary>
/// What holds of every exported pair, whatever a team has done before: four people press everything there is at random, in projects
/// of all settings, and the export is held against the rows by rules written down here anew.
/// </summary>
public sealed class ExportedPairsTests(Database database) : IClassFixture<Database>
{
    private static readonly string[] Steps = [" It is 2.", " So 2.", " It  is 2.", " 3 - 0 = 3.", " Then 2."];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 8)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task A_pair_has_somebody_elses_approval_and_the_samplers_words(int seed)
    {
        var team = await Team.CreateAsync(database, new Random(seed), new ProjectSettings
        {
            JudgementsPerSolution = 1 + seed % 2,
            ReviewOfOwnFirstErrors = seed % 4 == 3,
            AllowsWrittenSteps = seed % 3 > 0,
            SecondReviewShare = seed % 3 == 0 ? 1 : 0,
            WinnersPerPrefix = 1 + seed / 4,
        });
        for (var i = 0; i < 160; i++) await team.ActAsync();
        var exported = await team.ExportedAsync(new ExportOptions { IncludesWritten = true });
        for (var i = 0; i < 400 && exported.Count == 0; i++)
        {
            await team.ActAsync();
            exported = await team.ExportedAsync(new ExportOptions { IncludesWritten = true });
        }

        Assert.NotEmpty(exported);
        await using var context = database.CreateDbContext();
        foreach (var pair in exported) await AssertHoldsAsync(context, team.Settings, pair);
        Assert.Equal(exported.Count, exported.Select(pair => pair.ToExample()).Distinct().Count());
        Assert.DoesNotContain(await team.ExportedAsync(new ExportOptions()), pair => pair.Origin == RectificationOrigin.Written);
    }

    private static async Task AssertHoldsAsync(StepDpoContext context, ProjectSettings settings, PreferencePair pair)
    {
        var candidate = await context.Set<Rectification>().Include(r => r.Prefix!.Solution).SingleAsync(r => r.Id == pair.RectificationId, Token);
        var verdict = await context.Set<FirstErrorVerdict>().SingleAsync(v => v.SolutionId == candidate.Prefix!.SolutionId && v.SupersededAt == null, Token);
        Assert.Equal((verdict.Step, SolutionState.Paired, RectificationState.Approved), (pair.Step, candidate.Prefix!.Solution!.State, candidate.State));

        var judgements = await context.Set<FirstErrorAnnotation>().Where(a => a.SolutionId == candidate.Prefix.SolutionId && !a.Surplus).ToListAsync(Token);
        HashSet<Guid> marked = verdict.AdjudicatorId is { } adjudicator ? [adjudicator]
            : [.. judgements.Where(a => a.Step == verdict.Step && a.Outcome == FirstErrorOutcome.FirstError && judgements.All(later => later.SupersedesId != a.Id)).Select(a => a.AnnotatorId)];
        var first = pair.CreatedById!.Value;
        if (!settings.ReviewOfOwnFirstErrors)
        {
            Assert.False(marked.SetEquals([first]), "approved by the one person who marked the first error");
            Assert.NotEqual(candidate.WrittenById, first);
        }

        if (pair.NeedsSecond)
        {
            var last = (await context.Set<PairReview>().Where(r => r.PairId == pair.Id && r.RectificationId == candidate.Id).ToListAsync(Token)).GroupBy(r => r.ReviewerId).Select(words => words.MaxBy(r => r.Id)!);
            Assert.Contains(last, word => word.Decision == ReviewDecision.Approved && word.ReviewerId != first);
        }

        Assert.InRange(await context.Set<Rectification>().CountAsync(r => r.PrefixId == candidate.PrefixId && r.State == RectificationState.Approved, Token), 1, settings.WinnersPerPrefix);
        Assert.Equal(candidate.StepSha256, TextHash.Of(pair.Chosen));
        if (pair.Origin == RectificationOrigin.Written) return;
        var sampled = await context.Set<Continuation>().Where(c => c.PrefixId == candidate.PrefixId && c.AnswerCheck == AnswerCheck.Right).Select(c => c.Text).ToListAsync(Token);
        Assert.Contains(pair.Chosen, sampled.Select(FirstStep.Of));
        Assert.Contains(pair.FullChosen, sampled);
    }

    [Fact]
    public async Task Nothing_rewrites_a_sampled_text_a_candidate_or_a_pair()
    {
        foreach (var rewrite in new FormattableString[]
        {
            $"UPDATE continuation SET text = 'x'", $"UPDATE rectification SET step_text = 'x'", $"UPDATE rectification SET step_sha256 = 'x'", $"UPDATE preference_pair SET chosen = 'x'",
            $"UPDATE pair_review SET decision = 'Approved'", $"UPDATE prefix_review SET note = 'x'", $"DELETE FROM rectification_review",
        })
        {
            var refusal = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => database.ExecuteAsync(rewrite));
            Assert.Equal(Npgsql.PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
        }
    }

    /// <summary>Four people who may all do everything, and three solutions.</summary>
    private sealed class Team(Database database, Random random, ProjectSettings settings)
    {
        private readonly SettableClock _clock = new();
        private readonly List<Actor> _people = [];
        private readonly List<(long Solution, Guid Key, Actor By)> _actions = [];
        private ProjectRevision _revision = null!;

        public ProjectSettings Settings => settings;

        public long Project { get; private set; }

        public static async Task<Team> CreateAsync(Database database, Random random, ProjectSettings settings)
        {
            var (team, world) = (new Team(database, random, settings), new World(database));
            (var project, team._revision) = await world.ProjectAsync(settings);
            team.Project = project.Id;
            for (var i = 0; i < 4; i++) team._people.Add(Actor.Person((await world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id));
            var run = await world.RunAsync(team._revision);
            for (var i = 0; i < 3; i++) await world.SolutionAsync(run, await world.ProblemAsync(project.Id));
            return team;
        }

        /// <summary>The pairs that an export made now holds.</summary>
        public async Task<IReadOnlyList<PreferencePair>> ExportedAsync(ExportOptions options)
        {
            var export = await new PairExports(database, _clock).CreateAsync(_people[0], Project, options, Token);
            if (!export.Succeeded) return [];
            await using var context = database.CreateDbContext();
            return await context.Set<PreferencePair>().Where(p => context.Set<ExportPair>().Any(e => e.ExportId == export.Value.Id && e.PairId == p.Id)).ToListAsync(Token);
        }

        /// <summary>One person does one thing; it may be refused.</summary>
        public async Task ActAsync()
        {
            await using var context = database.CreateDbContext();
            var who = _people[random.Next(_people.Count)];
            var solutions = await context.Set<Solution>().Where(s => s.ProjectId == Project).OrderBy(s => s.Id).ToListAsync(Token);
            var solution = solutions[random.Next(solutions.Count)];
            var candidates = await context.Set<Rectification>().Where(r => r.Prefix!.SolutionId == solution.Id).OrderBy(r => r.Id).ToListAsync(Token);
            var candidate = candidates.Count == 0 ? 0 : candidates[random.Next(candidates.Count)].Id;
            var pairs = await context.Set<PreferencePair>().Where(p => p.ProjectId == Project).OrderBy(p => p.Id).ToListAsync(Token);
            var (reviews, rectifications, seconds) = (new ReviewService(database, _clock), new RectificationService(database, _clock), new SecondReviews(database, _clock));
            var word = new PrefixWord(Guid.NewGuid(), "Because.");
            _actions.Add((solution.Id, word.ClientKey, who));
            switch (solution.State, random.Next(10))
            {
                case (SolutionState.Waiting, _): await AnnotateAsync(who); break;
                case (SolutionState.Adjudication, > 1): await new AdjudicationService(database, _clock).DecideAsync(who, Guid.NewGuid(), solution.Id, new(FirstErrorOutcome.FirstError, random.Next(1, 4)), cancellationToken: Token); break;
                case (SolutionState.Rectifying, > 1): await SampleAsync(context, solution); break;
                case (_, <= 3): await reviews.ApproveAsync(who, Guid.NewGuid(), candidate, cancellationToken: Token); break;
                case (_, 4): await reviews.RejectAsync(who, Guid.NewGuid(), candidate, RejectReason.Restates, cancellationToken: Token); break;
                case (_, 5) when random.Next(2) == 0: await reviews.ReopenAsync(who, Guid.NewGuid(), candidate, cancellationToken: Token); break;
                case (_, 5): await rectifications.SampleMoreAsync(who, word, solution.Id, 1.1, Token); break;
                case (_, 6): await rectifications.WriteAsync(who, word, solution.Id, $"I say {random.Next(3)}.", Token); break;
                case (_, 7) when random.Next(4) == 0: await new FirstErrorReopening(database, _clock).ReopenAsync(who, word, solution.Id, Token); break;
                case (_, 7) when random.Next(3) == 0: await rectifications.DiscardAsync(who, word, solution.Id, Token); break;
                case (_, 7):
                    var last = _actions[random.Next(Math.Max(0, _actions.Count - 6), _actions.Count)];
                    await rectifications.TakeBackAsync(last.By, word, last.Solution, last.Key, Token);
                    break;
                case (_, 8) when pairs.Count > 0 && random.Next(4) == 0: await new PairService(database, _clock).WithdrawAsync(who, pairs[random.Next(pairs.Count)].Id, "Wrong.", Token); break;
                default: await SecondAsync(seconds, who); break;
            }
        }

        private async Task AnnotateAsync(Actor who)
        {
            var cards = (await new AssignmentService(database, _clock).NextAsync(who, Project, 3, Token)).Value.Cards;
            foreach (var card in cards) await new AnnotationService(database, _clock).SubmitAsync(who, Guid.NewGuid(), card.AssignmentId, new(FirstErrorOutcome.FirstError, random.Next(2, 4)), Token);
        }

        private async Task SecondAsync(SecondReviews seconds, Actor who)
        {
            foreach (var item in (await seconds.ListAsync(who, Project, [], 3, Token)).Value)
            {
                var words = item.Item.Candidates.Select(c => random.Next(4) == 0 ? new SecondWord(c.RectificationId, ReviewDecision.Rejected, RejectReason.SkipsWork) : new SecondWord(c.RectificationId, ReviewDecision.Approved)).ToList();
                Assert.True((await seconds.DecideAsync(who, new(Guid.NewGuid()), item.PairId, words, Token)).Succeeded);
                if (random.Next(4) == 0) await seconds.TakeBackAsync(who, new(Guid.NewGuid()), item.PairId, Token);
            }
        }

        private async Task SampleAsync(StepDpoContext context, Solution solution)
        {
            var run = await new World(database).RunAsync(_revision, RunKind.Rectification);
            var step = await context.Set<FirstErrorVerdict>().Where(v => v.SolutionId == solution.Id && v.SupersededAt == null).Select(v => v.Step).SingleAsync(Token);
            var prefix = await context.Set<Prefix>().SingleAsync(p => p.SolutionId == solution.Id && p.Step == step, Token);
            for (var i = 0; i < 4; i++)
            {
                var first = Steps[random.Next(Steps.Length)];
                context.Add(new Continuation
                {
                    PrefixId = prefix.Id,
                    RunId = run.Id,
                    SampleIndex = i,
                    Text = $"{first}\nStep {step + 1}: The answer is 2.",
                    FirstStepSha256 = TextHash.Of(first),
                    FinishReason = FinishReason.Stop,
                    AnswerCheck = random.Next(3) == 0 ? AnswerCheck.Wrong : AnswerCheck.Right,
                    AnswerVersion = 1,
                    CreatedAt = World.Now,
                });
            }

            await context.SaveChangesAsync(Token);
            await Candidates.ProposeAsync(context, prefix.Id, _clock, Token);
        }
    }
}
