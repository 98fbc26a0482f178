using System.Buffers.Binary;
using System.Text;

namespace StepDpo.Engine.Tests.Fuzzing;

/// <summary>Damages files, the same way in every run: single bits and bytes, pieces cut out, doubled or moved, numbers at the edges of their types, tokens of JSON where none belong.</summary>
internal sealed class Mutations(int seed)
{
    private static readonly ulong[] _edges =
    [
        0, 1, 7, 9, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000, 0x7fc0_0000_7fc0_0000,
        100_000_000, 0x3fff_ffff_ffff_ffff, 0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000, 0xffff_ffff_ffff_fff8, 0xffff_ffff_ffff_ffff,
    ];

    private static readonly byte[][] _tokens = [.. new[]
    {
        "{", "}", "[", "]", "\"", ",", ":", "\\", "\0", " ", "null", "true", "-1", "0", "-0", "1.5", "1e999", "1e-999", "NaN", "4294967296", "2147483648",
        "9223372036854775807", "9223372036854775808", "18446744073709551616", "99999999999999999999999999", "\"\\ud800\"", "\\ud800", "\\u0000", "\"\":", "{}", "[]",
        "\"a\":{},", "\"shape\":[1],", "\"dtype\":\"F32\",", "\"__metadata__\":{},", "//", "(?", "(((((((((", "*", "Ġ", "🙂", "ſ",
        new string('[', 100), new string('{', 70), string.Concat(Enumerable.Repeat("{\"a\":", 80)), new string('9', 400), new string('x', 300),
    }.Select(Encoding.UTF8.GetBytes), [0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80]];

    private readonly Random _random = new(seed);

    /// <summary>A damaged copy.</summary>
    public byte[] Of(byte[] sound)
    {
        var bytes = sound.ToList();
        for (var changes = 1 + _random.Next(4); changes > 0; changes--) Change(bytes);
        return [.. bytes];
    }

    /// <summary>Whether the next of so many has its turn.</summary>
    public bool OneIn(int count) => _random.Next(count) == 0;

    /// <summary>A number below another.</summary>
    public int Below(int limit) => _random.Next(limit);

    private void Change(List<byte> bytes)
    {
        var at = _random.Next(bytes.Count + 1);
        var length = Math.Min(1 + _random.Next(OneIn(8) ? 200 : 12), bytes.Count - at);
        switch (_random.Next(9))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)_random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.InsertRange(_random.Next(bytes.Count + 1), bytes.GetRange(at, length));
                break;
            case 4:
                var piece = bytes.GetRange(at, length);
                bytes.RemoveRange(at, length);
                bytes.InsertRange(_random.Next(bytes.Count + 1), piece);
                break;
            case 5:
                Overwrite(bytes, at, Edge());
                break;
            case 6:
                ReplaceNumber(bytes, at);
                break;
            case 7 when OneIn(6):
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            default:
                bytes.InsertRange(at, Pick(_tokens));
                break;
        }
    }

    private byte[] Edge()
    {
        var number = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, Pick(_edges));
        return number[..Pick([1, 2, 4, 8])];
    }

    private static void Overwrite(List<byte> bytes, int at, byte[] with)
    {
        for (var i = 0; i < with.Length && at + i < bytes.Count; i++) bytes[at + i] = with[i];
    }

    // The number in digits that stands at this place or is the next one: sizes and offsets are where a header can lie.
    private void ReplaceNumber(List<byte> bytes, int at)
    {
        while (at < bytes.Count && !IsDigit(bytes[at])) at++;
        var end = at;
        while (end < bytes.Count && IsDigit(bytes[end])) end++;
        bytes.RemoveRange(at, end - at);
        bytes.InsertRange(at, Encoding.UTF8.GetBytes(OneIn(2) ? $"{_random.Next(70_000)}" : $"{Pick(_edges)}"));
    }

    private static bool IsDigit(byte value) => value is >= (byte)'0' and <= (byte)'9';

    private T Pick<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];
}
