using System.Text;
using System.Text.Json.Nodes;
using StepDpo.Engine.Checkpoints.Gguf;
using StepDpo.Engine.Checkpoints.Safetensors;
using StepDpo.Engine.Modeling;
using StepDpo.Engine.Tests.Importing;
using StepDpo.Engine.Tokenization;
using TorchSharp;

namespace StepDpo.Engine.Tests.Fuzzing;

/// <summary>Files of models are strangers' files: whatever they hold, they are opened or refused.</summary>
public sealed class FuzzTests
{
    [Fact]
    public void Fifty_thousand_damaged_safetensors_headers_are_read_or_refused()
    {
        using var folder = new TemporaryFolder();
        var file = folder.In("fuzz.safetensors");
        var (opened, refused) = Mutants.Open(
            file,
            [
                Safetensors("""{"__metadata__":{"format":"pt","made by":"us"},"a":{"dtype":"F32","shape":[64,128],"data_offsets":[0,32768]},"b":{"dtype":"BF16","shape":[16384],"data_offsets":[32768,65536]}}""", 65536),
                Safetensors("""{"c":{"dtype":"I64","shape":[1,8192],"data_offsets":[0,65536]},"none":{"dtype":"F16","shape":[0,4],"data_offsets":[65536,65536]},"one":{"dtype":"U8","shape":[],"data_offsets":[65536,65537]}}   """, 65537),
                Head(Shared.Golden("models/tiny-qwen2-sharded/model-00001-of-00003.safetensors")),
            ],
            rounds: 50_000,
            Mutants.TwiceTheFile,
            path =>
            {
                using var opened = SafetensorsFile.Open(path);
                return opened.Tensors;
            },
            AssertCovers);
        Assert.Equal(50_000, opened + refused);
        Assert.True(opened > 200 && refused > 25_000, $"{opened} opened, {refused} refused: the mutations do not try both");
    }

    [Fact]
    public void Twenty_thousand_damaged_gguf_headers_are_read_or_refused()
    {
        using var folder = new TemporaryFolder();
        var (opened, refused) = Mutants.Open(
            folder.In("fuzz.gguf"),
            [Gguf(Plain()), Gguf(WithModel())],
            rounds: 20_000,
            Mutants.TwiceTheFile,
            path =>
            {
                using var file = GgufFile.Open(path);
                if (file.Has("tokenizer.ggml.tokens")) ReadModel(file);
                return file.Tensors;
            },
            AssertWithin);
        Assert.Equal(20_000, opened + refused);
        Assert.True(opened > 100 && refused > 5_000, $"{opened} opened, {refused} refused: the mutations do not try both");
    }

    [Fact]
    public void Five_thousand_damaged_tokenizers_are_read_or_refused()
    {
        using var folder = new TemporaryFolder();
        var (opened, refused) = Mutants.Open(
            folder.In("tokenizer.json"),
            [(Small("tiny-llama3"), 0), (Small("tiny-qwen2"), 0), Head(Shared.Golden("models/tiny-smol/tokenizer.json"))],
            rounds: 5_000,
            InProportion,
            path => Tokenizer.Load(Path.GetDirectoryName(path)!),
            (tokenizer, _) =>
            {
                foreach (var id in tokenizer.Encode("Step 1: 3 × 4 = 12,\n <|im_end|>  so'ſ 𝟙", addSpecialTokens: true)) Assert.InRange(id, 0, int.MaxValue);
            });
        Assert.Equal(5_000, opened + refused);
        Assert.True(opened > 200 && refused > 1_000, $"{opened} opened, {refused} refused: the mutations do not try both");
    }

    [Fact]
    public void Five_thousand_damaged_configs_are_read_or_refused()
    {
        using var folder = new TemporaryFolder();
        var (opened, refused) = Mutants.Open(
            folder.In("config.json"),
            [.. new[] { "tiny-llama3.released", "tiny-llama3.transformers5", "tiny-qwen3.transformers5", "tiny-qwen2.released" }.Select(name => Head(Shared.Golden($"models/config-styles/{name}.json")))],
            rounds: 5_000,
            Mutants.TwiceTheFile,
            ModelConfigReader.Read,
            (config, _) => Assert.True(config.Layers > 0 && config.Heads % config.KeyValueHeads == 0 && config.RopeTheta > 1 && double.IsFinite(config.RopeTheta)));
        Assert.Equal(5_000, opened + refused);
        Assert.True(opened > 200 && refused > 1_000, $"{opened} opened, {refused} refused: the mutations do not try both");
    }

    // A vocabulary in memory is larger than in its file, but only in proportion: numbers in the file reserve nothing.
    private static long InProportion(long fileLength) => 64 * fileLength + Mutants.SmallThings;

