using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace StepDpo.Engine.Checkpoints.Gguf;

/// <summary>
/// Widens quantised blocks to fp32. d and m are widened first; d * q is then exact in fp32, so the values are the same bits on
/// every machine.
/// </summary>
internal static class GgufBlocks
{
    /// <summary>Weights of a block, of all types here.</summary>
    public const int Weights = 32;

    private const int Half = Weights / 2;

    /// <summary>Widens whole blocks.</summary>
    /// <param name="type">A type with blocks.</param>
    /// <param name="blocks">The file's bytes.</param>
    /// <param name="weights">32 for each block.</param>
    public static void Widen(GgufType type, ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        var bytes = GgufTensor.BlockOf(type)!.Value.Bytes;
        for (var block = 0; block < weights.Length / Weights; block++)
        {
            var source = blocks.Slice(block * bytes, bytes);
            var target = weights.Slice(block * Weights, Weights);
            var scale = (float)BinaryPrimitives.ReadHalfLittleEndian(source);
            switch (type)
            {
                case GgufType.Q8_0:
                    WidenBytes(MemoryMarshal.Cast<byte, sbyte>(source[2..]), scale, target);
                    break;
                case GgufType.Q4_0:
                    WidenNibbles(source[2..], scale, target);
                    break;
                case GgufType.Q4_1:
                    WidenNibbles(source[4..], scale, (float)BinaryPrimitives.ReadHalfLittleEndian(source[2..]), target);
                    break;
                case GgufType.Q5_0:
                    WidenFiveBits(source[6..], BinaryPrimitives.ReadUInt32LittleEndian(source[2..]), scale, -16 * scale, target);
                    break;
                case GgufType.Q5_1:
                    WidenFiveBits(source[8..], BinaryPrimitives.ReadUInt32LittleEndian(source[4..]), scale, (float)BinaryPrimitives.ReadHalfLittleEndian(source[2..]), target);
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(type), type, "has no blocks");
            }
        }
    }

    private static void WidenBytes(ReadOnlySpan<sbyte> source, float scale, Span<float> target)
    {
        for (var i = 0; i < Weights; i++) target[i] = scale * source[i];
    }

    // Byte j holds weight j in its low nibble and weight j + 16 in its high one.
    private static void WidenNibbles(ReadOnlySpan<byte> source, float scale, Span<float> target)
    {
        for (var i = 0; i < Half; i++)
        {
            target[i] = scale * ((source[i] & 15) - 8);
            target[i + Half] = scale * ((source[i] >> 4) - 8);
        }
    }

    private static void WidenNibbles(ReadOnlySpan<byte> source, float scale, float offset, Span<float> target)
    {
        for (var i = 0; i < Half; i++)
        {
            target[i] = scale * (source[i] & 15) + offset;
            target[i + Half] = scale * (source[i] >> 4) + offset;
        }
    }

    // The nibbles as above; bit j of the mask is the fifth of weight j.
    private static void WidenFiveBits(ReadOnlySpan<byte> source, uint fifth, float scale, float offset, Span<float> target)
    {
        for (var i = 0; i < Half; i++)
        {
            target[i] = scale * (source[i] & 15 | (int)(fifth >> i & 1) << 4) + offset;
            target[i + Half] = scale * (source[i] >> 4 | (int)(fifth >> (i + Half) & 1) << 4) + offset;
        }
    }
}
