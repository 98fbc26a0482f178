namespace StepDpo.Engine.Scoring;

/// <summary>The parts of the fast pass, each to be switched off for a measurement. All of them leave the numbers as they are.</summary>
public sealed record TreePassOptions
{
    /// <summary>A pair's common tokens are read once; else each side is read by itself.</summary>
    public bool SharePrefix { get; init; } = true;

    /// <summary>The last layer leaves out what nobody reads.</summary>
    public bool TrimLastLayer { get; init; } = true;

    /// <summary>Rows whose logits exist at the same time.</summary>
    public int ChunkRows { get; init; } = 512;

    /// <summary>Layers whose activations exist at the same time; the others' are computed again in the backward pass. All: none is computed twice.</summary>
    public int SegmentLayers { get; init; } = int.MaxValue;

    /// <summary>Room for softmaxes that are kept from the forward to the backward pass; what exceeds it is computed again.</summary>
    public long KeptSoftmaxBytes { get; init; } = 1L << 30;
}
