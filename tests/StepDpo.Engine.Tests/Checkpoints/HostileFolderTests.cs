using System.Text.Json.Nodes;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Checkpoints.Safetensors;
using StepDpo.Engine.Devices;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Checkpoints;

public sealed class HostileFolderTests
{
    private const string Model = "tiny-smol";

    [Theory]
    [InlineData("architectures", """["GPT2LMHeadModel"]""", "GPT2LMHeadModel")]
    [InlineData("architectures", """[]""", "LlamaForCausalLM")]
    [InlineData("hidden_act", "\"gelu\"", "silu")]
    [InlineData("hidden_size", "0", "1 to")]
    [InlineData("hidden_size", "-48", "-48")]
    [InlineData("hidden_size", "2147483647", "2147483647")]
    [InlineData("hidden_size", "\"48\"", "whole number")]
    [InlineData("hidden_size", "null", "nothing")]
    [InlineData("num_hidden_layers", "1000000000", "1000000000")]
    [InlineData("num_key_value_heads", "2", "divisor")]
    [InlineData("head_dim", "15", "even")]
    [InlineData("rms_norm_eps", "\"small\"", "number")]
    [InlineData("tie_word_embeddings", "1", "true or false")]
    [InlineData("dtype", "\"int4\"", "int4")]
    [InlineData("quantization_config", "{}", "quantised")]
    [InlineData("partial_rotary_factor", "0.5", "0.5")]
    [InlineData("layer_types", """["full_attention","sliding_attention"]""", "sliding_attention")]
    [InlineData("rope_parameters", """{"rope_type":"yarn","rope_theta":10000,"factor":4}""", "yarn")]
    [InlineData("rope_parameters", """{"rope_type":"llama3","rope_theta":10000,"factor":8}""", "low_freq_factor")]
    [InlineData("rope_parameters", """{"rope_type":"default","rope_theta":0}""", "rope_theta")]
    [InlineData("rope_parameters", "7", "object")]
    public void A_config_that_is_wrong_or_not_supported_is_told_with_its_field(string field, string value, string told)
    {
        using var folder = new TemporaryFolder();
        CopyModel(folder);
        Edit(folder, config => config[field] = JsonNode.Parse(value));
        var message = Assert.Throws<InvalidDataException>(() => HuggingFaceFolder.Load(folder.Path)).Message;
        Assert.StartsWith(folder.In("config.json"), message, StringComparison.Ordinal);
        Assert.Contains(field, message, StringComparison.Ordinal);
        Assert.Contains(told, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"architectures": ["\ud800"]}""")]
    public void A_config_that_is_no_json_object_is_told(string text)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.In("config.json"), text);
        Assert.StartsWith(folder.In("config.json"), Assert.Throws<InvalidDataException>(() => HuggingFaceFolder.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_field_given_twice_is_told()
    {
        using var folder = new TemporaryFolder();
        CopyModel(folder);
        File.WriteAllText(folder.In("config.json"), File.ReadAllText(folder.In("config.json")).Replace("\"hidden_size\": 48,", "\"hidden_size\": 48, \"hidden_size\": 48,", StringComparison.Ordinal));
        Assert.Contains("hidden_size", Assert.Throws<InvalidDataException>(() => HuggingFaceFolder.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_tensor_is_named_before_anything_is_allocated() =>
        AssertRefused(tensors => tensors.RemoveAll(item => item.Name == "model.layers.1.mlp.up_proj.weight"), "model.layers.1.mlp.up_proj.weight: found nothing, wanted [128, 48]");

    [Fact]
    public void An_unknown_tensor_is_named() =>
        AssertRefused(tensors => tensors.Add(("model.layers.3.mlp.up_proj.weight", zeros(128, 48))), "model.layers.3.mlp.up_proj.weight: found a tensor that LlamaForCausalLM with this config does not have");

    [Fact]
    public void A_tensor_of_another_shape_is_named_with_both_shapes() =>
        AssertRefused(tensors => Replace(tensors, "model.norm.weight", zeros(49)), "model.norm.weight: found shape [49], wanted [48]");

    [Fact]
    public void A_tensor_of_another_type_is_named() =>
        AssertRefused(tensors => Replace(tensors, "model.norm.weight", zeros(48, ScalarType.Int64)), "model.norm.weight: found I64, wanted F32, F16 or BF16");

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_weight_that_is_not_finite_is_refused(double value) =>
        AssertRefused(tensors => Replace(tensors, "model.norm.weight", full(48, Scalars.Of(value))), "model.norm.weight: found values that are infinite or not numbers in Float32, wanted finite ones");

    [Fact]
    public void A_weight_beyond_the_range_of_the_type_to_compute_in_is_refused()
    {
        using var folder = new TemporaryFolder();
        Rewrite(folder, tensors => Replace(tensors, "model.norm.weight", full(48, Scalars.Of(1e6))));
        HuggingFaceFolder.Load(folder.Path).Dispose();
        Assert.Contains("Float16", Assert.Throws<InvalidDataException>(() => HuggingFaceFolder.Load(folder.Path, ScalarType.Float16)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tied_head_that_is_stored_again_must_be_the_embedding()
    {
        using var folder = new TemporaryFolder();
        Rewrite(folder, tensors => tensors.Add(("lm_head.weight", tensors.Single(item => item.Name == "model.embed_tokens.weight").Tensor)));
        HuggingFaceFolder.Load(folder.Path).Dispose();
        File.Delete(folder.In("model.safetensors"));
        Rewrite(folder, tensors => tensors.Add(("lm_head.weight", zeros(512, 48))));
        Assert.Contains("lm_head.weight", Assert.Throws<InvalidDataException>(() => HuggingFaceFolder.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"../model-00001-of-00003.safetensors\"", "the same folder")]
    [InlineData("\"/etc/passwd\"", "the same folder")]
    [InlineData("7", "the same folder")]
    [InlineData("\"model-00009-of-00003.safetensors\"", "found nothing, wanted a safetensors file")]
    [InlineData("\"model-00002-of-00003.safetensors\"", "wanted it in model-00002")]
    public void A_list_of_shards_that_lies_is_refused(string shard, string told) =>
        AssertIndexRefused(index => index["weight_map"]!["model.embed_tokens.weight"] = JsonNode.Parse(shard), told);

    [Fact]
    public void A_shards_tensor_that_the_list_does_not_name_is_refused() =>
        AssertIndexRefused(index => index["weight_map"]!.AsObject().Remove("model.embed_tokens.weight"), "model.embed_tokens.weight");

    [Fact]
    public void A_list_without_weights_is_refused() => AssertIndexRefused(index => index.AsObject().Remove("weight_map"), "weight_map");

    private static void AssertIndexRefused(Action<JsonNode> edit, string told)
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.EnumerateFiles(Shared.Golden("models/tiny-qwen2-sharded"))) File.Copy(file, folder.In(Path.GetFileName(file)));
        var index = folder.In("model.safetensors.index.json");
        var json = JsonNode.Parse(File.ReadAllText(index))!;
        edit(json);
        File.Delete(index);
        File.WriteAllText(index, json.ToJsonString());
        Assert.Contains(told, Assert.Throws<InvalidDataException>(() => HuggingFaceFolder.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    private static void AssertRefused(Action<List<(string Name, Tensor Tensor)>> edit, string told)
    {
        using var folder = new TemporaryFolder();
        Rewrite(folder, edit);
        Assert.Equal($"{folder.In("model.safetensors")}: {told}", Assert.Throws<InvalidDataException>(() => HuggingFaceFolder.Load(folder.Path)).Message.Replace($"{folder.Path}: ", $"{folder.In("model.safetensors")}: ", StringComparison.Ordinal));
    }

    private static void Rewrite(TemporaryFolder folder, Action<List<(string Name, Tensor Tensor)>> edit)
    {
        using var scope = NewDisposeScope();
        var source = Shared.Golden($"models/{Model}");
        File.WriteAllBytes(folder.In("config.json"), File.ReadAllBytes(Path.Combine(source, "config.json")));
        using var file = SafetensorsFile.Open(Path.Combine(source, "model.safetensors"));
        var tensors = file.Tensors.Keys.Select(name => (name, file.Read(name))).ToList();
        edit(tensors);
        SafetensorsWriter.Write(folder.In("model.safetensors"), tensors);
    }

    private static void Replace(List<(string Name, Tensor Tensor)> tensors, string name, Tensor tensor) =>
        tensors[tensors.FindIndex(item => item.Name == name)] = (name, tensor);

    private static void CopyModel(TemporaryFolder folder)
    {
        foreach (var name in new[] { "config.json", "model.safetensors" })
            File.WriteAllBytes(folder.In(name), File.ReadAllBytes(Shared.Golden($"models/{Model}/{name}")));
    }

    private static void Edit(TemporaryFolder folder, Action<JsonNode> edit)
    {
        var config = JsonNode.Parse(File.ReadAllText(folder.In("config.json")))!;
        edit(config);
        File.WriteAllText(folder.In("config.json"), config.ToJsonString());
    }
}
