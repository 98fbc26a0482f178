namespace StepDpo.Engine.Sampling;

/// <summary>How much a sampler does at once.</summary>
public sealed record SamplerOptions
{
    /// <summary>Most rows of a batch: beyond it a step takes longer in proportion.</summary>
    public int MostRows { get; init; } = 512;

    /// <summary>Most bytes that keys and values may take.</summary>
    public long CacheBytes { get; init; } = 1L << 30;

    /// <summary>False: every sample reads its prompt for itself. The plain way, to compare with.</summary>
    public bool SharesPrompts { get; init; } = true;

    /// <summary>Rows of every step of batch-invariant requests, idle ones included. Another number gives other roundings, so it is part of what such a text depends on.</summary>
    public int InvariantRows { get; init; } = 16;
}
