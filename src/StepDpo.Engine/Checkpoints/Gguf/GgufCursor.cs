using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace StepDpo.Engine.Checkpoints.Gguf;

/// <summary>Reads a GGUF file's values one after another. Counts and lengths are checked against what is left of the file before anything is allocated.</summary>
internal sealed class GgufCursor(string file, Stream stream)
{
    private const int LongestText = 1 << 24;
    private const int LongestName = 1024;
    private const int MostElements = 1 << 22;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Place of the next byte.</summary>
    public long Position => stream.Position;

    /// <summary>What the messages name.</summary>
    public InvalidDataException Wrong(string what) => new($"{file}: {what}");

    public uint ReadUInt32()
    {
        Span<byte> bytes = stackalloc byte[4];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    public ulong ReadUInt64()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>A number of things that each take at least so many bytes of the rest of the file.</summary>
    public int ReadCount(string what, int bytesEach, int most) => ReadCount(what, "", bytesEach, most);

    /// <summary>The name of a key or a tensor.</summary>
    public string ReadName(string what) => ReadText(what, LongestName);

    private string ReadText(string what, int longest)
    {
        var length = ReadCount(what, ": length of a text", 1, longest);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Fill(buffer.AsSpan(0, length));
            return StrictUtf8.GetString(buffer, 0, length);
        }
        catch (DecoderFallbackException)
        {
            throw Wrong($"{what}: found bytes that are not UTF-8");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private int ReadCount(string what, string ofWhat, int bytesEach, int most)
    {
        var count = ReadUInt64();
        var room = (ulong)(stream.Length - stream.Position) / (ulong)bytesEach;
        return count <= (ulong)most && count <= room ? (int)count : throw Wrong($"{what}{ofWhat}: found {count}, wanted at most {Math.Min((ulong)most, room)}");
    }

    /// <summary>A metadata value: bool, long, float, double, string; of an array only where it lies, as few are ever asked for.</summary>
    public object ReadValue(string key)
    {
        var type = ReadUInt32();
        return type == ArrayType ? SkipArray(key) : ReadScalar(key, type, SizeOf(key, type));
    }

    /// <summary>The elements of an array that <see cref="ReadValue"/> has found.</summary>
    /// <typeparam name="T">bool, long, float, double or string.</typeparam>
    public T[] ReadArray<T>(string key, GgufArray array)
    {
        stream.Position = array.Start;
        var size = SizeOf(key, array.Type);
        var items = new T[array.Count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = ReadScalar(key, array.Type, size) is T item ? item : throw Wrong($"{key}: found value type {array.Type} in its list, wanted {typeof(T).Name}");
        }

        return items;
    }

    private const uint ArrayType = 9;
    private const uint TextType = 8;

    private GgufArray SkipArray(string key)
    {
        var type = ReadUInt32();
        if (type == ArrayType) throw Wrong($"{key}: found an array of arrays, wanted plain elements");
        var size = SizeOf(key, type);
        var count = ReadCount($"{key}: number of elements", type == TextType ? 8 : size, MostElements);
        var array = new GgufArray(type, count, stream.Position);
        if (type == TextType) SkipTexts(key, count);
        else stream.Position += (long)count * size;
        return array;
    }

    private void SkipTexts(string key, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var length = ReadCount(key, ": length of a text", 1, LongestText);
            stream.Position += length;
        }
    }

    // A text's own size follows with it.
    private int SizeOf(string key, uint type) => type switch
    {
        0 or 1 or 7 => 1,
        2 or 3 => 2,
        4 or 5 or 6 => 4,
        10 or 11 or 12 => 8,
        TextType => 0,
        _ => throw Wrong($"{key}: found value type {type}, wanted 0 to 12"),
    };

    private object ReadScalar(string key, uint type, int size)
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes[..size]);
        return type switch
        {
            0 => (long)bytes[0],
            1 => (long)(sbyte)bytes[0],
            2 => (long)BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            3 => (long)BinaryPrimitives.ReadInt16LittleEndian(bytes),
            4 => (long)BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            5 => (long)BinaryPrimitives.ReadInt32LittleEndian(bytes),
            6 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
            7 => bytes[0] <= 1 ? bytes[0] == 1 : throw Wrong($"{key}: found {bytes[0]} for true or false, wanted 0 or 1"),
            TextType => ReadText(key, LongestText),
            10 => BinaryPrimitives.ReadUInt64LittleEndian(bytes) is <= long.MaxValue and var number ? (long)number : throw Wrong($"{key}: found a number beyond 2^63"),
            11 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            _ => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        };
    }

    private void Fill(Span<byte> target)
    {
        if (stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) < target.Length) throw Wrong($"ends at byte {stream.Length}, within its header");
    }
}
