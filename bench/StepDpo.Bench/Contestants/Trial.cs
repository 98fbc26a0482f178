using System.Text.Json;

namespace StepDpo.Bench.Contestants;

/// <summary>What a contestant's process prints: baseline.py's names.</summary>
internal sealed record Trial
{
    /// <summary>Its one line of JSON, in either program.</summary>
    public static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Seconds by the clock, of each repetition.</summary>
    public double[] Seconds { get; init; } = [];

    /// <summary>Seconds of processor time of the process: what a busy machine disturbs less.</summary>
    public double[] CpuSeconds { get; init; } = [];

    /// <summary>Losses of the timed steps.</summary>
    public double[]? Losses { get; init; }

    /// <summary>Largest resident memory during the timed part.</summary>
    public long? PeakBytes { get; init; }

    /// <summary>Resident memory before a model was there.</summary>
    public long? BaseBytes { get; init; }

    /// <summary>Weights, gradients, moments and the reference model, by arithmetic.</summary>
    public long? StateBytes { get; init; }

    /// <summary>Floating-point operations that one repetition needs (<see cref="StepWork"/>).</summary>
    public double? Operations { get; init; }

    /// <summary>Tokens sampled, or bytes encoded.</summary>
    public double? Tokens { get; init; }

    /// <summary>Largest difference from what the baseline computes.</summary>
    public double? Difference { get; init; }

    /// <summary>Seconds of processor time of the reference pass, which a run takes once.</summary>
    public double? ReferenceCpuSeconds { get; init; }

    /// <summary>What logits and activations took: the peak without the process and the state.</summary>
    public long? ActivationBytes => PeakBytes - BaseBytes - StateBytes;
}
