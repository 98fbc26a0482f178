using System.Globalization;
using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Pairs;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Workers;

namespace StepDpo.Core.Training;

/// <summary>
/// Supervises a training worker: writes its folder once, starts or adopts it, mirrors what it writes, starts it again when it
/// dies, and registers the model that it made. The worker outlives this process; only people end it.
/// </summary>
public sealed class TrainingRunHandler(
    IDbContextFactory<StepDpoContext> contexts, PairExports exports, TrainingLauncher launcher, TrainedModels models, WorkerOptions options) : IRunHandler
{
    /// <inheritdoc/>
    public RunKind Kind => RunKind.Training;

    /// <inheritdoc/>
    public async Task<RunResult> ExecuteAsync(RunExecution execution)
    {
        var run = await execution.ReadAsync();
        var folder = new RunFolder(Path.Combine(options.RunsFolder, run.Id.ToString(CultureInfo.InvariantCulture)));
        if (!File.Exists(folder.Description)) await PrepareAsync(run, folder, execution.Stopping);
        while (folder.ReadStatus()?.State != WorkerState.Succeeded)
        {
            var end = await WatchAsync(execution, folder);
            if (end.Succeeded) break;
            // Stopped by a hand on this machine, or refused because another worker owns the folder: it goes on.
            if (end.Stopped || TrainingLauncher.OwnerOf(folder) is not null) continue;
            var reason = end.Explain(folder);
            if (end.IsFinal || await execution.CountFailureAsync(reason) >= RunLoop.MostFailures) throw new RunFailedException(reason);
        }

        await MirrorAsync(execution, folder, new MetricsMirror(contexts, folder, execution.Claim));
        return RunResult.Done($"Trained: {await models.RegisterAsync(execution.Claim, run, folder)}.");
    }

    private async Task<WorkerEnd> WatchAsync(RunExecution execution, RunFolder folder)
    {
        using var worker = await launcher.StartOrAdoptAsync(folder, execution.Claim.Attempt);
        await execution.NoteAsync(RunEventKind.Note, worker.Process.Adopted
            ? $"Watches the living worker, process {worker.Process.Identity.Pid}."
            : $"Started a worker, process {worker.Process.Identity.Pid}.");
        var mirror = new MetricsMirror(contexts, folder, execution.Claim);
        try
        {
            return await worker.WatchAsync(() => MirrorAsync(execution, folder, mirror), execution.Stopping);
        }
        catch (OperationCanceledException) when (execution.Order is RunOrder.Pause or RunOrder.Cancel)
        {
            await worker.StopAsync();
            await MirrorAsync(execution, folder, mirror);
            throw;
        }
    }

    private static async Task MirrorAsync(RunExecution execution, RunFolder folder, MetricsMirror mirror)
    {
        await mirror.CopyAsync(CancellationToken.None);
        if (folder.ReadStatus() is { } status) await execution.ReportAsync(status.Step, status.TotalSteps, status.Message);
    }

    // run.json last: with it the folder is whole.
    private async Task PrepareAsync(Run run, RunFolder folder, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var input = await context.Set<TrainingInput>().SingleAsync(i => i.RunId == run.Id, cancellationToken);
        var model = await context.Set<LanguageModel>().SingleAsync(m => m.Id == run.ModelId, cancellationToken);
        var settings = await context.Set<ProjectRevision>().Where(r => r.Id == run.RevisionId).Select(r => r.Settings).SingleAsync(cancellationToken);
        Directory.CreateDirectory(folder.Path);
        var pairs = await WriteAsync(input.ExportId, folder.Pairs, cancellationToken);
        if (input.ValidationExportId is { } held) await WriteAsync(held, folder.Validation, cancellationToken);
        RunFolder.WriteAtomically(folder.Description, new RunDescription
        {
            Name = run.Name,
            ModelFolder = model.Folder!,
            ModelSha256 = model.WeightsSha256,
            PairsSha256 = pairs.Sha256,
            Template = settings.Template,
            Options = RunExecution.Options<TrainingRunOptions>(run).Training,
        });
    }

    private async Task<Export> WriteAsync(long exportId, string file, CancellationToken cancellationToken)
    {
        await using var stream = File.Create(file);
        return (await exports.WriteAsync(Actor.System, exportId, stream, cancellationToken)).Value;
    }
}
