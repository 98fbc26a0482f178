using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using TorchSharp;

namespace StepDpo.Engine.Checkpoints.Safetensors;

/// <summary>
/// An open safetensors file whose header has been checked by every rule. Bytes go straight from the file into a tensor's memory;
/// the file is read, not mapped, because a mapped file that someone cuts short kills the process.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private readonly SafeFileHandle _handle;

    private SafetensorsFile(string path, SafeFileHandle handle, IReadOnlyDictionary<string, TensorEntry> tensors) =>
        (Path, _handle, Tensors) = (path, handle, tensors);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What it holds.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>Opens and checks a file; no tensor is read yet.</summary>
    /// <exception cref="InvalidDataException">It is missing or breaks a rule; the message names file, tensor, found and wanted.</exception>
    public static SafetensorsFile Open(string path)
    {
        if (!File.Exists(path)) throw new InvalidDataException($"{path}: found nothing, wanted a safetensors file");
        var handle = File.OpenHandle(path);
        try
        {
            var length = RandomAccess.GetLength(handle);
            var header = ReadHeader(path, handle, length);
            return new SafetensorsFile(path, handle, SafetensorsHeader.Parse(path, header, 8 + header.Length, length));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads a tensor as it is, to the CPU.</summary>
    /// <exception cref="InvalidDataException">The file has no such tensor, or ends early because it changed.</exception>
    public torch.Tensor Read(string name)
    {
        var entry = Find(name);
        var tensor = torch.empty([.. entry.Shape], dtype: entry.Dtype);
        ReadBytes(name, entry, tensor);
        return tensor;
    }

    /// <summary>Reads a tensor into another of the same shape, which may have another type and device.</summary>
    /// <exception cref="InvalidDataException">The file has no such tensor, or ends early because it changed.</exception>
    public void ReadInto(string name, torch.Tensor target)
    {
        var entry = Find(name);
        using var noGrad = torch.no_grad();
        if (entry.Dtype == target.dtype && target.device_type == DeviceType.CPU && target.is_contiguous())
        {
            ReadBytes(name, entry, target);
            return;
        }

        using var asStored = Read(name);
        target.copy_(asStored);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    private static byte[] ReadHeader(string path, SafeFileHandle handle, long length)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (length < prefix.Length || RandomAccess.Read(handle, prefix, 0) != prefix.Length)
            throw new InvalidDataException($"{path}: found {length} bytes, wanted at least 8");
        var size = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (size > SafetensorsHeader.LargestHeader) throw new InvalidDataException($"{path}: found a header of {size} bytes, wanted at most {SafetensorsHeader.LargestHeader}");
        if (size > (ulong)length - 8) throw new InvalidDataException($"{path}: found a header of {size} bytes, wanted at most the file's {length - 8}");
        var header = new byte[(int)size];
        return RandomAccess.Read(handle, header, 8) == header.Length ? header : throw new InvalidDataException($"{path}: ends within its header");
    }

    private TensorEntry Find(string name) =>
        Tensors.TryGetValue(name, out var entry) ? entry : throw new InvalidDataException($"{Path}: {name}: found nothing, wanted a tensor");

    private void ReadBytes(string name, TensorEntry entry, torch.Tensor target) =>
        TensorBytes.Read(target, _handle, entry.Start, $"{Path}: {name}");
}
