using System.Diagnostics;
using StepDpo.Contracts.Runs;

namespace StepDpo.Worker.Training;

/// <summary>Writes <c>status.json</c>.</summary>
internal sealed class StatusFile(RunFolder folder, int attempt)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly Stopwatch _sinceProgress = new();
    private (int Step, int Total) _place;

    /// <summary>What an earlier attempt, or this one, wrote last.</summary>
    public WorkerStatus? Last => folder.ReadStatus();

    /// <summary>Writes a state at once.</summary>
    public void Write(WorkerState state, string? message = null) => RunFolder.WriteAtomically(folder.Status, new WorkerStatus
    {
        State = state,
        Attempt = attempt,
        Pid = Environment.ProcessId,
        Step = _place.Step,
        TotalSteps = _place.Total,
        Message = message,
        At = DateTimeOffset.UtcNow,
    });

    /// <summary>Notes steps done, and writes them at most once a second: the file goes to disk each time, steps can be short.</summary>
    public void Progress(int step, int total)
    {
        _place = (step, total);
        if (_sinceProgress.IsRunning && _sinceProgress.Elapsed < Pause) return;
        _sinceProgress.Restart();
        Write(WorkerState.Running);
    }
}
