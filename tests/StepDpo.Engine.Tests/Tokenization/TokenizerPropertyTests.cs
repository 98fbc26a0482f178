using CsCheck;
using StepDpo.Engine.Tokenization;

namespace StepDpo.Engine.Tests.Tokenization;

public sealed class TokenizerPropertyTests
{
    private static readonly Tokenizer Nano = Tokenizer.Load(Shared.Path("models/nano-arithmetic"));

    // The nano tokenizer has a token for every byte and does not normalise, so nothing can be lost.
    [Fact]
    public void Any_text_comes_back_from_its_ids() =>
        Gen.String.Select(text => string.Concat(text.EnumerateRunes())).Sample(text => Nano.Decode(Nano.Encode(text, SpecialText.IsText)) == text);

    [Fact]
    public void Lone_surrogates_become_replacement_characters() =>
        Assert.Equal("a\uFFFDb", Nano.Decode(Nano.Encode("a\uD800b")));

    [Theory]
    [InlineData("e\u0301", "é")]
    [InlineData("\u1100\u1161\u11A8", "각")]
    [InlineData("\u212B", "Å")]
    [InlineData("a\u0323\u0307", "ạ\u0307")]
    [InlineData("a\u0307\u0323", "ạ\u0307")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u09C7\u09BE", "\u09CB")]
    [InlineData("e\u200D\u0301", "e\u200D\u0301")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    public void Form_C_is_Unicode_s(string text, string wanted) => Assert.Equal(wanted, CanonicalComposition.Apply(text));

    // Characters beyond U+FFFF are letters, digits and symbols to the expression, as to Hugging Face's.
    [Fact]
    public void Long_s_and_characters_beyond_the_basic_plane_are_cut_as_Oniguruma_cuts_them()
    {
        var split = new PatternSplit(@"(?i:'s|'t)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+", "here");
        Assert.Equal(["a", "'ſ", "bc"], split.Split("a'ſbc"));
        Assert.Equal(["x𝐀𝐁", "𝟏", "𝟐", " 😀😀", "y"], split.Split("x𝐀𝐁𝟏𝟐 😀😀y"));
    }
}
