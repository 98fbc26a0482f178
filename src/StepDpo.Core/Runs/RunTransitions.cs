namespace StepDpo.Core.Runs;

/// <summary>The moves between a run's states that exist, drawn in <c>docs/state-machines.md</c>. Every UPDATE of a state names the states it may start from.</summary>
public static class RunTransitions
{
    /// <summary>The states that a run may go to this one from.</summary>
    public static IReadOnlyList<RunState> Into(RunState state) => state switch
    {
        RunState.Queued => [RunState.Running, RunState.Paused, RunState.Failed, RunState.Cancelled],
        RunState.Running => [RunState.Queued, RunState.Running],
        RunState.Paused => [RunState.Queued, RunState.Running],
        RunState.Cancelling => [RunState.Running, RunState.Cancelling],
        RunState.Succeeded => [RunState.Running],
        RunState.Failed => [RunState.Running, RunState.Cancelling],
        RunState.Cancelled => [RunState.Queued, RunState.Paused, RunState.Cancelling],
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    /// <summary>Whether a run in this state is over, unless somebody retries it.</summary>
    public static bool IsOver(this RunState state) => state is RunState.Succeeded or RunState.Failed or RunState.Cancelled;
}
