using Microsoft.Win32.SafeHandles;
using TorchSharp;

namespace StepDpo.Engine.Checkpoints;

/// <summary>The memory of a tensor on the CPU.</summary>
internal static class TensorBytes
{
    /// <summary>Does something with a part.</summary>
    public delegate void PartAction(Span<byte> part);

    // A span holds 2 GB at most. A multiple of every quantisation's block.
    private const long LargestPart = 1 << 28;

    /// <summary>Goes through a contiguous CPU tensor's bytes in parts.</summary>
    public static void ForEachPart(torch.Tensor tensor, PartAction action)
    {
        using var scope = torch.NewDisposeScope();
        var flat = tensor.detach().view(-1);
        for (long start = 0; start < flat.numel(); start += LargestPart)
        {
            using var part = flat.narrow(0, start, Math.Min(LargestPart, flat.numel() - start));
            action(part.bytes);
        }
    }

    /// <summary>Fills a contiguous CPU tensor with a file's bytes from a place on.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="file">The file.</param>
    /// <param name="start">Place of the first byte.</param>
    /// <param name="where">For the message: file and tensor.</param>
    /// <exception cref="InvalidDataException">The file ends early.</exception>
    public static void Read(torch.Tensor tensor, SafeFileHandle file, long start, string where) => ForEachPart(tensor, part =>
    {
        ReadExactly(file, part, start, where);
        start += part.Length;
    });

    /// <summary>Fills a span with a file's bytes from a place on.</summary>
    /// <exception cref="InvalidDataException">The file ends early.</exception>
    public static void ReadExactly(SafeFileHandle file, Span<byte> target, long start, string where)
    {
        while (target.Length > 0)
        {
            var read = RandomAccess.Read(file, target, start);
            if (read == 0) throw new InvalidDataException($"{where}: the file ends at byte {start}; it has changed since it was opened");
            target = target[read..];
            start += read;
        }
    }
}
