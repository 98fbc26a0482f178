using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TorchSharp;

namespace StepDpo.Engine.Checkpoints.Gguf;

/// <summary>
/// An open GGUF file of version 3 (llama.cpp's format) whose header has been checked: no name twice, only known types, data in
/// order without overlaps or holes beyond the alignment's. Format: github.com/ggml-org/ggml, docs/gguf.md.
/// </summary>
internal sealed class GgufFile : IDisposable
{
    private const uint Magic = 0x46554747; // "GGUF", little-endian
    private const uint Version = 3;
    private const int MostTensors = 100_000;
    private const int MostKeys = 100_000;
    private const int MostDimensions = 4;
    private const int DefaultAlignment = 32;
    private const int BlocksARead = 8192;

    private readonly SafeFileHandle _handle;
    private readonly Dictionary<string, object> _metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GgufTensor> _tensors = new(StringComparer.Ordinal);

    private GgufFile(string path, SafeFileHandle handle) => (Path, _handle) = (path, handle);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What it holds.</summary>
    public IReadOnlyDictionary<string, GgufTensor> Tensors => _tensors;

    /// <summary>Opens and checks a file; no tensor is read yet.</summary>
    /// <exception cref="InvalidDataException">It is missing or breaks a rule; the message names file, key or tensor, found and wanted.</exception>
    public static GgufFile Open(string path)
    {
        if (!File.Exists(path)) throw new InvalidDataException($"{path}: found nothing, wanted a GGUF file");
        var file = new GgufFile(path, File.OpenHandle(path));
        try
        {
            file.ReadHeader();
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether the metadata have a key.</summary>
    public bool Has(string key) => _metadata.ContainsKey(key);

    /// <summary>A metadata value that must be there.</summary>
    /// <exception cref="InvalidDataException">It is missing or of another type.</exception>
    public T Get<T>(string key) where T : notnull
    {
        if (!_metadata.TryGetValue(key, out var value)) throw new InvalidDataException($"{Path}: {key}: found nothing, wanted a {typeof(T).Name}");
        return value is T found ? found : throw new InvalidDataException($"{Path}: {key}: found a {value.GetType().Name}, wanted a {typeof(T).Name}");
    }

    /// <summary>A metadata value, or the default if the key is missing.</summary>
    /// <exception cref="InvalidDataException">It is of another type.</exception>
    public T Get<T>(string key, T otherwise) where T : notnull => Has(key) ? Get<T>(key) : otherwise;

    /// <summary>A list that the metadata must have.</summary>
    /// <typeparam name="T">bool, long, float, double or string.</typeparam>
    /// <exception cref="InvalidDataException">It is missing or of another type.</exception>
    public T[] GetList<T>(string key)
    {
        var array = Get<GgufArray>(key);
        using var stream = OpenStream();
        return new GgufCursor(Path, stream).ReadArray<T>(key, array);
    }

    /// <summary>A whole number that the metadata must have, within 32 bits.</summary>
    /// <exception cref="InvalidDataException">It is missing, of another type, negative or too large.</exception>
    public int GetWhole(string key) => Get<long>(key) is >= 0 and <= int.MaxValue and var found
        ? (int)found
        : throw new InvalidDataException($"{Path}: {key}: found {Get<long>(key)}, wanted 0 to {int.MaxValue}");

    /// <summary>Reads a tensor, widened to fp32, to the CPU.</summary>
    /// <exception cref="InvalidDataException">The file ends early because it changed.</exception>
    public torch.Tensor Read(string name)
    {
        var (tensor, where) = (_tensors[name], $"{Path}: {name}");
        var direct = GgufTensor.DtypeOf(tensor.Type);
        using var scope = torch.NewDisposeScope();
        var result = torch.empty(tensor.Shape, dtype: direct ?? torch.ScalarType.Float32);
        if (direct is null) Widen(tensor, result, where);
        else TensorBytes.Read(result, _handle, tensor.Start, where);
        return result.to_type(torch.ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    private FileStream OpenStream() => new(Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 14);

    private void Widen(GgufTensor tensor, torch.Tensor result, string where)
    {
        var size = GgufTensor.BlockOf(tensor.Type)!.Value.Bytes;
        var buffer = new byte[size * BlocksARead];
        var place = tensor.Start;
        TensorBytes.ForEachPart(result, part =>
        {
            var weights = MemoryMarshal.Cast<byte, float>(part);
            while (weights.Length > 0)
            {
                var blocks = Math.Min(BlocksARead, weights.Length / GgufBlocks.Weights);
                TensorBytes.ReadExactly(_handle, buffer.AsSpan(0, blocks * size), place, where);
                GgufBlocks.Widen(tensor.Type, buffer, weights[..(blocks * GgufBlocks.Weights)]);
                place += blocks * size;
                weights = weights[(blocks * GgufBlocks.Weights)..];
            }
        });
    }

    private void ReadHeader()
    {
        using var stream = OpenStream();
        var cursor = new GgufCursor(Path, stream);
        if (cursor.ReadUInt32() is not Magic and var magic) throw cursor.Wrong($"found {magic:x8} as its first bytes, wanted GGUF");
        if (cursor.ReadUInt32() is not Version and var version) throw cursor.Wrong($"found version {version}, wanted {Version}");
        var tensorCount = cursor.ReadCount("number of tensors", 32, MostTensors);
        var keyCount = cursor.ReadCount("number of keys", 13, MostKeys);
        for (var i = 0; i < keyCount; i++)
        {
            var key = cursor.ReadName("a key");
            if (!_metadata.TryAdd(key, cursor.ReadValue(key))) throw cursor.Wrong($"{key}: found twice");
        }

        var alignment = Get<long>("general.alignment", DefaultAlignment);
        if (alignment is < 8 or > 1 << 16 || !BitOperations.IsPow2(alignment)) throw cursor.Wrong($"general.alignment: found {alignment}, wanted a power of 2 from 8 to 65536");
        var entries = new List<(string Name, GgufType Type, long[] Shape, long Bytes, ulong Offset)>();
        for (var i = 0; i < tensorCount; i++) entries.Add(ReadTensor(cursor));
        Place(cursor, entries, Align(cursor.Position, alignment), alignment, stream.Length);
    }

    private static (string Name, GgufType Type, long[] Shape, long Bytes, ulong Offset) ReadTensor(GgufCursor cursor)
    {
        var name = cursor.ReadName("a tensor's name");
        var rank = cursor.ReadUInt32();
        if (rank is < 1 or > MostDimensions) throw cursor.Wrong($"{name}: found {rank} dimensions, wanted 1 to {MostDimensions}");
        var shape = new long[rank];
        Int128 weights = 1;
        // The file gives the innermost dimension first.
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            var size = cursor.ReadUInt64();
            weights *= size;
            if (size == 0 || weights > long.MaxValue) throw cursor.Wrong($"{name}: found a dimension of {size}, wanted 1 and more, and all together less than 2^63");
            shape[i] = (long)size;
        }

        var type = (GgufType)cursor.ReadUInt32();
        var block = GgufTensor.BlockOf(type) ?? throw cursor.Wrong($"{name}: found type {type}, wanted F32, F16, BF16, Q8_0, Q5_0, Q5_1, Q4_0 or Q4_1");
        if (shape[^1] % block.Weights != 0) throw cursor.Wrong($"{name}: found rows of {shape[^1]} weights, wanted a multiple of {block.Weights} for {type}");
        var bytes = weights / block.Weights * block.Bytes;
        if (bytes > long.MaxValue) throw cursor.Wrong($"{name}: found {weights} weights, wanted fewer than a file can hold");
        return (name, type, shape, (long)bytes, cursor.ReadUInt64());
    }

    private void Place(GgufCursor cursor, List<(string Name, GgufType Type, long[] Shape, long Bytes, ulong Offset)> entries, long dataStart, long alignment, long fileLength)
    {
        var place = dataStart;
        foreach (var (name, type, shape, bytes, offset) in entries.OrderBy(entry => entry.Offset))
        {
            var wanted = Align(place, alignment) - dataStart;
            if (offset != (ulong)wanted) throw cursor.Wrong($"{name}: found its data at {offset}, wanted {wanted}: {(offset > (ulong)wanted ? "a hole" : "an overlap")}");
            if (bytes > fileLength - dataStart - wanted) throw cursor.Wrong($"{name}: found {fileLength - dataStart - wanted} bytes of data, wanted {bytes}");
            if (!_tensors.TryAdd(name, new GgufTensor(type, shape, dataStart + wanted, bytes))) throw cursor.Wrong($"{name}: found twice");
            place = dataStart + wanted + bytes;
        }

        if (fileLength > Align(place, alignment)) throw cursor.Wrong($"found {fileLength - place} bytes after the last tensor, wanted fewer than {alignment}");
    }

    private static long Align(long place, long alignment) => (place + alignment - 1) / alignment * alignment;
}
