using StepDpo.Contracts.Runs;

namespace StepDpo.Core.Training;

/// <summary>What a training run will ask of a machine, reckoned from sizes alone, in 32 bits.</summary>
/// <param name="Steps">Optimiser steps.</param>
/// <param name="MemoryBytes">Weights, and where all of them train gradients and Adam's two moments; what the texts and an adapter need comes on top.</param>
/// <param name="DiskBytes">Two resumable checkpoints, a third while it is written, and the best weights.</param>
public sealed record TrainingNeeds(int Steps, long MemoryBytes, long DiskBytes)
{
    private const int BytesPerNumber = 4;

    /// <summary>Reckons.</summary>
    /// <param name="pairs">Number of pairs.</param>
    /// <param name="options">The run's options.</param>
    /// <param name="parameters">Number of weights; 0 where unknown.</param>
    public static TrainingNeeds Of(int pairs, TrainingOptions options, long parameters)
    {
        var stepsAnEpoch = (pairs + (long)options.BatchSize - 1) / Math.Max(1, options.BatchSize);
        return new TrainingNeeds(
            (int)Math.Min(int.MaxValue, stepsAnEpoch * options.Epochs),
            (options.Lora is null ? 4 : 1) * BytesPerNumber * parameters,
            (options.Lora is null ? 3 * 3 + 1 : 3 + 1) * BytesPerNumber * parameters);
    }
}
