using TorchSharp;

namespace StepDpo.Engine.Checkpoints.Gguf;

/// <summary>Where a tensor lies in a GGUF file.</summary>
/// <param name="Type">How it is stored.</param>
/// <param name="Shape">Its dimensions, outermost first: the file's order turned round.</param>
/// <param name="Start">Place of its first byte, from the start of the file.</param>
/// <param name="Bytes">Number of its bytes.</param>
internal sealed record GgufTensor(GgufType Type, long[] Shape, long Start, long Bytes)
{
    /// <summary>Weights of a block, and its bytes.</summary>
    public static (int Weights, int Bytes)? BlockOf(GgufType type) => type switch
    {
        GgufType.F32 => (1, 4),
        GgufType.F16 or GgufType.BF16 => (1, 2),
        GgufType.Q4_0 => (32, 18),
        GgufType.Q4_1 => (32, 20),
        GgufType.Q5_0 => (32, 22),
        GgufType.Q5_1 => (32, 24),
        GgufType.Q8_0 => (32, 34),
        _ => null,
    };

    /// <summary>The torch type with the same bytes; null for blocks.</summary>
    public static torch.ScalarType? DtypeOf(GgufType type) => type switch
    {
        GgufType.F32 => torch.ScalarType.Float32,
        GgufType.F16 => torch.ScalarType.Float16,
        GgufType.BF16 => torch.ScalarType.BFloat16,
        GgufType.Q4_0 or GgufType.Q4_1 or GgufType.Q5_0 or GgufType.Q5_1 or GgufType.Q8_0 => null,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "unknown"),
    };
}
