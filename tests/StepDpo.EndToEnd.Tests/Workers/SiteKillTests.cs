using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Accounts;
using StepDpo.Core.Models;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;
using StepDpo.Core.Training;

namespace StepDpo.EndToEnd.Tests.Workers;

/// <summary>kill -9 of the whole site while it samples and while it trains: the next start goes on by itself, to the same end.</summary>
public sealed class SiteKillTests(Database database) : IClassFixture<Database>
{
    private readonly CancellationToken _stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sampling_goes_on_at_the_next_start_and_no_text_is_lost_or_doubled()
    {
        await using var host = await LoopHost.StartAsync(database, executes: false);
        using var first = SiteProcess.Start(database, host.DataFolder);
        var undisturbed = await SampleAsync(host);
        Assert.Equal(RunState.Succeeded, (await host.OverAsync(undisturbed)).State);

        var run = await SampleAsync(host);
        await LoopHost.UntilAsync(async () => (await host.ReadAsync(run)).ProgressDone > 0);
        first.Kill();
        var killed = await host.ReadAsync(run);
        using var second = SiteProcess.Start(database, host.DataFolder);
        var over = await host.OverAsync(run);

        Assert.Equal(RunState.Running, killed.State);
        Assert.True(over.State == RunState.Succeeded, over.Error);
        Assert.True(over.Attempt > killed.Attempt);
        Assert.Equal(await TextsAsync(host, undisturbed), await TextsAsync(host, run));
    }

    [Fact]
    public async Task Training_goes_on_at_the_next_start_to_the_weights_of_an_undisturbed_run()
    {
        await using var host = await LoopHost.StartAsync(database, executes: false);
        await host.AddPairsAsync();
        using var first = SiteProcess.Start(database, host.DataFolder);
        var undisturbed = await TrainAsync(host);
        Assert.Equal(RunState.Succeeded, (await host.OverAsync(undisturbed)).State);

        var run = await TrainAsync(host);
        var folder = host.Folder(run);
        await LoopHost.UntilAsync(() => Task.FromResult(folder.ReadMetrics().Count >= 3));
        first.Kill();
        using var second = SiteProcess.Start(database, host.DataFolder);
        var over = await host.OverAsync(run);
        Assert.True(over.State == RunState.Succeeded, over.Error);

        await using var context = host.Context();
        var weights = await context.Set<LanguageModel>().Where(m => m.TrainingRunId == undisturbed || m.TrainingRunId == run).Select(m => m.WeightsSha256).ToListAsync(_stop);
        Assert.Equal(2, weights.Count);
        Assert.Equal(weights[0], weights[1]);
        var steps = await context.Set<TrainingMetric>().Where(m => m.RunId == run).OrderBy(m => m.Step).Select(m => m.Step).ToListAsync(_stop);
        Assert.Equal(Enumerable.Range(1, folder.ReadStatus()!.TotalSteps), steps);
        Assert.Equal(steps, folder.ReadMetrics().Select(m => m.Step));
    }

    private async Task<List<string>> TextsAsync(LoopHost host, long run)
    {
        await using var context = host.Context();
        var texts = await context.Set<Solution>().Where(s => s.RunId == run).OrderBy(s => s.ProblemId).ThenBy(s => s.SampleIndex).Select(s => s.Text).ToListAsync(_stop);
        Assert.Equal(48, texts.Count);
        return texts;
    }

    private async Task<long> SampleAsync(LoopHost host) => (await host.Get<SamplingRuns>().QueueAsync(
        Actor.System,
        new SamplingRequest(host.ProjectId, "Errors", host.ModelId) { Options = new SamplingOptions { ProblemIds = [], MaxTokens = 240, ProblemsPerRequest = 2, Seed = 7 } },
        _stop)).Value;

    private async Task<long> TrainAsync(LoopHost host) => (await host.Get<TrainingRuns>().QueueAsync(
        Actor.System,
        new TrainingRequest(host.ProjectId, "Step-DPO", host.ModelId)
        {
            Options = new TrainingRunOptions
            {
                Training = new TrainingOptions { LearningRate = 1e-4, BatchSize = 4, MicroBatchSize = 4, Epochs = 20, CheckpointEverySteps = 2, ValidateEverySteps = 0, MaxLength = 256, MaxPromptLength = 128 },
            },
        },
        _stop)).Value;
}
