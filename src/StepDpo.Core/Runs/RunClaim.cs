namespace StepDpo.Core.Runs;

/// <summary>A run that this process holds.</summary>
/// <param name="RunId">The run.</param>
/// <param name="ProjectId">Its project.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Attempt">Fencing number: every effect names it, so that an owner who lost the run changes nothing.</param>
public sealed record RunClaim(long RunId, long ProjectId, RunKind Kind, int Attempt);

/// <summary>What a heartbeat brings back.</summary>
public enum RunOrder
{
    /// <summary>Go on.</summary>
    GoOn,

    /// <summary>People ask for a pause.</summary>
    Pause,

    /// <summary>People ask for the end.</summary>
    Cancel,

    /// <summary>The run is another's by now: leave everything as it is.</summary>
    Lost,
}

/// <summary>The run went to another attempt while this one worked; its changes were not made.</summary>
public sealed class ClaimLostException(RunClaim claim)
    : Exception($"run {claim.RunId}: attempt {claim.Attempt} no longer holds it");
