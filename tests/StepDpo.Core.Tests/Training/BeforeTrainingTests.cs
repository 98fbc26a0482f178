using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Pairs;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;
using StepDpo.Core.Training;
using StepDpo.Core.Workers;

namespace StepDpo.Core.Tests.Training;

/// <summary>What the forms say before a run is queued, and what a press queues.</summary>
public sealed class BeforeTrainingTests(Database database) : IClassFixture<Database>
{
    private static readonly CancellationToken _stop = TestContext.Current.CancellationToken;

    private readonly World _world = new(database);

    private readonly ServiceProvider _services = new ServiceCollection().AddLogging().AddData(database.ConnectionString)
        .AddAccounts().AddProjects().AddProblems().AddModels().AddRuns().AddSampling().AddAnnotations().AddRectifications().AddPairs().AddTraining()
        .AddWorkers(new WorkerOptions { Command = ["true"], DataFolder = Path.GetTempPath() })
        .BuildServiceProvider();

    private Task<Outcome<TrainingEstimate>> EstimateAsync(Actor lead, long projectId, long modelId, int maxLength) =>
        _services.GetRequiredService<TrainingQueries>().EstimateAsync(lead, projectId, new ExportOptions(), modelId, maxLength, _stop);

    [Fact]
    public async Task Lengths_are_a_guess_until_the_model_has_sampled_and_then_measured_on_its_texts()
    {
        var (project, revision, lead) = await ProjectAsync();
        var model = await _world.ModelAsync();
        await AddPairsAsync(project.Id, revision.Id, ("short", 30), ("long", 3000));
        var guess = (await EstimateAsync(lead, project.Id, model.Id, maxLength: 1024)).Value;
        Assert.Equal((3, 0, 1), (guess.CharactersPerToken, guess.MeasuredTexts, guess.TooLong));

        var sampling = await AddRunAsync(revision, RunKind.Sampling, model.Id, "{}");
        var solution = World.NewSolution(sampling, await _world.ProblemAsync(project.Id), tokenCount: 10);
        await database.AddAsync(solution);
        var measured = (await EstimateAsync(lead, project.Id, model.Id, maxLength: 1024)).Value;
        Assert.Equal((1, 0), (measured.MeasuredTexts, measured.TooLong));
        Assert.Equal(solution.Text.Length / 10.0, measured.CharactersPerToken);
    }

    [Fact]
    public async Task Time_is_that_of_a_run_of_a_model_with_as_many_weights_or_not_known()
    {
        var (project, revision, lead) = await ProjectAsync();
        var (earlier, next, other) = (await ModelAsync(1000), await ModelAsync(1000), await ModelAsync(2000));
        var run = await AddRunAsync(revision, RunKind.Training, earlier, JsonSerializer.Serialize(new TrainingRunOptions { Training = new TrainingOptions { BatchSize = 8 } }, RunJson.Line));
        await database.AddAsync(new TrainingMetric { RunId = run.Id, Step = 1, Metrics = new StepMetrics { Step = 1, StepSeconds = 4 } });
        var estimate = (await EstimateAsync(lead, project.Id, next, maxLength: 64)).Value;
        Assert.Equal((0.5, "run"), (estimate.SecondsPerPair!.Value, estimate.MeasuredRun));
        Assert.Null((await EstimateAsync(lead, project.Id, other, maxLength: 64)).Value.SecondsPerPair);
    }

    [Fact]
    public async Task No_pair_of_a_held_out_problem_is_trained_on_and_a_foreign_export_is_refused()
    {
        var (project, revision, lead) = await ProjectAsync();
        var model = await _world.ModelAsync();
        var runs = _services.GetRequiredService<TrainingRuns>();
        await AddPairsAsync(project.Id, revision.Id, ("first", 10), ("second", 10));
        var held = (await _services.GetRequiredService<PairExports>().CreateAsync(lead, project.Id, new ExportOptions(), _stop)).Value;
        await AddPairsAsync(project.Id, revision.Id, ("second", 20), ("third", 10));

        var request = new TrainingRequest(project.Id, "with held-out pairs", model.Id) { ValidationExportId = held.Id, ClientKey = Guid.NewGuid() };
        var run = await runs.QueueAsync(lead, request, _stop);
        Assert.True(run.Succeeded, run.Refusal?.Message);
        await using var context = database.CreateDbContext();
        var input = await context.Set<TrainingInput>().SingleAsync(i => i.RunId == run.Value, _stop);
        Assert.Equal(held.Id, input.ValidationExportId);
        Assert.Equal(["third"], await context.Set<ExportPair>().Where(e => e.ExportId == input.ExportId).Join(context.Set<PreferencePair>(), e => e.PairId, p => p.Id, (_, p) => p.Prompt).ToListAsync(_stop));

        var (elsewhere, _, stranger) = await ProjectAsync();
        var foreign = await runs.QueueAsync(stranger, new TrainingRequest(elsewhere.Id, "x", model.Id) { ValidationExportId = held.Id }, _stop);
        Assert.Equal("ValidationExportId", foreign.Refusal!.Field);
    }

    [Fact]
    public async Task A_double_press_queues_one_rectification()
    {
        var (project, revision, lead) = await ProjectAsync();
        var model = await _world.ModelAsync();
        var prefix = World.NewPrefix(await _world.SolutionAsync(await _world.RunAsync(revision), await _world.ProblemAsync(project.Id)), 1);
        await database.AddAsync(prefix);
        var request = new RectificationRequest(project.Id, "twice", model.Id) { Options = new RectificationOptions { PrefixIds = [prefix.Id] }, ClientKey = Guid.NewGuid() };
        var runs = _services.GetRequiredService<RectificationRuns>();
        var first = await runs.QueueAsync(lead, request, _stop);
        Assert.True(first.Succeeded, first.Refusal?.Message);
        Assert.Equal(first.Value, (await runs.QueueAsync(lead, request, _stop)).Value);
    }

    private async Task<(Project Project, ProjectRevision Revision, Actor Lead)> ProjectAsync()
    {
        var (project, revision) = await _world.ProjectAsync();
        return (project, revision, Actor.Person((await _world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id));
    }

    private async Task<Run> AddRunAsync(ProjectRevision revision, RunKind kind, long modelId, string options)
    {
        var run = new Run { ProjectId = revision.ProjectId, Kind = kind, Name = "run", RevisionId = revision.Id, ModelId = modelId, Options = options, CreatedAt = World.Now };
        await database.AddAsync(run);
        return run;
    }

    private async Task<long> ModelAsync(long parameters)
    {
        var model = await _world.ModelAsync();
        await database.ExecuteAsync($"UPDATE language_model SET parameters = {parameters} WHERE id = {model.Id}");
        return model.Id;
    }

    private async Task AddPairsAsync(long projectId, long revisionId, params (string Prompt, int Characters)[] pairs)
    {
        foreach (var (prompt, characters) in pairs)
        {
            var (chosen, rejected) = (new string('a', characters), new string('b', characters));
            await database.AddAsync(new PreferencePair
            {
                ProjectId = projectId,
                StatementSha256 = TextHash.Of(prompt),
                Dataset = "test",
                Prompt = prompt,
                InitialReasonSteps = "Step 1:",
                Chosen = chosen,
                Rejected = rejected,
                FullChosen = chosen,
                FullRejected = rejected,
                Answer = "1",
                Sha256 = TextHash.Of($"{prompt} {characters}"),
                Origin = RectificationOrigin.Sampled,
                RevisionId = revisionId,
                CreatedAt = World.Now,
            });
        }
    }
}
