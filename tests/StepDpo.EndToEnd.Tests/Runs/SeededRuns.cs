using System.Globalization;
using System.Text.Json;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Accounts;
using StepDpo.Core.Models;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;
using StepDpo.Core.Training;
using StepDpo.EndToEnd.Tests.Support;

namespace StepDpo.EndToEnd.Tests.Runs;

/// <summary>Runs in several states, as rows and folders; nobody executes them.</summary>
internal sealed class SeededRuns(RealSite site, User lead)
{
    private readonly World _world = new(site.Database);

    /// <summary>The model that all runs use.</summary>
    public LanguageModel Model { get; private set; } = null!;

    public async Task<Run> TrainingAsync(int steps = 134, int done = 88, RunState state = RunState.Running, string? error = null)
    {
        Model ??= await _world.ModelAsync();
        var run = await AddAsync(RunKind.Training, "Round 1", JsonSerializer.Serialize(new TrainingRunOptions(), RunJson.Line), state, done, steps, error: error);
        await site.Database.AddAsync(new Slot { Host = "worker-1", Device = "cpu", RunId = run.Id, TakenAt = Now.AddMinutes(-56), SeenAt = Now });
        await site.Database.AddAsync([.. Enumerable.Range(1, done).Select(step => (object)Metric(run.Id, step, steps))]);
        var folder = new RunFolder(Path.Combine(site.DataFolder, "runs", run.Id.ToString(CultureInfo.InvariantCulture)));
        foreach (var step in Enumerable.Range(1, done / 40).Select(i => i * 40))
        {
            Directory.CreateDirectory(folder.Checkpoint(step));
            await File.WriteAllTextAsync(Path.Combine(folder.Checkpoint(step), RunFolder.ManifestName), "{}");
        }

        Directory.CreateDirectory(folder.Path);
        await File.WriteAllLinesAsync(folder.Log, [.. Enumerable.Range(1, done).Select(step => $"step {step}  loss {Loss(step):0.000}  margin {Margin(step):0.000}  lr 1.6e-07  38.1 s")]);
        await EventAsync(run, RunEventKind.State, "Queued: Round 1.");
        await EventAsync(run, RunEventKind.State, "Started on worker-1.");
        await EventAsync(run, RunEventKind.Warning, "The worker ended with exit code 137; it goes on from step 40.");
        return run;
    }

    public async Task<Run> SamplingAsync(RunState state = RunState.Queued, int done = 0, int total = 200, string? note = null, string name = "Pool, first time", string? error = null)
    {
        Model ??= await _world.ModelAsync();
        return await AddAsync(RunKind.Sampling, name, JsonSerializer.Serialize(new SamplingOptions { ProblemIds = [1, 2, 3] }, RunJson.Line), state, done, total, note, error);
    }

    public async Task StepAsync(Run run, int step, int steps = 134)
    {
        await site.Database.AddAsync(Metric(run.Id, step, steps));
        await site.Database.ExecuteAsync($"UPDATE run SET progress_done = {step} WHERE id = {run.Id}");
        site.Get<RunNotifier>().Tell(new RunChange(run.Id, ByPeople: false));
    }

    private static DateTimeOffset Now { get; } = DateTimeOffset.UtcNow;

    private async Task<Run> AddAsync(RunKind kind, string name, string options, RunState state, int done, int total, string? note = null, string? error = null)
    {
        var isHeld = state is RunState.Running or RunState.Cancelling;
        var run = new Run
        {
            ProjectId = site.Project.Id,
            Kind = kind,
            Name = name,
            RevisionId = site.Revision.Id,
            ModelId = Model.Id,
            Options = options,
            State = state,
            Attempt = state == RunState.Queued ? 0 : 1,
            LeaseOwner = isHeld ? "worker-1/1/1" : null,
            LeaseUntil = isHeld ? Now.AddHours(1) : null,
            HeartbeatAt = isHeld ? Now : null,
            ProgressDone = done,
            ProgressTotal = total,
            ProgressNote = note,
            Error = error,
            CreatedById = lead.Id,
            CreatedAt = Now.AddMinutes(-58),
            StartedAt = state == RunState.Queued ? null : Now.AddMinutes(-56),
            EndedAt = state.IsOver() ? Now.AddMinutes(-2) : null,
        };
        await site.Database.AddAsync(run);
        return run;
    }

    private Task EventAsync(Run run, RunEventKind kind, string message) =>
        site.Database.AddAsync(new RunEvent { RunId = run.Id, Attempt = 1, Kind = kind, Message = message, At = Now.AddMinutes(-50) });

    private static TrainingMetric Metric(long runId, int step, int steps) => new()
    {
        RunId = runId,
        Step = step,
        Metrics = new StepMetrics
        {
            Step = step,
            Epoch = 8.0 * step / steps,
            Loss = Loss(step),
            GradNorm = 1.7 + 0.5 * Math.Sin(step * 1.7),
            LearningRate = 5e-7 * Math.Min(1, step / 14.0) * (1 + Math.Cos(Math.PI * step / steps)) / 2,
            RewardsMargins = Margin(step),
            RewardsAccuracies = Math.Min(1, 0.5 + step / 240.0),
            LogpsChosen = -22 + step / 160.0,
            LogpsRejected = -24 - step / 45.0,
            NumTokens = 35_000,
            StepSeconds = 38.1,
        },
    };

    private static double Loss(int step) => 0.40 + 0.29 * Math.Exp(-step / 30.0) + 0.02 * Math.Sin(step * 2.3);

    private static double Margin(int step) => 1.3 * (1 - Math.Exp(-step / 45.0)) + 0.05 * Math.Sin(step * 1.9);
}
