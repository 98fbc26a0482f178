using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Data;
using StepDpo.Core.Evaluations;
using StepDpo.Core.Models;
using StepDpo.Core.Problems;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Statistics;
using StepDpo.Core.Training;

namespace StepDpo.Demo;

/// <summary>The whole loop, once: problems in, solutions sampled, first errors marked, rectifications approved, the model trained and measured again.</summary>
public sealed class Loop(
    Team team, OracleAtWork oracle, ProblemImport imports, ModelRegister models, SamplingRuns sampling, RectificationRuns rectifications,
    TrainingRuns training, EvaluationRuns evaluations, EvaluationReports reports, IDbContextFactory<StepDpoContext> contexts)
{
    private const int MaxTokens = 240;

    // The settings that were found for this model (lr 1e-4, beta 2, 4 epochs, batch 32); the paper's are for models a thousand times larger.
    private static readonly TrainingOptions Recipe = new() { LearningRate = 1e-4, Beta = 2, Epochs = 4, BatchSize = 32, MicroBatchSize = 32, CheckpointEverySteps = 40, ValidateEverySteps = 0 };

    /// <summary>Runs the loop and prints what came of each stage.</summary>
    public async Task RunAsync(DemoSize size, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        await team.GatherAsync(cancellationToken);
        var (projectId, admin) = (team.ProjectId, team.Admin);
        var start = await StageAsync("problems and model in", async () =>
        {
            var pool = await ImportAsync("problems-pool.jsonl", size.Problems, Split.Pool, cancellationToken);
            var test = await ImportAsync("problems-heldout.jsonl", size.HeldOut, Split.Test, cancellationToken);
            var id = (await models.RequestAsync(admin, "nano-arithmetic", Path.Combine(AppContext.BaseDirectory, "nano-arithmetic"), cancellationToken)).Value;
            await ReadyAsync(id, cancellationToken);
            return (id, $"{pool} to sample, {test} held out");
        });

        var before = await StageAsync("accuracy before", () => EvaluateAsync("before", start, size.Seed, cancellationToken));
        await StageAsync("sampling, 3 solutions a problem", async () =>
        {
            var run = await sampling.QueueAsync(admin, new SamplingRequest(projectId, "first round", start)
            {
                Options = new SamplingOptions { ProblemIds = [], SamplesPerProblem = 3, MaxTokens = MaxTokens, ProblemsPerRequest = 170, Seed = size.Seed },
            }, cancellationToken);
            await EndedAsync(run.Value, cancellationToken);
            return (run.Value, await CountAsync<Solution>(cancellationToken) + " solutions");
        });

        await StageAsync("first errors marked (oracle)", async () =>
        {
            var (marked, unjudged) = await oracle.AnnotateAsync(team.Annotators, projectId, cancellationToken);
            return (marked, $"{marked} marked, {unjudged} that stop early");
        });
        await StageAsync("rectification, up to 20 a prefix", async () =>
        {
            var run = await rectifications.QueueAsync(admin, new RectificationRequest(projectId, "first round", start)
            {
                Options = new RectificationOptions { PrefixIds = [], ContinuationsPerPrefix = 20, ContinuationsPerRequest = 5, PrefixesAtOnce = 64, EnoughCandidates = 2, MaxTokens = MaxTokens, Seed = size.Seed },
            }, cancellationToken);
            await EndedAsync(run.Value, cancellationToken);
            return (run.Value, await CountAsync<Continuation>(cancellationToken) + " continuations");
        });
        await StageAsync("review (oracle)", async () =>
        {
            var (approved, rejected) = await oracle.ReviewAsync(team.Reviewers, projectId, cancellationToken);
            return (approved, $"{approved} pairs approved, {rejected} wrong steps behind right answers rejected");
        });

        var trained = await StageAsync("training, Step-DPO", async () =>
        {
            var run = await training.QueueAsync(admin, new TrainingRequest(projectId, "first round", start)
            {
                Options = new TrainingRunOptions { Training = Recipe with { Seed = size.Seed } },
            }, cancellationToken);
            await EndedAsync(run.Value, cancellationToken);
            return (await ModelOfAsync(run.Value, cancellationToken), await LastMarginAsync(run.Value, cancellationToken));
        });
        var after = await StageAsync("accuracy after", () => EvaluateAsync("after", trained, size.Seed, cancellationToken));

        var comparison = (await reports.CompareAsync(admin, before, after, cancellationToken)).Value;
        Console.WriteLine();
        Console.WriteLine($"accuracy before  {Words(comparison.Before)}");
        Console.WriteLine($"accuracy after   {Words(comparison.After)}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"gained {comparison.Changed.Count(c => c.Gained)}, lost {comparison.Changed.Count(c => !c.Gained)}, p = {comparison.PValue:G2} (McNemar); {clock.Elapsed.TotalSeconds:F0} s in all"));
    }

    private static async Task<T> StageAsync<T>(string name, Func<Task<(T Result, string Words)>> stage)
    {
        var clock = Stopwatch.StartNew();
        Console.Write($"{name,-36}");
        var (result, words) = await stage();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds,6:F1} s   {words}"));
        return result;
    }

    private async Task<int> ImportAsync(string file, int most, Split split, CancellationToken cancellationToken)
    {
        var lines = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "nano-arithmetic", file)).Take(most);
        var content = System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines));
        return (await imports.ImportAsync(team.Admin, team.ProjectId, new ImportFile(content, "nano-arithmetic", Split: split), cancellationToken)).Value.Added;
    }

    private async Task<(long Run, string Words)> EvaluateAsync(string name, long modelId, long seed, CancellationToken cancellationToken)
    {
        var run = await evaluations.QueueAsync(team.Admin, new EvaluationRequest(team.ProjectId, name, modelId)
        {
            Options = new EvaluationOptions { ProblemIds = [], Split = Split.Test, MaxTokens = MaxTokens, ProblemsPerRequest = 256, Seed = seed },
        }, cancellationToken);
        await EndedAsync(run.Value, cancellationToken);
        return (run.Value, Words((await reports.AccuracyAsync(team.Admin, run.Value, cancellationToken)).Value));
    }

    private async Task ReadyAsync(long modelId, CancellationToken cancellationToken) => await PollAsync(async context =>
    {
        var model = await context.Set<LanguageModel>().AsNoTracking().SingleAsync(m => m.Id == modelId, cancellationToken);
        return model.State switch
        {
            ModelState.Ready => true,
            ModelState.Failed => throw new InvalidOperationException($"the model was refused: {model.Error}"),
            ModelState.Requested => false,
            var other => throw new InvalidOperationException($"model state {other} is unknown"),
        };
    }, cancellationToken);

    private async Task EndedAsync(long runId, CancellationToken cancellationToken) => await PollAsync(async context =>
    {
        var run = await context.Set<Run>().AsNoTracking().SingleAsync(r => r.Id == runId, cancellationToken);
        return run.State switch
        {
            RunState.Succeeded => true,
            RunState.Failed or RunState.Cancelled => throw new InvalidOperationException($"the run {run.Name} ({run.Kind}) ended as {run.State}: {run.Error}"),
            RunState.Queued or RunState.Running or RunState.Paused or RunState.Cancelling => false,
            var other => throw new InvalidOperationException($"run state {other} is unknown"),
        };
    }, cancellationToken);

    private async Task PollAsync(Func<StepDpoContext, Task<bool>> done, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        do
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            if (await done(context)) return;
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task<int> CountAsync<T>(CancellationToken cancellationToken) where T : class
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Set<T>().CountAsync(cancellationToken);
    }

    private async Task<long> ModelOfAsync(long runId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Set<LanguageModel>().Where(m => m.TrainingRunId == runId).OrderByDescending(m => m.TrainingStep).Select(m => m.Id).FirstAsync(cancellationToken);
    }

    private async Task<string> LastMarginAsync(long runId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var last = (await context.Set<TrainingMetric>().AsNoTracking().Where(m => m.RunId == runId).OrderByDescending(m => m.Step).Take(10).ToListAsync(cancellationToken))
            .Select(m => m.Metrics).ToList();
        return string.Create(CultureInfo.InvariantCulture,
            $"last 10 steps: loss {last.Average(m => m.Loss):F3}, margin {last.Average(m => m.RewardsMargins):F2}, reward accuracy {last.Average(m => m.RewardsAccuracies):F3}");
    }

    private static string Words(Proportion accuracy) => string.Create(CultureInfo.InvariantCulture,
        $"{100 * accuracy.Share:F1} % of {accuracy.Total} (95 % interval {100 * accuracy.Low:F1} to {100 * accuracy.High:F1})");
}
