using StepDpo.Contracts.Runs;

namespace StepDpo.Engine.Checkpoints;

/// <summary>
/// <c>trainer.json</c> of a checkpoint: where training goes on. The place within the epoch follows from the step, the order of
/// the pairs from seed and epoch; there is no dropout, so no other randomness exists.
/// </summary>
internal sealed record TrainerState
{
    /// <summary>Optimiser steps done.</summary>
    public required int Step { get; init; }

    /// <summary>Optimiser steps of the whole run, on which the learning rate depends.</summary>
    public required int TotalSteps { get; init; }

    /// <summary>Seed of the pairs' order.</summary>
    public required long Seed { get; init; }

    /// <summary>The pairs that were trained on.</summary>
    public required string PairsSha256 { get; init; }

    /// <summary>What the weights are in. Checkpoints before there was a choice do not say it: fp32.</summary>
    public Precision Precision { get; init; }
}

/// <summary>The disk has no room for the checkpoints of a run.</summary>
public sealed class NoRoomException(string message) : IOException(message);
