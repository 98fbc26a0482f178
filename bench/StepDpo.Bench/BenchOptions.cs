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

    /// <summary>Pairs of a forward pass.</summary>
    public required int MicroBatch { get; init; }

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
}
