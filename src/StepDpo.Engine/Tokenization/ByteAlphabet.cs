namespace StepDpo.Engine.Tokenization;

/// <summary>
/// GPT-2's byte alphabet: each byte has a printable character, in which vocabularies of byte-level tokenizers are written
/// (space is <c>Ġ</c>, line feed is <c>Ċ</c>). Printable bytes stand for themselves, the others follow from U+0100 on.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = Build();
    private static readonly Dictionary<char, byte> Bytes = Characters.Select((character, index) => (character, index)).ToDictionary(item => item.character, item => (byte)item.index);

    /// <summary>The character of a byte.</summary>
    public static char CharacterOf(byte value) => Characters[value];

    /// <summary>The bytes that a vocabulary entry means; null where it holds a character outside the alphabet.</summary>
    public static byte[]? BytesOf(string entry)
    {
        var bytes = new byte[entry.Length];
        for (var i = 0; i < entry.Length; i++)
        {
            if (!Bytes.TryGetValue(entry[i], out bytes[i])) return null;
        }

        return bytes;
    }

    private static char[] Build()
    {
        var (characters, next) = (new char[256], '\u0100');
        for (var value = 0; value < 256; value++)
        {
            var printable = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE;
            characters[value] = printable ? (char)value : next++;
        }

        return characters;
    }
}
