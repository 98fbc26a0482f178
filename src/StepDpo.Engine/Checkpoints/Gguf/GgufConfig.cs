using System.Globalization;
using System.Text.Json.Nodes;
using TorchSharp;

namespace StepDpo.Engine.Checkpoints.Gguf;

/// <summary>Writes Hugging Face's <c>config.json</c> and <c>generation_config.json</c> from a GGUF file's metadata.</summary>
internal static class GgufConfig
{
    private const string Llama = "llama";

    private static readonly Dictionary<string, string> Architectures = new(StringComparer.Ordinal) { [Llama] = "LlamaForCausalLM", ["qwen2"] = "Qwen2ForCausalLM" };

    /// <summary>The config; <c>ModelConfigReader</c> then checks its numbers.</summary>
    /// <exception cref="InvalidDataException">An architecture or a rotary scaling that is not supported, or a key that is missing.</exception>
    public static JsonObject Config(GgufFile file, torch.ScalarType dtype)
    {
        var kind = file.Get<string>("general.architecture");
        if (!Architectures.TryGetValue(kind, out var architecture)) throw new InvalidDataException($"{file.Path}: general.architecture: found {kind}, wanted one of {string.Join(", ", Architectures.Keys)}");
        var scaling = file.Get($"{kind}.rope.scaling.type", "none");
        if (scaling != "none") throw new InvalidDataException($"{file.Path}: {kind}.rope.scaling.type: found {scaling}, wanted none");
        if (!file.Tensors.TryGetValue("token_embd.weight", out var embedding)) throw new InvalidDataException($"{file.Path}: token_embd.weight: found nothing, wanted a tensor");
        var (hidden, heads) = (file.GetWhole($"{kind}.embedding_length"), file.GetWhole($"{kind}.attention.head_count"));
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray(architecture),
            ["model_type"] = kind,
            ["hidden_act"] = "silu",
            ["vocab_size"] = embedding.Shape[0],
            ["hidden_size"] = hidden,
            ["intermediate_size"] = file.GetWhole($"{kind}.feed_forward_length"),
            ["num_hidden_layers"] = file.GetWhole($"{kind}.block_count"),
            ["num_attention_heads"] = heads,
            ["num_key_value_heads"] = file.Get<long>($"{kind}.attention.head_count_kv", heads),
            ["max_position_embeddings"] = file.GetWhole($"{kind}.context_length"),
            ["rms_norm_eps"] = Widen(file, $"{kind}.attention.layer_norm_rms_epsilon", otherwise: null),
            ["rope_theta"] = Widen(file, $"{kind}.rope.freq_base", otherwise: 10000f),
            ["tie_word_embeddings"] = !file.Tensors.ContainsKey("output.weight"),
            ["torch_dtype"] = TensorDtype.ConfigNameOf(dtype),
        };
        if (file.Has($"{kind}.attention.key_length")) config["head_dim"] = file.GetWhole($"{kind}.attention.key_length");
        foreach (var (field, id) in SpecialIds(file)) config[field] = id;
        return config;
    }

    /// <summary>How to begin and end a text.</summary>
    public static JsonObject Generation(GgufFile file)
    {
        var config = new JsonObject();
        foreach (var (field, id) in SpecialIds(file)) config[field] = id;
        return config;
    }

    private static IEnumerable<(string Field, int Id)> SpecialIds(GgufFile file)
    {
        foreach (var (field, key) in new[] { ("bos_token_id", "bos"), ("eos_token_id", "eos"), ("pad_token_id", "padding") })
        {
            if (file.Has($"tokenizer.ggml.{key}_token_id")) yield return (field, file.GetWhole($"tokenizer.ggml.{key}_token_id"));
        }
    }

    // The file holds fp32: 1e-5 there is 9.999999747e-06, and the shortest text that gives this float back is 1e-05 again.
    private static double Widen(GgufFile file, string key, float? otherwise)
    {
        var number = otherwise is { } usual ? file.Get(key, usual) : file.Get<float>(key);
        if (!float.IsFinite(number)) throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{file.Path}: {key}: found {number}, wanted a finite number"));
        return double.Parse(number.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }
}
