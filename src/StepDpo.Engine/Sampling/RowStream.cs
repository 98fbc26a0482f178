using System.Text;

namespace StepDpo.Engine.Sampling;

/// <summary>What of a growing sample may be told already: whole characters that no stop text can take back.</summary>
internal sealed class RowStream(IReadOnlyList<byte[]> stops)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private int _bytes;

    /// <summary>Ids that have been told.</summary>
    public int Ids { get; private set; }

    /// <summary>The next characters and how many ids belong to what has been told with them.</summary>
    /// <param name="bytes">All bytes of the sample so far, without those of a stop text.</param>
    /// <param name="starts">Where each id's bytes begin.</param>
    /// <param name="count">Ids of the sample so far.</param>
    /// <param name="isEnded">Nothing follows: nothing is held back.</param>
    public string Next(ReadOnlySpan<byte> bytes, List<int> starts, int count, bool isEnded)
    {
        var certain = isEnded ? bytes.Length : bytes.Length - MayBeginStop(bytes);
        // The decoder keeps the bytes of a character that has not ended.
        var fresh = certain > _bytes ? bytes[_bytes..certain] : [];
        var characters = new char[_decoder.GetCharCount(fresh, isEnded)];
        _decoder.GetChars(fresh, characters, isEnded);
        _bytes = Math.Max(_bytes, certain);
        while (Ids < count && (isEnded || starts[Ids] < certain)) Ids++;
        return new string(characters);
    }

    // Length of the longest end of the bytes with which a stop text begins.
    private int MayBeginStop(ReadOnlySpan<byte> bytes)
    {
        var longest = 0;
        foreach (var stop in stops)
        {
            for (var length = Math.Min(stop.Length - 1, bytes.Length); length > longest; length--)
            {
                if (bytes[^length..].SequenceEqual(stop.AsSpan(0, length))) longest = length;
            }
        }

        return longest;
    }
}
