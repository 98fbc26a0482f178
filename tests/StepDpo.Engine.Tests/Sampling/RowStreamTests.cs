using System.Text;
using CsCheck;
using StepDpo.Engine.Sampling;

namespace StepDpo.Engine.Tests.Sampling;

public sealed class RowStreamTests
{
    // Few letters, so that stop texts begin often; two of them are characters of several bytes, one a pair of UTF-16 units.
    private static readonly Gen<string> Text = Choice.Of("a", "b", "é", "😀").Array[0, 12].Select(string.Concat);

    [Fact]
    public void Whatever_bytes_come_in_whatever_tokens_the_pieces_are_whole_characters_are_never_taken_back_and_make_the_text() =>
        Gen.Select(Text, Text.Where(stop => stop.Length > 0).Array[0, 3], Gen.Int[1, 3].Array[60]).Sample((text, stops, sizes) =>
        {
            byte[][] sought = [.. stops.Select(Encoding.UTF8.GetBytes)];
            var (stream, told) = (new RowStream(sought), "");
            var (bytes, starts, shown) = (Encoding.UTF8.GetBytes(text), new List<int>(), 0);
            // The text as it would stand if the first stop text were cut off.
            var cut = stops.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(text.Length).Min();
            var length = Encoding.UTF8.GetByteCount(text.AsSpan(0, cut));
            for (var token = 0; shown < bytes.Length; token++)
            {
                starts.Add(shown);
                shown = Math.Min(shown + sizes[token], bytes.Length);
                if (sought.Any(stop => bytes.AsSpan(0, shown).IndexOf(stop) >= 0)) break;
                var piece = stream.Next(bytes.AsSpan(0, shown), starts, starts.Count, isEnded: false);
                Assert.DoesNotContain(piece, character => character == '\uFFFD');
                Assert.True(piece.Length == 0 || !char.IsHighSurrogate(piece[^1]));
                told += piece;
                Assert.StartsWith(told, text[..cut], StringComparison.Ordinal);
            }

            told += stream.Next(bytes.AsSpan(0, length), starts, starts.Count, isEnded: true);
            Assert.Equal(text[..cut], told);
            Assert.Equal(starts.Count, stream.Ids);
        }, iter: 2000, threads: 1);

    [Fact]
    public void What_may_begin_a_stop_text_waits_until_it_is_none()
    {
        var stream = new RowStream(["\nStep 3:"u8.ToArray()]);
        string Next(string text, bool isEnded = false) => stream.Next(Encoding.UTF8.GetBytes(text), [0], 1, isEnded);
        Assert.Equal("12", Next("12\n"));
        Assert.Equal("", Next("12\nStep "));
        Assert.Equal("\nStep 2: ", Next("12\nStep 2: "));
        Assert.Equal("", Next("12\nStep 2: \nStep 3"));
        Assert.Equal("\nStep 3", Next("12\nStep 2: \nStep 3", isEnded: true));
    }

    [Fact]
    public void Bytes_that_are_no_character_are_told_as_the_whole_text_tells_them()
    {
        byte[] bytes = [0x61, 0xF0, 0x9F, 0x62, 0xC3];
        var (stream, told) = (new RowStream([]), "");
        for (var i = 1; i <= bytes.Length; i++) told += stream.Next(bytes.AsSpan(0, i), [0, 1, 2, 3, 4], i, isEnded: false);
        told += stream.Next(bytes, [0, 1, 2, 3, 4], 5, isEnded: true);
        Assert.Equal(Encoding.UTF8.GetString(bytes), told);
    }
}
