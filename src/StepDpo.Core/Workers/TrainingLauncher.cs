using System.Globalization;
using StepDpo.Contracts.Runs;

namespace StepDpo.Core.Workers;

/// <summary>
/// Starts training workers on this machine and finds those that are running already: a run is known by its folder, so a site
/// that starts again, or another one, watches the living worker on instead of starting a second.
/// </summary>
public sealed class TrainingLauncher(WorkerOptions options)
{
    /// <summary>The process that owns a run's folder, if it lives.</summary>
    public static ProcessIdentity? OwnerOf(RunFolder folder) =>
        folder.ReadLock() is { } owner && new ProcessIdentity(owner.Pid, owner.StartedAt) is { IsAlive: true } identity ? identity : null;

    /// <summary>
    /// The run's living worker, or a new one. One that SIGSTOP holds goes nowhere and is killed first; what it did after its
    /// last checkpoint is done again.
    /// </summary>
    /// <param name="folder">A folder with <c>run.json</c> and <c>pairs.jsonl</c>.</param>
    /// <param name="attempt">Fencing number; the worker refuses a folder that a higher one has owned.</param>
    public async Task<TrainingWorker> StartOrAdoptAsync(RunFolder folder, int attempt)
    {
        if (OwnerOf(folder) is { } owner)
        {
            var living = WorkerProcess.Adopt(owner);
            if (!owner.IsStopped) return new TrainingWorker(living, folder, options);
            await living.KillAsync();
        }

        File.Delete(folder.Stop);
        var command = options.CommandLine("train", folder.Path, "--attempt", attempt.ToString(CultureInfo.InvariantCulture), "--reference", options.ReferenceFolder);
        return new TrainingWorker(WorkerProcess.Start(command, folder.Log, options.Threads), folder, options);
    }
}
