using System.Text.Json;
using TorchSharp;

namespace StepDpo.Engine.Modeling;

/// <summary>
/// Reads <c>config.json</c> in its two styles: that of released models (<c>rope_theta</c> and <c>rope_scaling</c> at top level,
/// <c>torch_dtype</c>) and that of transformers 5 (<c>rope_parameters</c>, <c>dtype</c>, <c>layer_types</c>).
/// What the model code does not compute is refused, never ignored.
/// </summary>
public static class ModelConfigReader
{
    // Far above every published model and small enough that no product of two of them overflows.
    private const int LargestWidth = 1 << 24;
    private const int MostLayers = 1024;
    private const int LargestFile = 1 << 20;

    private static readonly string[] Architectures = ["LlamaForCausalLM", "MistralForCausalLM", "Qwen2ForCausalLM", "Qwen3ForCausalLM"];

    /// <summary>Reads a config file.</summary>
    /// <exception cref="InvalidDataException">It is missing, malformed or describes what is not supported; the message names file, field, found and wanted.</exception>
    public static ModelConfig Read(string file)
    {
        if (!File.Exists(file)) throw new InvalidDataException($"{file}: found nothing, wanted a model's config.json");
        if (new FileInfo(file).Length > LargestFile) throw new InvalidDataException($"{file}: found {new FileInfo(file).Length} bytes, wanted at most {LargestFile}");
        return Parse(file, File.ReadAllBytes(file));
    }

    /// <summary>Reads a config that is in memory already.</summary>
    /// <param name="file">For messages.</param>
    /// <param name="json">UTF-8.</param>
    /// <exception cref="InvalidDataException">It is malformed or describes what is not supported.</exception>
    public static ModelConfig Parse(string file, byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return Read(new JsonFields(file, document.RootElement));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text that is not UTF-8, or half a surrogate pair.
            throw new InvalidDataException($"{file}: {e.Message}", e);
        }
    }

    private static ModelConfig Read(JsonFields json)
    {
        var architecture = ReadArchitecture(json);
        RefuseWhatIsNotComputed(json);
        var heads = json.Whole("num_attention_heads", 1, LargestWidth);
        var keyValueHeads = json.Whole("num_key_value_heads", 1, LargestWidth, heads);
        var hidden = json.Whole("hidden_size", 1, LargestWidth);
        var headDim = json.Whole("head_dim", 2, LargestWidth, hidden / heads);
        if (heads % keyValueHeads != 0) throw json.Wrong("num_key_value_heads", keyValueHeads, $"a divisor of {heads} heads");
        if (headDim % 2 != 0) throw json.Wrong("head_dim", headDim, "an even number");
        var bias = json.Flag("attention_bias", false);
        var (theta, scaling) = ReadRope(json);
        return new ModelConfig
        {
            Architecture = architecture,
            VocabularySize = json.Whole("vocab_size", 1, LargestWidth),
            HiddenSize = hidden,
            IntermediateSize = json.Whole("intermediate_size", 1, LargestWidth),
            Layers = json.Whole("num_hidden_layers", 1, MostLayers),
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadDim = headDim,
            ContextLength = ReadContextLength(json),
            RmsNormEpsilon = json.Number("rms_norm_eps", 1e-6),
            RopeTheta = theta,
            RopeScaling = scaling,
            TieWordEmbeddings = json.Flag("tie_word_embeddings", false),
            QueryKeyValueBias = architecture == "Qwen2ForCausalLM" || bias,
            OutputBias = architecture != "Qwen2ForCausalLM" && bias,
            FeedForwardBias = json.Flag("mlp_bias", false),
            QueryKeyNorm = architecture == "Qwen3ForCausalLM",
            Dtype = ReadDtype(json),
        };
    }

    private static string ReadArchitecture(JsonFields json)
    {
        var found = json.Texts("architectures");
        return found is [var one] && Architectures.Contains(one)
            ? one
            : throw json.Wrong("architectures", string.Join(", ", found), $"one of {string.Join(", ", Architectures)}");
    }

    private static void RefuseWhatIsNotComputed(JsonFields json)
    {
        if (json.Text("hidden_act", "silu") is not "silu" and var act) throw json.Wrong("hidden_act", act, "silu");
        if (json.Has("quantization_config")) throw json.Wrong("quantization_config", "a quantised model", "none");
        foreach (var home in new[] { json, json.Object("rope_parameters") ?? json })
        {
            if (home.Number("partial_rotary_factor", 1) is not 1 and var part) throw home.Wrong("partial_rotary_factor", part, "1");
        }
    }

    /// <summary>Within its window a model with sliding attention computes what full attention computes: it is used up to there.</summary>
    private static int ReadContextLength(JsonFields json)
    {
        var positions = json.Whole("max_position_embeddings", 1, int.MaxValue);
        var slides = json.Has("sliding_window") && json.Flag("use_sliding_window", true);
        var layersSlide = json.Texts("layer_types").Any(type => type != "full_attention");
        if (layersSlide && !slides) throw json.Wrong("layer_types", string.Join(", ", json.Texts("layer_types").Distinct()), "full_attention");
        return slides ? Math.Min(positions, json.Whole("sliding_window", 1, int.MaxValue)) : positions;
    }

    private static (double Theta, RopeScaling? Scaling) ReadRope(JsonFields json)
    {
        var newer = json.Object("rope_parameters");
        var rope = newer ?? json.Object("rope_scaling");
        var home = newer?.Has("rope_theta") == true ? newer : json;
        var theta = home.Number("rope_theta", 10000);
        if (theta <= 1) throw home.Wrong("rope_theta", theta, "a number above 1");
        if (rope is null) return (theta, null);
        var field = rope.Has("rope_type") ? "rope_type" : "type";
        return rope.Text(field, "default") switch
        {
            "default" => (theta, null),
            "llama3" => (theta, ReadLlama3(rope)),
            var other => throw rope.Wrong(field, other, "default or llama3"),
        };
    }

    private static RopeScaling ReadLlama3(JsonFields rope)
    {
        var scaling = new RopeScaling(
            rope.Number("factor"),
            rope.Number("low_freq_factor"),
            rope.Number("high_freq_factor"),
            rope.Whole("original_max_position_embeddings", 1, int.MaxValue));
        if (!(scaling.Factor >= 1)) throw rope.Wrong("factor", scaling.Factor, "at least 1");
        if (!(scaling.HighFrequencyFactor > scaling.LowFrequencyFactor)) throw rope.Wrong("high_freq_factor", scaling.HighFrequencyFactor, $"more than low_freq_factor {scaling.LowFrequencyFactor}");
        return scaling;
    }

    private static torch.ScalarType? ReadDtype(JsonFields json) => json.Text("dtype", json.Text("torch_dtype", "")) switch
    {
        "" => null,
        "float32" => torch.ScalarType.Float32,
        "float16" => torch.ScalarType.Float16,
        "bfloat16" => torch.ScalarType.BFloat16,
        var other => throw json.Wrong("dtype", other, "float32, float16 or bfloat16"),
    };
}
