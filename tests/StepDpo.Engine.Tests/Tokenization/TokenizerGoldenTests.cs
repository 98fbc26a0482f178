using System.IO.Compression;
using System.Text.Json;
using StepDpo.Engine.Tokenization;

namespace StepDpo.Engine.Tests.Tokenization;

public sealed class TokenizerGoldenTests
{
    private static readonly Dictionary<string, Lazy<Tokenizer>> Loaded = new()
    {
        ["tiny"] = new(() => Tokenizer.Load(Shared.Golden("models/tiny-qwen2"))),
        ["tiny-llama3"] = new(() => Tokenizer.Load(Shared.Golden("models/tiny-llama3"))),
        ["qwen2.5"] = new(() => Unpack("qwen2.5")),
        ["smollm2"] = new(() => Unpack("smollm2")),
    };

    internal static Tokenizer Get(string name) => Loaded[name].Value;

    [Theory]
    [InlineData("tiny", 402)]
    [InlineData("tiny-llama3", 41)]
    [InlineData("qwen2.5", 402)]
    [InlineData("smollm2", 402)]
    public void Ids_and_texts_of_all_strings_equal_the_golden_ones(string name, int count)
    {
        var tokenizer = Get(name);
        var texts = Shared.ReadLines(Shared.Golden("tokenizers/strings.jsonl")).ToDictionary(row => row.GetProperty("id").GetInt32(), row => row.GetProperty("text").GetString()!);
        var rows = Shared.ReadLines(Shared.Golden($"tokenizers/{name}-encodings.jsonl")).ToList();
        Assert.Equal(count, rows.Count);
        Assert.All(rows, row => AssertEncoding(tokenizer, row, texts[row.GetProperty("id").GetInt32()], addSpecialTokens: true));
    }

    [Theory]
    [InlineData("tiny")]
    [InlineData("qwen2.5")]
    [InlineData("smollm2")]
    public void Texts_of_arbitrary_ids_equal_the_golden_ones(string name)
    {
        var tokenizer = Get(name);
        var rows = Shared.ReadLines(Shared.Golden($"tokenizers/{name}-decodings.jsonl")).ToList();
        Assert.NotEmpty(rows);
        Assert.All(rows, row =>
        {
            Assert.Equal(row.GetProperty("decoded").GetString(), tokenizer.Decode(Ids(row, "ids")));
            Assert.Equal(row.GetProperty("decoded_skip_special").GetString(), tokenizer.Decode(Ids(row, "ids"), skipSpecial: true));
        });
    }

    [Fact]
    public void Ids_of_the_real_model_equal_the_golden_ones_read_both_ways()
    {
        var tokenizer = Get("smollm2");
        var rows = Shared.ReadLines(Shared.Path("models/smollm2-135m-instruct/golden/tokenizer.jsonl")).ToList();
        Assert.Equal(320, rows.Count);
        Assert.All(rows, row =>
        {
            var text = row.GetProperty("text").GetString()!;
            AssertEncoding(tokenizer, row, text, addSpecialTokens: false);
            var asText = row.TryGetProperty("ids_special_as_text", out _) ? "ids_special_as_text" : "ids";
            Assert.Equal(Ids(row, asText), tokenizer.Encode(text, SpecialText.IsText));
        });
    }

    [Fact]
    public void The_nano_model_s_prompts_have_the_golden_ids()
    {
        var tokenizer = Tokenizer.Load(Shared.Path("models/nano-arithmetic"));
        Assert.All(Shared.ReadLines(Shared.Path("models/nano-arithmetic/greedy.jsonl")), row =>
        {
            Assert.Equal(Ids(row, "prompt_ids"), tokenizer.Encode(row.GetProperty("prompt").GetString()!));
            Assert.Equal(row.GetProperty("text").GetString(), tokenizer.Decode(Ids(row, "ids"), skipSpecial: true));
        });
    }

    [Theory]
    [InlineData("tiny", null, 511, 509, new[] { 511, 509 })]
    [InlineData("tiny-llama3", 509, 511, 509, new[] { 511, 509 })]
    [InlineData("smollm2", 1, 2, 2, new[] { 2 })]
    public void The_folder_s_named_tokens_are_found(string name, int? bos, int eos, int pad, int[] ends)
    {
        var tokenizer = Get(name);
        Assert.Equal((bos, eos, pad), (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId));
        Assert.Equal(ends, tokenizer.EosIds);
    }

    internal static int[] Ids(JsonElement row, string field) => [.. row.GetProperty(field).EnumerateArray().Select(id => id.GetInt32())];

    private static void AssertEncoding(Tokenizer tokenizer, JsonElement row, string text, bool addSpecialTokens)
    {
        var ids = Ids(row, "ids");
        Assert.Equal(ids, tokenizer.Encode(text, SpecialText.IsToken, addSpecialTokens));
        var decoded = row.TryGetProperty("decoded", out var value) ? value.GetString() : text;
        Assert.Equal(decoded, tokenizer.Decode(ids));
        Assert.Equal(row.TryGetProperty("decoded_skip_special", out value) ? value.GetString() : decoded, tokenizer.Decode(ids, skipSpecial: true));
    }

    private static Tokenizer Unpack(string name)
    {
        using var folder = new TemporaryFolder();
        using (var packed = new GZipStream(File.OpenRead(Shared.Golden($"tokenizers/{name}-tokenizer.json.gz")), CompressionMode.Decompress))
        using (var file = File.Create(folder.In("tokenizer.json")))
        {
            packed.CopyTo(file);
        }

        File.Copy(Shared.Golden($"tokenizers/{name}-tokenizer_config.json"), folder.In("tokenizer_config.json"));
        return Tokenizer.Load(folder.Path);
    }
}
