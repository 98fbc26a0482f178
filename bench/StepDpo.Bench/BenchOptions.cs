using StepDpo.Contracts.Runs;

namespace StepDpo.Bench;

/// <summary>What is measured, and how often.</summary>
internal sealed record BenchOptions
{
    /// <summary>How often each contestant has its turn.</summary>
    public required int Rounds { get; init; }

    /// <summary>Threads of one tensor operation, the same for all.</summary>
    public required int Threads { get; init; }

    /// <summary>Layers of the model.</summary>
    public required int Layers { get; init; }

    /// <summary>Pairs of an optimiser step.</summary>
    public required int Pairs { get; init; }

    /// <summary>Tokens of every pair's prefix; null: between 100 and 400, as GSM8K's are.</summary>
    public required int? Prefix { get; init; }

    /// <summary>Pairs of a forward pass.</summary>
    public required int MicroBatch { get; init; }

    /// <summary>Tokens of a training pass of ours, in place of <see cref="MicroBatch"/>; null: by pairs.</summary>
    public required int? MicroBatchTokens { get; init; }

    /// <summary>Pairs of a forward pass of the baseline; one contestant for each number.</summary>
    public required int[] BaselineMicroBatches { get; init; }

    /// <summary>Where all compute: cpu, cuda, cuda:1.</summary>
    public required string Device { get; init; }

    /// <summary>What weights are in; the baseline trains in bf16 by autocast over fp32 weights.</summary>
    public required Precision Precision { get; init; }

    /// <summary>The device's peak in TFLOP a second, which shares are taken of; null: no share is told.</summary>
    public required double? PeakTeraflops { get; init; }

    /// <summary>Whether our step is also measured without each of its parts.</summary>
    public required bool Ablation { get; init; }

    /// <summary>Prompts to continue.</summary>
    public required int Prompts { get; init; }

    /// <summary>Continuations of each.</summary>
    public required int Samples { get; init; }

    /// <summary>New tokens of each; one measurement for each number.</summary>
    public required int[] NewTokens { get; init; }

    /// <summary>A Python with PyTorch; null where there is none.</summary>
    public required string? Python { get; init; }

    /// <summary>Results and inputs.</summary>
    public required string Output { get; init; }

    /// <summary>The device in the words of our contestants.</summary>
    public IEnumerable<string> OurPlace() => ["--device", Device, "--precision", $"{Precision}"];

    /// <summary>The device in the words of baseline.py.</summary>
    public IEnumerable<string> BaselinePlace() => ["--device", Device, "--dtype", Precision == Precision.BFloat16 ? "bf16" : "fp32"];
}
