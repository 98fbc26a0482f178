using System.Text;
using StepDpo.Engine.Checkpoints.Gguf;

namespace StepDpo.Engine.Tests.Importing;

/// <summary>Writes GGUF files, good ones and ones that lie.</summary>
internal sealed class GgufBuilder
{
    private readonly List<(string Key, object Value)> _keys = [];
    private readonly List<(string Name, GgufType Type, ulong[] Shape, byte[] Data, ulong? Offset)> _tensors = [];

    public uint Magic { get; init; } = 0x46554747;

    public uint Version { get; init; } = 3;

    public ulong? TensorCount { get; init; }

    public ulong? KeyCount { get; init; }

    public int TrailingBytes { get; init; }

    public GgufBuilder Key(string key, object value)
    {
        _keys.Add((key, value));
        return this;
    }

    /// <summary>The shape outermost first; the offset is the right one unless given.</summary>
    public GgufBuilder Tensor(string name, GgufType type, ulong[] shape, byte[] data, ulong? offset = null)
    {
        _tensors.Add((name, type, shape, data, offset));
        return this;
    }

    public byte[] Build(int alignment = 32)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(TensorCount ?? (ulong)_tensors.Count);
        writer.Write(KeyCount ?? (ulong)_keys.Count);
        foreach (var (key, value) in _keys)
        {
            Write(writer, key);
            WriteValue(writer, value, withType: true);
        }

        ulong place = 0;
        foreach (var (name, type, shape, data, offset) in _tensors)
        {
            Write(writer, name);
            writer.Write((uint)shape.Length);
            foreach (var size in shape.Reverse()) writer.Write(size);
            writer.Write((uint)type);
            writer.Write(offset ?? place);
            place += (ulong)(data.Length + alignment - 1) / (ulong)alignment * (ulong)alignment;
        }

        foreach (var (_, _, _, data, _) in _tensors)
        {
            Pad(stream, alignment);
            writer.Write(data);
        }

        writer.Write(new byte[TrailingBytes]);
        return stream.ToArray();
    }

    private static void Pad(Stream stream, int alignment)
    {
        while (stream.Position % alignment != 0) stream.WriteByte(0);
    }

    private static void Write(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static uint TypeOf(object value) => value switch
    {
        byte => 0,
        sbyte => 1,
        ushort => 2,
        short => 3,
        uint => 4,
        int => 5,
        float => 6,
        bool => 7,
        string => 8,
        Array => 9,
        ulong => 10,
        long => 11,
        double => 12,
        RawValue raw => raw.Type,
        _ => throw new ArgumentException($"{value.GetType()}"),
    };

    private static void WriteValue(BinaryWriter writer, object value, bool withType)
    {
        if (withType) writer.Write(TypeOf(value));
        switch (value)
        {
            case RawValue raw: writer.Write(raw.Bytes); break;
            case byte number: writer.Write(number); break;
            case sbyte number: writer.Write(number); break;
            case ushort number: writer.Write(number); break;
            case short number: writer.Write(number); break;
            case uint number: writer.Write(number); break;
            case int number: writer.Write(number); break;
            case float number: writer.Write(number); break;
            case bool flag: writer.Write(flag); break;
            case string text: Write(writer, text); break;
            case ulong number: writer.Write(number); break;
            case long number: writer.Write(number); break;
            case double number: writer.Write(number); break;
            case Array array:
                writer.Write(array.Length == 0 ? 4 : TypeOf(array.GetValue(0)!));
                writer.Write((ulong)array.Length);
                foreach (var item in array) WriteValue(writer, item!, withType: false);
                break;
        }
    }

    /// <summary>A value type and bytes that need not fit it.</summary>
    public sealed record RawValue(uint Type, byte[] Bytes);
}
