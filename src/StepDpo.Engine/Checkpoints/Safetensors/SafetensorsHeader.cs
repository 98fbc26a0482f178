using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace StepDpo.Engine.Checkpoints.Safetensors;

/// <summary>
/// Reads the header of a safetensors file by all its rules: one JSON object, no key twice, each tensor with exactly a known
/// type, a shape and offsets that agree, data without holes, overlaps or trailing bytes. A file cannot make it allocate more
/// than its own header's size times a small factor. Format: github.com/huggingface/safetensors, README.
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>The format's own limit on the header's bytes.</summary>
    public const int LargestHeader = 100_000_000;

    /// <summary>Ours on the number of tensors; the largest models have a few thousand.</summary>
    public const int MostTensors = 100_000;

    private const int MostDimensions = 8;

    /// <summary>Tensors by name.</summary>
    /// <param name="file">For messages.</param>
    /// <param name="header">The JSON text.</param>
    /// <param name="dataStart">Position of the first data byte in the file.</param>
    /// <param name="fileLength">Length of the file.</param>
    /// <exception cref="InvalidDataException">A rule is broken; the message names file, tensor, found and wanted.</exception>
    public static IReadOnlyDictionary<string, TensorEntry> Parse(string file, ReadOnlySpan<byte> header, long dataStart, long fileLength)
    {
        if (!Utf8.IsValid(header)) throw new InvalidDataException($"{file}: header: found bytes that are not UTF-8");
        if (header.IsEmpty || header[0] != (byte)'{') throw new InvalidDataException($"{file}: header: wanted {{ as its first byte");
        try
        {
            var tensors = ReadTensors(file, header, dataStart, fileLength);
            CheckLayout(file, tensors, dataStart, fileLength);
            return tensors;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape that stands for half a surrogate pair.
            throw new InvalidDataException($"{file}: header: {e.Message}", e);
        }
    }

    private static Dictionary<string, TensorEntry> ReadTensors(string file, ReadOnlySpan<byte> header, long dataStart, long fileLength)
    {
        var cursor = new SafetensorsCursor(file, header);
        var tensors = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        var hasMetadata = false;
        long bytes = 0;
        cursor.Expect(JsonTokenType.StartObject);
        while (cursor.NextKey())
        {
            var name = cursor.Text();
            cursor.Enter(name);
            if (name == "__metadata__")
            {
                if (hasMetadata) throw cursor.Wrong("found twice");
                hasMetadata = true;
                ReadMetadata(ref cursor);
            }
            else
            {
                var entry = ReadTensor(ref cursor, dataStart, fileLength);
                if (!tensors.TryAdd(name, entry)) throw cursor.Wrong("found twice");
                // At once, not when all are known: a small header may lay any number of tensors on the same bytes.
                bytes += entry.Bytes;
                if (bytes > fileLength - dataStart) throw cursor.Wrong($"found {bytes} bytes of tensors up to here in {fileLength - dataStart} bytes of data: an overlap");
                if (tensors.Count > MostTensors) throw new InvalidDataException($"{file}: found more than {MostTensors} tensors");
            }

            cursor.Enter(null);
        }

        cursor.ExpectEnd();
        return tensors;
    }

    private static void ReadMetadata(ref SafetensorsCursor cursor)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        cursor.Expect(JsonTokenType.StartObject);
        while (cursor.NextKey())
        {
            var key = cursor.Text();
            cursor.Field = key;
            if (!keys.Add(key)) throw cursor.Wrong("found twice");
            cursor.Expect(JsonTokenType.String);
        }
    }

    private static TensorEntry ReadTensor(ref SafetensorsCursor cursor, long dataStart, long fileLength)
    {
        (TorchSharp.torch.ScalarType Type, int Bytes)? dtype = null;
        long[]? shape = null;
        (long Begin, long End)? offsets = null;
        cursor.Expect(JsonTokenType.StartObject);
        while (cursor.NextKey())
        {
            if (dtype is null && cursor.TextIs("dtype"u8))
            {
                cursor.Field = "dtype";
                cursor.Expect(JsonTokenType.String);
                var name = cursor.Text();
                dtype = TensorDtype.TryGet(name, out var known) ? known
                    : throw cursor.Wrong($"found {SafetensorsCursor.Shorten(name)}, wanted one of {TensorDtype.Names}");
            }
            else if (shape is null && cursor.TextIs("shape"u8))
            {
                cursor.Field = "shape";
                shape = cursor.WholeNumbers(MostDimensions);
            }
            else if (offsets is null && cursor.TextIs("data_offsets"u8))
            {
                cursor.Field = "data_offsets";
                offsets = cursor.WholeNumbers(2) is [var begin, var end] ? (begin, end) : throw cursor.Wrong("wanted two numbers");
            }
            else
            {
                throw cursor.Wrong($"found {SafetensorsCursor.Shorten(cursor.Text())} unknown or twice, wanted dtype, shape and data_offsets");
            }

            cursor.Field = null;
        }

        if (dtype is not { } type || shape is null || offsets is not { } places) throw cursor.Wrong("wanted dtype, shape and two data_offsets");
        return CheckSize(ref cursor, type, shape, places, dataStart, fileLength);
    }

    private static TensorEntry CheckSize(ref SafetensorsCursor cursor, (TorchSharp.torch.ScalarType Type, int Bytes) dtype, long[] shape, (long Begin, long End) places, long dataStart, long fileLength)
    {
        var (begin, end) = places;
        if (begin > end || end > fileLength - dataStart)
            throw cursor.Wrong($"data_offsets: found {begin} to {end}, wanted places within the {fileLength - dataStart} bytes of data");
        var bytes = SizeOf(shape, dtype.Bytes);
        if (bytes != end - begin)
            throw cursor.Wrong($"found {end - begin} bytes of data, wanted {bytes?.ToString(CultureInfo.InvariantCulture) ?? "more than fit a file"} for {dtype.Type} {TensorEntry.Describe(shape)}");
        return new TensorEntry(dtype.Type, shape, dataStart + begin, end - begin);
    }

    private static long? SizeOf(long[] shape, int size)
    {
        if (shape.Contains(0)) return 0;
        Int128 bytes = size;
        foreach (var dimension in shape)
        {
            bytes *= dimension;
            if (bytes > long.MaxValue) return null;
        }

        return (long)bytes;
    }

    private static void CheckLayout(string file, Dictionary<string, TensorEntry> tensors, long dataStart, long fileLength)
    {
        var inOrder = tensors.ToArray();
        Array.Sort(inOrder, (one, other) => (one.Value.Start, one.Value.Bytes).CompareTo((other.Value.Start, other.Value.Bytes)));
        var place = dataStart;
        foreach (var (name, entry) in inOrder)
        {
            if (entry.Start != place)
                throw new InvalidDataException($"{file}: {SafetensorsCursor.Shorten(name)}: found its data at byte {entry.Start}, wanted {place}: {(entry.Start > place ? "a hole" : "an overlap")}");
            place += entry.Bytes;
        }

        if (place != fileLength) throw new InvalidDataException($"{file}: found {fileLength - place} bytes after the last tensor, wanted none");
    }
}
