namespace StepDpo.Contracts.Runs;

/// <summary>What the worker's exit code says; everything else, and death by a signal, is a crash.</summary>
public static class WorkerExitCode
{
    /// <summary>Done, or stopped on request: <c>status.json</c> says which (<see cref="WorkerState.Succeeded"/>, <see cref="WorkerState.Stopped"/>).</summary>
    public const int Done = 0;

    /// <summary>An unexpected error: a bug, a broken disk. Another attempt goes on from the newest checkpoint and may succeed.</summary>
    public const int Crashed = 1;

    /// <summary>Arguments or files that another attempt would refuse again, or a run that cannot go on; the message says why (<see cref="WorkerState.Failed"/>).</summary>
    public const int BadInput = 2;

    /// <summary>Another worker owns the folder, or a higher attempt has owned it; nothing was written.</summary>
    public const int Owned = 3;
}
