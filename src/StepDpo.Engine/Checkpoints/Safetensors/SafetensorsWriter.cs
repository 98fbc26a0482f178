using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;

namespace StepDpo.Engine.Checkpoints.Safetensors;

/// <summary>Writes safetensors files, byte for byte as the safetensors project's own writer, and atomically: the old file or the new one is there, never a part.</summary>
public static class SafetensorsWriter
{
    // Data that start at a multiple of 8 can be mapped as any type.
    private const int Alignment = 8;

    /// <summary>Writes tensors in their own types.</summary>
    /// <param name="path">The file; an old one is replaced at the end.</param>
    /// <param name="tensors">Names and tensors, on any device; brought to the CPU one at a time.</param>
    /// <param name="metadata">Texts for the header; null: what Hugging Face writes, <c>format: pt</c>.</param>
    public static void Write(string path, IEnumerable<(string Name, torch.Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        Write(path, [.. tensors.Select(item => PendingTensor.Of(item.Name, item.Tensor))], metadata);

    /// <summary>The same with tensors that are made one at a time, so that a model larger than memory can be written.</summary>
    internal static void Write(string path, IReadOnlyList<PendingTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        tensors = [.. InFileOrder(tensors)];
        var header = WriteHeader(tensors, metadata ?? new Dictionary<string, string> { ["format"] = "pt" });
        DurableFile.Write(path, stream =>
        {
            Span<byte> size = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(size, header.Length);
            stream.Write(size);
            stream.Write(header);
            foreach (var tensor in tensors) WriteData(stream, tensor);
        });
    }

    // As the safetensors project's own writer: wide types first, so that every tensor starts at a multiple of its own, then by name.
    private static IEnumerable<PendingTensor> InFileOrder(IReadOnlyList<PendingTensor> tensors) =>
        tensors.OrderByDescending(tensor => TensorDtype.SizeOf(tensor.Dtype)).ThenBy(tensor => tensor.Name, StringComparer.Ordinal);

    private static byte[] WriteHeader(IReadOnlyList<PendingTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            foreach (var (key, text) in metadata) json.WriteString(key, text);
            json.WriteEndObject();
            long place = 0;
            foreach (var tensor in tensors)
            {
                var end = place + tensor.Bytes;
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", TensorDtype.NameOf(tensor.Dtype));
                WriteNumbers(json, "shape", tensor.Shape);
                WriteNumbers(json, "data_offsets", [place, end]);
                json.WriteEndObject();
                place = end;
            }

            json.WriteEndObject();
        }

        while (buffer.Length % Alignment != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string key, long[] numbers)
    {
        json.WriteStartArray(key);
        foreach (var number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private static void WriteData(Stream stream, PendingTensor pending)
    {
        using var scope = torch.NewDisposeScope();
        var tensor = pending.Make().detach().cpu().contiguous();
        if (tensor.dtype != pending.Dtype || !tensor.shape.AsSpan().SequenceEqual(pending.Shape))
            throw new InvalidOperationException($"{pending.Name}: made as {tensor.dtype} {TensorEntry.Describe(tensor.shape)}, announced as {pending.Dtype} {TensorEntry.Describe(pending.Shape)}");
        TensorBytes.ForEachPart(tensor, part => stream.Write(part));
    }
}
