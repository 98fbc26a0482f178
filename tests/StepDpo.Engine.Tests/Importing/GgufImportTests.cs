using System.Text.Json.Nodes;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Checkpoints.Gguf;
using StepDpo.Engine.Checkpoints.Safetensors;
using StepDpo.Engine.Modeling;
using StepDpo.Engine.Tests.Modeling;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Importing;

/// <summary>The tiny models, packed as llama.cpp's converter packs them.</summary>
public sealed class GgufImportTests
{
    [Theory]
    [InlineData("tiny-qwen2", "qwen2", false)]
    [InlineData("tiny-smol", "llama", true)]
    public void A_model_packed_as_gguf_comes_back_equal_in_every_bit(string name, string kind, bool permuted)
    {
        using var folder = new TemporaryFolder();
        using var original = HuggingFaceFolder.Load(Shared.Golden($"models/{name}"));
        File.WriteAllBytes(folder.In("x.gguf"), Pack(name, kind, permuted).Build());
        GgufImport.Run(folder.In("x.gguf"), folder.In("back"));
        using var back = HuggingFaceFolder.Load(folder.In("back"));
        Assert.Equal(original.Config, back.Config);
        Assert.All(original.NamedParameters().Zip(back.NamedParameters()), pair => Assert.Equal(pair.First.Parameter.bytes.ToArray(), pair.Second.Parameter.bytes.ToArray()));
    }

