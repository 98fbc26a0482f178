using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Pairs;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Pairs;

/// <summary>A solution whose first error an annotator has marked at step 2, with continuations sampled and proposed.</summary>
internal sealed class ReviewWorld(Database database)
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly World _world = new(database);

    public SettableClock Clock { get; } = new();

    public ReviewService Reviews => new(database, Clock);

    public ReviewQueue Queue => new(database);

    public RectificationService Rectifications => new(database, Clock);

    public FirstErrorReopening Reopening => new(database, Clock);

    public AdjudicationService Adjudications => new(database, Clock);

    public SecondReviews Seconds => new(database, Clock);

    public PairService Pairs => new(database, Clock);

    public PairExports Exports => new(database, Clock);

    public long Project { get; private set; }

    public Problem Problem { get; private set; } = null!;

    public Solution Solution { get; private set; } = null!;

    public Prefix Prefix { get; private set; } = null!;

    public Actor Annotator { get; private set; } = null!;

    public Actor Reviewer { get; private set; } = null!;

    public Actor Lead { get; private set; } = null!;

    public long? SamplerId { get; private set; }

    public async Task<ReviewWorld> BuildAsync(ProjectSettings? settings = null, ProjectRole annotatorRole = ProjectRole.Annotator)
    {
        var (project, revision) = await _world.ProjectAsync(settings ?? new());
        Project = project.Id;
        Annotator = Actor.Person((await _world.UserAsync(projectId: Project, role: annotatorRole)).Id);
        Reviewer = Actor.Person((await _world.UserAsync(projectId: Project, role: ProjectRole.Reviewer)).Id);
        Lead = Actor.Person((await _world.UserAsync(projectId: Project, role: ProjectRole.Lead)).Id);
        SamplerId = (await _world.ModelAsync()).Id;
        Problem = await _world.ProblemAsync(Project);
        var run = Run(revision, RunKind.Sampling);
        await database.AddAsync(run);
        Solution = await _world.SolutionAsync(run, Problem);

        var card = (await new AssignmentService(database, Clock).NextAsync(Annotator, Project, 1, Token)).Value.Cards.Single();
        Assert.True((await new AnnotationService(database, Clock).SubmitAsync(Annotator, Guid.NewGuid(), card.AssignmentId, new(FirstErrorOutcome.FirstError, 2), Token)).Succeeded);
        await using var context = database.CreateDbContext();
        Prefix = await context.Set<Prefix>().SingleAsync(p => p.SolutionId == Solution.Id, Token);
        return this;
    }

    /// <summary>Stores continuations, right where they end in "2.", and proposes what they hold.</summary>
    public Task<int> ContinueAsync(params string[] texts) => ContinueAsync(FinishReason.Stop, texts);

    /// <summary>The same for texts that ended for another reason.</summary>
    public Task<int> ContinueAsync(FinishReason finish, params string[] texts) => ContinueAsync(finish, [.. texts.Select(text => (text, (double?)null))]);

    /// <summary>The same with the log-probability of each first step.</summary>
    public Task<int> ContinueAsync((string Text, double? Step)[] texts) => ContinueAsync(FinishReason.Stop, texts);

    private async Task<int> ContinueAsync(FinishReason finish, (string Text, double? Step)[] texts)
    {
        await using var context = database.CreateDbContext();
        var revision = await context.Set<ProjectRevision>().Where(r => r.ProjectId == Project).OrderByDescending(r => r.Number).FirstAsync(Token);
        var run = Run(revision, RunKind.Rectification);
        context.Add(run);
        await context.SaveChangesAsync(Token);
        context.AddRange(texts.Select((sampled, index) => new Continuation
        {
            PrefixId = Prefix.Id,
            RunId = run.Id,
            SampleIndex = index,
            Text = sampled.Text,
            FirstStepSha256 = TextHash.Of(FirstStep.Of(sampled.Text)),
            StepLogProbabilitySum = sampled.Step,
            FinishReason = finish,
            AnswerCheck = sampled.Text.EndsWith("2.", StringComparison.Ordinal) ? AnswerCheck.Right : AnswerCheck.Wrong,
            AnswerVersion = 1,
            CreatedAt = World.Now,
        }));
        await context.SaveChangesAsync(Token);
        return await Candidates.ProposeAsync(context, Prefix.Id, Clock, Token);
    }

    /// <summary>Another solution of the project in review.</summary>
    public async Task<long> AnotherAsync()
    {
        await using var context = database.CreateDbContext();
        var run = Run(await context.Set<ProjectRevision>().SingleAsync(r => r.ProjectId == Project, Token), RunKind.Sampling);
        context.Add(run);
        await context.SaveChangesAsync(Token);
        var solution = await _world.SolutionAsync(run, await _world.ProblemAsync(Project));
        var card = (await new AssignmentService(database, Clock).NextAsync(Annotator, Project, 1, Token)).Value.Cards.Single(c => c.SolutionId == solution.Id);
        Assert.True((await new AnnotationService(database, Clock).SubmitAsync(Annotator, Guid.NewGuid(), card.AssignmentId, new(FirstErrorOutcome.FirstError, 2), Token)).Succeeded);
        var (first, prefix) = (Prefix, await context.Set<Prefix>().SingleAsync(p => p.SolutionId == solution.Id, Token));
        Prefix = prefix;
        await ContinueAsync(" It is 2.\nStep 3: The answer is 2.");
        Prefix = first;
        return solution.Id;
    }

    /// <summary>One more reviewer.</summary>
    public async Task<Actor> ReviewerAsync() => Actor.Person((await _world.UserAsync(projectId: Project, role: ProjectRole.Reviewer)).Id);

    public async Task<ReviewItem> ItemAsync(Actor? reviewer = null)
    {
        await using var context = database.CreateDbContext();
        return (await ReviewQueue.ItemAsync(context, reviewer ?? Reviewer, Solution.Id, Token))!;
    }

    public async Task<SolutionState> StateAsync()
    {
        await using var context = database.CreateDbContext();
        return await context.Set<Solution>().Where(s => s.Id == Solution.Id).Select(s => s.State).SingleAsync(Token);
    }

    private Run Run(ProjectRevision revision, RunKind kind) => new()
    {
        ProjectId = Project,
        Kind = kind,
        Name = "run",
        RevisionId = revision.Id,
        ModelId = SamplerId,
        Options = "{}",
        CreatedAt = World.Now,
    };
}