    private static (byte[] Head, long Zeros) Safetensors(string header, long data) =>
        ([.. BitConverter.GetBytes((long)Encoding.UTF8.GetByteCount(header)), .. Encoding.UTF8.GetBytes(header)], data);

    private static (byte[] Head, long Zeros) Head(string file)
    {
        var bytes = File.ReadAllBytes(file);
        var head = file.EndsWith(".safetensors", StringComparison.Ordinal) ? 8 + (int)BitConverter.ToInt64(bytes) : bytes.Length;
        return (bytes[..head], bytes.Length - head);
    }

    private static void AssertCovers(IReadOnlyDictionary<string, TensorEntry> tensors, long length)
    {
        var place = tensors.Count == 0 ? length : tensors.Values.Min(entry => entry.Start);
        foreach (var entry in tensors.Values.OrderBy(entry => entry.Start).ThenBy(entry => entry.Bytes))
        {
            Assert.Equal(place, entry.Start);
            Assert.All(entry.Shape, size => Assert.True(size >= 0));
            place += entry.Bytes;
        }

        Assert.Equal(length, place);
    }

    private static void AssertWithin(IReadOnlyDictionary<string, GgufTensor> tensors, long length)
    {
        long place = 0;
        foreach (var tensor in tensors.Values.OrderBy(tensor => tensor.Start))
        {
            Assert.True(tensor.Start >= place && tensor.Start + tensor.Bytes <= length);
            place = tensor.Start + tensor.Bytes;
        }
    }

    private static (byte[] Head, long Zeros) Gguf(GgufBuilder builder)
    {
        var whole = builder.Build();
        var head = Array.FindLastIndex(whole, value => value != 0) + 1;
        return (whole[..head], whole.Length - head);
    }

    private static GgufBuilder Plain() => new GgufBuilder()
        .Key("a", 7u).Key("b", 0.5f).Key("c", true).Key("d", new[] { "x", "yz" }).Key("e", new[] { 1, 2, 3 }).Key("f", -1.5).Key("g", new byte[] { 1, 2, 3 }).Key("h", new[] { true, false })
        .Tensor("t", GgufType.F32, [3, 2], new byte[24]).Tensor("u", GgufType.Q4_1, [1, 32], new byte[20]).Tensor("v", GgufType.F16, [4], new byte[8])
        .Tensor("w", GgufType.F32, [128, 128], new byte[65536]);

    private static GgufBuilder WithModel()
    {
        string[] tokens = [.. "abcdefghijklmnopqrstuvwxyz Ġ".Select(letter => $"{letter}"), "ab", "<|im_end|>"];
        return new GgufBuilder()
            .Key("general.architecture", "llama").Key("llama.block_count", 2u).Key("llama.context_length", 128u).Key("llama.embedding_length", 64u)
            .Key("llama.feed_forward_length", 96u).Key("llama.attention.head_count", 4u).Key("llama.attention.head_count_kv", 2u)
            .Key("llama.attention.layer_norm_rms_epsilon", 1e-5f).Key("llama.rope.freq_base", 10000f)
            .Key("tokenizer.ggml.model", "gpt2").Key("tokenizer.ggml.pre", "smollm").Key("tokenizer.ggml.tokens", tokens)
            .Key("tokenizer.ggml.token_type", tokens.Select((_, id) => id == tokens.Length - 1 ? 3 : 1).ToArray())
            .Key("tokenizer.ggml.merges", new[] { "a b" }).Key("tokenizer.ggml.eos_token_id", (uint)tokens.Length - 1).Key("tokenizer.chat_template", "{{ messages }}")
            .Tensor("token_embd.weight", GgufType.F32, [512, 64], new byte[512 * 64 * 4]);
    }

    // As the import does, up to the tensors.
    private static void ReadModel(GgufFile file)
    {
        var config = GgufConfig.Config(file, torch.ScalarType.Float32);
        GgufConfig.Generation(file);
        GgufTokenizer.Tokenizer(file);
        GgufTokenizer.Config(file);
        ModelConfigReader.Parse(file.Path, Encoding.UTF8.GetBytes(config.ToJsonString()));
    }

    // A tiny model's tokenizer with few tokens, so that the damage falls on its structure.
    private static byte[] Small(string model)
    {
        var root = JsonNode.Parse(File.ReadAllText(Shared.Golden($"models/{model}/tokenizer.json")))!.AsObject();
        var vocabulary = root["model"]!["vocab"]!.AsObject();
        foreach (var token in vocabulary.Select(item => item.Key).Skip(60).ToList()) vocabulary.Remove(token);
        var merges = root["model"]!["merges"]!.AsArray();
        foreach (var merge in merges.Where(pair => !vocabulary.ContainsKey($"{pair![0]}{pair[1]}")).ToList()) merges.Remove(merge);
        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }
}
