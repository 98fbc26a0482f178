using StepDpo.Contracts.Runs;

namespace StepDpo.Core.Workers;

/// <summary>A training worker that runs, ours or adopted. Leaving it (dispose) does not end it.</summary>
public sealed class TrainingWorker(WorkerProcess process, RunFolder folder, WorkerOptions options) : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    /// <summary>The process.</summary>
    public WorkerProcess Process { get; } = process;

    /// <summary>Watches it until it ends.</summary>
    /// <param name="onProgress">Called at most four times a second, when the folder's status or metrics were written.</param>
    /// <param name="leave">Ends the watching; the worker goes on.</param>
    /// <returns>How it ended.</returns>
    public async Task<WorkerEnd> WatchAsync(Func<Task> onProgress, CancellationToken leave)
    {
        var seen = DateTime.MinValue;
        var heard = DateTime.UtcNow;
        var ended = Process.WaitForEndAsync(Poll, leave);
        while (await Task.WhenAny(ended, Task.Delay(Poll, leave)) != ended)
        {
            leave.ThrowIfCancellationRequested();
            if (LastWrite() is var written && written != seen)
            {
                (seen, heard) = (written, DateTime.UtcNow);
                await onProgress();
            }
            else if (DateTime.UtcNow - heard > options.SilenceLimit)
            {
                await Process.KillAsync();
            }
        }

        await ended;
        await onProgress();
        // A status of an earlier process says nothing about this one.
        return new WorkerEnd(Process.ExitCode, folder.ReadStatus() is { } status && status.Pid == Process.Identity.Pid ? status : null);
    }

    /// <summary>
    /// Asks for a checkpoint and the end. A worker that has not ended after <see cref="WorkerOptions.StopGrace"/> is killed and
    /// goes on from its last checkpoint the next time.
    /// </summary>
    public async Task StopAsync()
    {
        await File.WriteAllBytesAsync(folder.Stop, []);
        Process.AskToEnd();
        using var grace = new CancellationTokenSource(options.StopGrace);
        try
        {
            await Process.WaitForEndAsync(Poll, grace.Token);
        }
        catch (OperationCanceledException)
        {
            await Process.KillAsync();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Process.Dispose();

    private DateTime LastWrite()
    {
        var (status, metrics) = (File.GetLastWriteTimeUtc(folder.Status), File.GetLastWriteTimeUtc(folder.Metrics));
        return status > metrics ? status : metrics;
    }
}

/// <summary>How a training worker ended.</summary>
/// <param name="ExitCode">Its exit code; null where it was adopted.</param>
/// <param name="Status">Its last word; null where it never got to write one.</param>
public sealed record WorkerEnd(int? ExitCode, WorkerStatus? Status)
{
    /// <summary>Whether the final checkpoint is published.</summary>
    public bool Succeeded => Status?.State == WorkerState.Succeeded;

    /// <summary>Whether it stopped on request and can go on from its checkpoint.</summary>
    public bool Stopped => Status?.State == WorkerState.Stopped;

    /// <summary>Whether starting it again is pointless.</summary>
    public bool IsFinal => ExitCode == WorkerExitCode.BadInput || Status?.State is WorkerState.Failed or WorkerState.Succeeded;

    /// <summary>What people read: why it ended, and the last lines of its log.</summary>
    public string Explain(RunFolder folder)
    {
        var why = Status is { State: WorkerState.Failed, Message: { } message } ? message
            : ExitCode is not { } code ? "The training worker ended without a word."
            : code > 128 ? $"The training worker was ended by signal {code - 128}."
            : $"The training worker ended with exit code {code}.";
        var lines = LogTail.Read(folder.Log);
        return lines.Length == 0 ? why : $"{why}\nLast lines of its log:\n{lines}";
    }
}