    [Fact]
    public void A_packed_tokenizer_comes_back_with_its_vocabulary_merges_and_template()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.In("x.gguf"), Pack("tiny-qwen2", "qwen2", false).Build());
        GgufImport.Run(folder.In("x.gguf"), folder.In("back"));
        var (wanted, found) = (Json(Shared.Golden("models/tiny-qwen2/tokenizer.json")), Json(folder.In("back/tokenizer.json")));
        Assert.True(JsonNode.DeepEquals(wanted["added_tokens"], found["added_tokens"]));
        Assert.True(JsonNode.DeepEquals(wanted["normalizer"], found["normalizer"]));
        Assert.True(JsonNode.DeepEquals(wanted["model"]!["merges"], found["model"]!["merges"]));
        Assert.True(JsonNode.DeepEquals(wanted["pre_tokenizer"]!["pretokenizers"]![0], found["pre_tokenizer"]!["pretokenizers"]![0]));
        // Ours holds the special tokens in the vocabulary too, as SmolLM2's own file does.
        var ids = found["model"]!["vocab"]!.AsObject();
        Assert.All(wanted["model"]!["vocab"]!.AsObject(), item => Assert.Equal((int)item.Value!, (int)ids[item.Key]!));
        Assert.Equal(512, ids.Count);
        var (config, back) = (Json(Shared.Golden("models/tiny-qwen2/tokenizer_config.json")), Json(folder.In("back/tokenizer_config.json")));
        foreach (var field in new[] { "chat_template", "eos_token", "pad_token", "tokenizer_class", "added_tokens_decoder", "model_max_length" })
            Assert.True(JsonNode.DeepEquals(config[field], back[field]), field);
    }

    [Fact]
    public void A_large_model_is_spread_over_shards()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.In("x.gguf"), Pack("tiny-qwen2", "qwen2", false).Build());
        GgufImport.Run(folder.In("x.gguf"), folder.In("back"), largestShard: 200_000);
        Assert.False(File.Exists(folder.In("back/model.safetensors")));
        using var back = HuggingFaceFolder.Load(folder.In("back"));
        using var golden = SafetensorsFile.Open(Shared.Golden("logits/tiny-qwen2.safetensors"));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var logits = back.Forward(golden.Read("len7.input_ids").unsqueeze(0))[0];
        LogitsGoldenTests.AssertClose(golden.Read("len7.last3_logits"), logits[^3..], 1e-4);
    }

    [Theory]
    [InlineData("general.architecture", "gpt2", "found gpt2, wanted one of llama, qwen2")]
    [InlineData("tokenizer.ggml.model", "llama", "found llama (SentencePiece), wanted a byte-level BPE tokenizer: SentencePiece is not supported, take a model with the other kind (Llama 3, Qwen, DeepSeekMath, SmolLM2)")]
    [InlineData("tokenizer.ggml.model", "rwkv", "found rwkv, wanted gpt2 (byte-level BPE)")]
    [InlineData("tokenizer.ggml.pre", "default", "found default, wanted one of smollm, qwen2")]
    [InlineData("qwen2.rope.scaling.type", "yarn", "found yarn, wanted none")]
    [InlineData("qwen2.block_count", "3", "found a String, wanted a Int64")]
    [InlineData("qwen2.attention.layer_norm_rms_epsilon", "small", "found a String, wanted a Single")]
    public void What_is_not_supported_is_told_with_its_key_and_nothing_is_written(string key, string value, string told) =>
        AssertRefused(builder => builder, key, value, $"{key}: {told}");

    [Fact]
    public void A_number_that_is_not_finite_is_told() =>
        AssertRefused(builder => builder, "qwen2.rope.freq_base", float.NaN, "qwen2.rope.freq_base: found NaN, wanted a finite number");

    [Fact]
    public void Another_number_of_layers_than_the_file_has_is_told_by_the_missing_tensor() =>
        AssertRefused(builder => builder, "qwen2.block_count", 4u, "blk.3.attn_norm.weight: found nothing, wanted [64]");

    [Fact]
    public void Another_width_is_told_by_the_tensors_shape() =>
        AssertRefused(builder => builder, "qwen2.feed_forward_length", 130u, "blk.0.ffn_gate.weight: found shape [128, 64], wanted [130, 64]");

    [Fact]
    public void A_billion_layers_are_refused() =>
        AssertRefused(builder => builder, "qwen2.block_count", 1_000_000_000u, "num_hidden_layers: found 1000000000, wanted a whole number from 1 to 1024");

    [Fact]
    public void An_unknown_tensor_is_told() =>
        AssertRefused(builder => builder.Tensor("rope_freqs.weight", GgufType.F32, [8], new byte[32]), "tokenizer.ggml.pre", "qwen2", "rope_freqs.weight: found a tensor that Qwen2ForCausalLM with these metadata does not have");

    [Fact]
    public void A_weight_that_is_not_finite_is_told_and_leaves_nothing_behind() =>
        AssertRefused(builder => builder, "tokenizer.ggml.pre", "qwen2", "blk.0.attn_q.bias: found values that are infinite or not numbers in Float32, wanted finite ones", poison: "blk.0.attn_q.bias");

    [Fact]
    public void Token_types_that_do_not_fit_the_tokens_are_told() =>
        AssertRefused(builder => builder, "tokenizer.ggml.token_type", new[] { 1, 1 }, "tokenizer.ggml.token_type: found 2 types, wanted 512, one a token");

    [Fact]
    public void A_merge_that_is_none_is_told() =>
        AssertRefused(builder => builder, "tokenizer.ggml.merges", new[] { "ab" }, "tokenizer.ggml.merges: found \"ab\", wanted two parts with a space between");

    private static void AssertRefused(Func<GgufBuilder, GgufBuilder> edit, string key, object value, string told, string? poison = null)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.In("x.gguf"), edit(Pack("tiny-qwen2", "qwen2", false, (key, value), poison)).Build());
        var error = Assert.Throws<InvalidDataException>(() => GgufImport.Run(folder.In("x.gguf"), folder.In("back")));
        Assert.Equal($"{folder.In("x.gguf")}: {told}", error.Message);
        Assert.Equal([folder.In("x.gguf")], Directory.EnumerateFileSystemEntries(folder.Path));
    }

    private static GgufBuilder Pack(string name, string kind, bool permuted, (string Key, object Value)? instead = null, string? poison = null)
    {
        using var scope = NewDisposeScope();
        using var model = HuggingFaceFolder.Load(Shared.Golden($"models/{name}"));
        var builder = new GgufBuilder();
        var metadata = Metadata(name, kind, model.Config);
        if (instead is { } change) metadata[change.Key] = change.Value;
        foreach (var (key, value) in metadata) builder.Key(key, value);
        foreach (var (parameterName, parameter) in model.NamedParameters())
        {
            var heads = !permuted ? 0 : parameterName.EndsWith("q_proj.weight", StringComparison.Ordinal) ? model.Config.Heads : parameterName.EndsWith("k_proj.weight", StringComparison.Ordinal) ? model.Config.KeyValueHeads : 0;
            var stored = heads == 0 ? parameter.alias() : Permute(parameter, heads);
            var stem = GgufNames.Of(parameterName);
            var data = stored.bytes.ToArray();
            if (stem == poison) BitConverter.TryWriteBytes(data, float.NaN);
            builder.Tensor(stem, GgufType.F32, [.. stored.shape.Select(size => (ulong)size)], data);
        }

        return builder;
    }

    // The converter's formula: the inverse of what the import does.
    private static Tensor Permute(Tensor weight, int heads) =>
        weight.reshape(heads, 2, weight.shape[0] / heads / 2, weight.shape[1]).swapaxes(1, 2).reshape(weight.shape).contiguous();

    private static Dictionary<string, object> Metadata(string name, string kind, ModelConfig config)
    {
        var tokenizer = Json(Shared.Golden($"models/{name}/tokenizer.json"));
        var settings = Json(Shared.Golden($"models/{name}/tokenizer_config.json"));
        var tokens = tokenizer["model"]!["vocab"]!.AsObject().OrderBy(item => (int)item.Value!).Select(item => item.Key)
            .Concat(tokenizer["added_tokens"]!.AsArray().Select(item => (string)item!["content"]!)).ToArray();
        return new Dictionary<string, object>
        {
            ["general.architecture"] = kind,
            [$"{kind}.block_count"] = (uint)config.Layers,
            [$"{kind}.context_length"] = (uint)config.ContextLength,
            [$"{kind}.embedding_length"] = (uint)config.HiddenSize,
            [$"{kind}.feed_forward_length"] = (uint)config.IntermediateSize,
            [$"{kind}.attention.head_count"] = (uint)config.Heads,
            [$"{kind}.attention.head_count_kv"] = (uint)config.KeyValueHeads,
            [$"{kind}.attention.layer_norm_rms_epsilon"] = (float)config.RmsNormEpsilon,
            [$"{kind}.rope.freq_base"] = (float)config.RopeTheta,
            ["tokenizer.ggml.model"] = "gpt2",
            ["tokenizer.ggml.pre"] = "qwen2",
            ["tokenizer.ggml.tokens"] = tokens,
            ["tokenizer.ggml.token_type"] = Enumerable.Range(0, tokens.Length).Select(id => id < 509 ? 1 : 3).ToArray(),
            ["tokenizer.ggml.merges"] = tokenizer["model"]!["merges"]!.AsArray().Select(pair => $"{pair![0]} {pair[1]}").ToArray(),
            ["tokenizer.ggml.eos_token_id"] = 511u,
            ["tokenizer.ggml.padding_token_id"] = 509u,
            ["tokenizer.chat_template"] = (string?)settings["chat_template"] ?? "none",
        };
    }

    private static JsonObject Json(string file) => JsonNode.Parse(File.ReadAllText(file))!.AsObject();
}
