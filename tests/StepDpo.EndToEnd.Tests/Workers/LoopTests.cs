using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Evaluations;
using StepDpo.Core.Grading;
using StepDpo.Core.Models;
using StepDpo.Core.Problems;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;
using StepDpo.Core.Training;
using StepDpo.Core.Workers;

namespace StepDpo.EndToEnd.Tests.Workers;

/// <summary>Runs with the real worker, and what becomes of them when processes die.</summary>
public sealed class LoopTests(Database database) : IClassFixture<Database>
{
    private readonly CancellationToken _stop = TestContext.Current.CancellationToken;

    private const int Samples = 8, AllSamples = 24 * Samples;

    [Fact]
    public async Task Sampling_stores_each_text_once_also_when_the_serving_worker_is_killed_and_the_site_restarted()
    {
        await using var host = await LoopHost.StartAsync(database);
        var undisturbed = await SampleAsync(host);
        Assert.Equal(RunState.Succeeded, (await host.OverAsync(undisturbed)).State);
        await using var context = host.Context();
        Assert.Equal(AllSamples, await context.Set<Solution>().CountAsync(s => s.RunId == undisturbed, _stop));

        var run = await SampleAsync(host);
        await LoopHost.UntilAsync(async () => (await host.ReadAsync(run)).ProgressDone > 0);
        var serving = ServingWorkers.Of(host.DataFolder);
        Assert.NotEmpty(serving);
        serving.ForEach(Kill);
        await host.RestartAsync();

        var over = await host.OverAsync(run);
        Assert.True(over.State == RunState.Succeeded, over.Error);
        var texts = await context.Set<Solution>().Where(s => s.RunId == run).OrderBy(s => s.ProblemId).ThenBy(s => s.SampleIndex).ToListAsync(_stop);
        var first = await context.Set<Solution>().Where(s => s.RunId == undisturbed).OrderBy(s => s.ProblemId).ThenBy(s => s.SampleIndex).ToListAsync(_stop);
        Assert.Equal(AllSamples, texts.Count);
        // The same seed: what was cut asks for the very same texts.
        Assert.Equal(first.Select(s => s.Text), texts.Select(s => s.Text));
        Assert.All(texts, s => Assert.NotNull(s.SameTextAsId));
        Assert.Contains(first, s => s.AnswerCheck == AnswerCheck.Right && s.State == SolutionState.Sampled);
        Assert.Contains(first, s => s.AnswerCheck == AnswerCheck.Wrong && s.State == SolutionState.Waiting);
        Assert.All(first, s => Assert.NotNull(s.LogProbabilitySum));
    }

    [Fact]
    public async Task Training_goes_on_after_kills_to_the_same_weights_and_is_evaluated_by_itself()
    {
        await using var host = await LoopHost.StartAsync(database);
        await host.AddPairsAsync();
        var undisturbed = await TrainAsync(host);
        var first = await host.OverAsync(undisturbed);
        Assert.True(first.State == RunState.Succeeded, first.Error);

        var run = await TrainAsync(host);
        var folder = host.Folder(run);
        await LoopHost.UntilAsync(() => Task.FromResult(folder.ReadMetrics().Count >= 3));
        Kill(TrainingLauncher.OwnerOf(folder)!.Value.Pid);
        await LoopHost.UntilAsync(() => Task.FromResult(folder.ReadMetrics().Count >= 6));
        await host.RestartAsync();
        var over = await host.OverAsync(run);
        Assert.True(over.State == RunState.Succeeded, over.Error);

        await using var context = host.Context();
        var models = await context.Set<LanguageModel>().Where(m => m.TrainingRunId == undisturbed || m.TrainingRunId == run).ToListAsync(_stop);
        Assert.Equal(2, models.Count);
        Assert.Equal(models[0].WeightsSha256, models[1].WeightsSha256);
        Assert.NotEqual((await context.Set<LanguageModel>().SingleAsync(m => m.Id == host.ModelId, _stop)).WeightsSha256, models[0].WeightsSha256);
        var metrics = await context.Set<TrainingMetric>().Where(m => m.RunId == run).OrderBy(m => m.Step).ToListAsync(_stop);
        var total = folder.ReadStatus()!.TotalSteps;
        Assert.Equal(Enumerable.Range(1, total), metrics.Select(m => m.Step));
        Assert.True(metrics[^1].Metrics.Loss < metrics[0].Metrics.Loss);

        long? evaluation = null;
        await LoopHost.UntilAsync(async () => (evaluation = await context.Set<Run>().Where(r => r.ParentId == run).Select(r => (long?)r.Id).SingleOrDefaultAsync(_stop)) is not null);
        Assert.Equal(RunState.Succeeded, (await host.OverAsync(evaluation!.Value)).State);
        var accuracy = (await host.Get<EvaluationReports>().AccuracyAsync(Actor.System, evaluation.Value, _stop)).Value;
        Assert.Equal(24, accuracy.Total);
        Assert.InRange(accuracy.Share, accuracy.Low, accuracy.High);
    }

    private static Task<long> SampleAsync(LoopHost host) => ValueAsync(host.Get<SamplingRuns>().QueueAsync(
        Actor.System,
        new SamplingRequest(host.ProjectId, "Errors", host.ModelId) { Options = new SamplingOptions { ProblemIds = [], SamplesPerProblem = Samples, MaxTokens = 100, ProblemsPerRequest = 4, Seed = 7 } }));

    private static Task<long> TrainAsync(LoopHost host) => ValueAsync(host.Get<TrainingRuns>().QueueAsync(
        Actor.System,
        new TrainingRequest(host.ProjectId, "Step-DPO", host.ModelId)
        {
            Options = new TrainingRunOptions
            {
                Training = new TrainingOptions { LearningRate = 1e-4, BatchSize = 4, MicroBatchSize = 4, Epochs = 10, CheckpointEverySteps = 2, ValidateEverySteps = 0, MaxLength = 256, MaxPromptLength = 128 },
                EvaluateAfter = new FollowingEvaluation(Split.Test, MaxTokens: 100),
            },
        }));

    private static async Task<long> ValueAsync(Task<Outcome<long>> outcome) => (await outcome).Value;

    private static void Kill(int pid) => Process.Start("kill", ["-KILL", $"{pid}"]).WaitForExit();
}
