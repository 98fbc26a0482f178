using System.Text;
using System.Text.Json.Nodes;
using StepDpo.Engine.Modeling;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Modeling;

/// <summary>What the published models' <c>config.json</c> says, model by model, in the style it was released in and in transformers 5's.</summary>
public sealed class ModelConfigTests
{
    public static TheoryData<string> Models => [.. Samples.Keys];

    // The fields that any reader of weights looks at, as released; numbers of heads, widths and so on are the published ones.
    private static Dictionary<string, (string Json, ModelConfig Wanted)> Samples { get; } = new()
    {
        ["Llama 2 7B: no rope_theta"] = (
            """{"architectures":["LlamaForCausalLM"],"hidden_act":"silu","hidden_size":4096,"intermediate_size":11008,"max_position_embeddings":4096,"num_attention_heads":32,"num_hidden_layers":32,"num_key_value_heads":32,"pretraining_tp":1,"rms_norm_eps":1e-05,"rope_scaling":null,"tie_word_embeddings":false,"torch_dtype":"float16","vocab_size":32000}""",
            Llama(4096, 11008, 32, 32, 32, 128) with { VocabularySize = 32000, ContextLength = 4096, RopeTheta = 10000, Dtype = ScalarType.Float16 }),
        ["Llama 2 7B as first released: no num_key_value_heads"] = (
            """{"architectures":["LlamaForCausalLM"],"hidden_act":"silu","hidden_size":4096,"intermediate_size":11008,"max_position_embeddings":4096,"num_attention_heads":32,"num_hidden_layers":32,"rms_norm_eps":1e-05,"tie_word_embeddings":false,"torch_dtype":"float16","vocab_size":32000}""",
            Llama(4096, 11008, 32, 32, 32, 128) with { VocabularySize = 32000, ContextLength = 4096, RopeTheta = 10000, Dtype = ScalarType.Float16 }),
        ["Llama 3 8B"] = (
            """{"architectures":["LlamaForCausalLM"],"attention_bias":false,"hidden_act":"silu","hidden_size":4096,"intermediate_size":14336,"max_position_embeddings":8192,"num_attention_heads":32,"num_hidden_layers":32,"num_key_value_heads":8,"rms_norm_eps":1e-05,"rope_scaling":null,"rope_theta":500000.0,"tie_word_embeddings":false,"torch_dtype":"bfloat16","vocab_size":128256}""",
            Llama(4096, 14336, 32, 32, 8, 128) with { VocabularySize = 128256, ContextLength = 8192, RopeTheta = 500000 }),
        ["Llama 3.1 8B: scaled waves"] = (
            """{"architectures":["LlamaForCausalLM"],"attention_bias":false,"hidden_act":"silu","hidden_size":4096,"intermediate_size":14336,"max_position_embeddings":131072,"mlp_bias":false,"num_attention_heads":32,"num_hidden_layers":32,"num_key_value_heads":8,"rms_norm_eps":1e-05,"rope_scaling":{"factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192,"rope_type":"llama3"},"rope_theta":500000.0,"tie_word_embeddings":false,"torch_dtype":"bfloat16","vocab_size":128256}""",
            Llama(4096, 14336, 32, 32, 8, 128) with { VocabularySize = 128256, ContextLength = 131072, RopeTheta = 500000, RopeScaling = new RopeScaling(8, 1, 4, 8192) }),
        ["Llama 3.2 3B: tied"] = (
            """{"architectures":["LlamaForCausalLM"],"attention_bias":false,"head_dim":128,"hidden_act":"silu","hidden_size":3072,"intermediate_size":8192,"max_position_embeddings":131072,"mlp_bias":false,"num_attention_heads":24,"num_hidden_layers":28,"num_key_value_heads":8,"rms_norm_eps":1e-05,"rope_scaling":{"factor":32.0,"high_freq_factor":4.0,"low_freq_factor":1.0,"original_max_position_embeddings":8192,"rope_type":"llama3"},"rope_theta":500000.0,"tie_word_embeddings":true,"torch_dtype":"bfloat16","vocab_size":128256}""",
            Llama(3072, 8192, 28, 24, 8, 128) with { VocabularySize = 128256, ContextLength = 131072, RopeTheta = 500000, RopeScaling = new RopeScaling(32, 1, 4, 8192), TieWordEmbeddings = true }),
        ["Qwen1.5 0.5B"] = (
            """{"architectures":["Qwen2ForCausalLM"],"hidden_act":"silu","hidden_size":1024,"intermediate_size":2816,"max_position_embeddings":32768,"max_window_layers":21,"num_attention_heads":16,"num_hidden_layers":24,"num_key_value_heads":16,"rms_norm_eps":1e-06,"rope_theta":1000000.0,"sliding_window":32768,"tie_word_embeddings":true,"torch_dtype":"bfloat16","use_sliding_window":false,"vocab_size":151936}""",
            Qwen2(1024, 2816, 24, 16, 16, 64) with { ContextLength = 32768, TieWordEmbeddings = true }),
        ["Qwen2 7B: another vocabulary"] = (
            """{"architectures":["Qwen2ForCausalLM"],"hidden_act":"silu","hidden_size":3584,"intermediate_size":18944,"max_position_embeddings":131072,"max_window_layers":28,"num_attention_heads":28,"num_hidden_layers":28,"num_key_value_heads":4,"rms_norm_eps":1e-06,"rope_theta":1000000.0,"sliding_window":131072,"tie_word_embeddings":false,"torch_dtype":"bfloat16","use_sliding_window":false,"vocab_size":152064}""",
            Qwen2(3584, 18944, 28, 28, 4, 128) with { VocabularySize = 152064, ContextLength = 131072 }),
        ["Qwen2.5 0.5B"] = (
            """{"architectures":["Qwen2ForCausalLM"],"hidden_act":"silu","hidden_size":896,"intermediate_size":4864,"max_position_embeddings":32768,"max_window_layers":24,"num_attention_heads":14,"num_hidden_layers":24,"num_key_value_heads":2,"rms_norm_eps":1e-06,"rope_theta":1000000.0,"sliding_window":32768,"tie_word_embeddings":true,"torch_dtype":"bfloat16","use_sliding_window":false,"vocab_size":151936}""",
            Qwen2(896, 4864, 24, 14, 2, 64) with { ContextLength = 32768, TieWordEmbeddings = true }),
        ["Qwen2.5 7B with a sliding window: used up to the window, within which it is full attention"] = (
            """{"architectures":["Qwen2ForCausalLM"],"hidden_act":"silu","hidden_size":3584,"intermediate_size":18944,"max_position_embeddings":131072,"max_window_layers":14,"num_attention_heads":28,"num_hidden_layers":28,"num_key_value_heads":4,"rms_norm_eps":1e-06,"rope_theta":1000000.0,"sliding_window":32768,"tie_word_embeddings":false,"torch_dtype":"bfloat16","use_sliding_window":true,"vocab_size":152064}""",
            Qwen2(3584, 18944, 28, 28, 4, 128) with { VocabularySize = 152064, ContextLength = 32768 }),
        ["Qwen3 0.6B: heads wider than hidden_size / heads, q and k normalised"] = (
            """{"architectures":["Qwen3ForCausalLM"],"attention_bias":false,"head_dim":128,"hidden_act":"silu","hidden_size":1024,"intermediate_size":3072,"max_position_embeddings":40960,"max_window_layers":28,"num_attention_heads":16,"num_hidden_layers":28,"num_key_value_heads":8,"rms_norm_eps":1e-06,"rope_scaling":null,"rope_theta":1000000,"sliding_window":null,"tie_word_embeddings":true,"torch_dtype":"bfloat16","use_sliding_window":false,"vocab_size":151936}""",
            Qwen3(1024, 3072, 28, 16, 8, 128) with { ContextLength = 40960, TieWordEmbeddings = true }),
        ["Qwen3 4B"] = (
            """{"architectures":["Qwen3ForCausalLM"],"attention_bias":false,"head_dim":128,"hidden_act":"silu","hidden_size":2560,"intermediate_size":9728,"max_position_embeddings":262144,"max_window_layers":36,"num_attention_heads":32,"num_hidden_layers":36,"num_key_value_heads":8,"rms_norm_eps":1e-06,"rope_scaling":null,"rope_theta":5000000,"sliding_window":null,"tie_word_embeddings":true,"torch_dtype":"bfloat16","use_sliding_window":false,"vocab_size":151936}""",
            Qwen3(2560, 9728, 36, 32, 8, 128) with { ContextLength = 262144, RopeTheta = 5000000, TieWordEmbeddings = true }),
        ["Mistral 7B 0.1: every layer slides"] = (
            """{"architectures":["MistralForCausalLM"],"hidden_act":"silu","hidden_size":4096,"intermediate_size":14336,"max_position_embeddings":32768,"num_attention_heads":32,"num_hidden_layers":32,"num_key_value_heads":8,"rms_norm_eps":1e-05,"rope_theta":10000.0,"sliding_window":4096,"tie_word_embeddings":false,"torch_dtype":"bfloat16","vocab_size":32000}""",
            Llama(4096, 14336, 32, 32, 8, 128) with { Architecture = "MistralForCausalLM", VocabularySize = 32000, ContextLength = 4096, RopeTheta = 10000 }),
        ["Mistral Nemo 12B: heads narrower than hidden_size / heads"] = (
            """{"architectures":["MistralForCausalLM"],"head_dim":128,"hidden_act":"silu","hidden_size":5120,"intermediate_size":14336,"max_position_embeddings":128000,"num_attention_heads":32,"num_hidden_layers":40,"num_key_value_heads":8,"rms_norm_eps":1e-05,"rope_theta":1000000.0,"sliding_window":null,"tie_word_embeddings":false,"torch_dtype":"bfloat16","vocab_size":131072}""",
            Llama(5120, 14336, 40, 32, 8, 128) with { Architecture = "MistralForCausalLM", VocabularySize = 131072, ContextLength = 128000, RopeTheta = 1000000 }),
        ["DeepSeekMath 7B"] = (
            """{"architectures":["LlamaForCausalLM"],"attention_bias":false,"hidden_act":"silu","hidden_size":4096,"intermediate_size":11008,"max_position_embeddings":4096,"num_attention_heads":32,"num_hidden_layers":30,"num_key_value_heads":32,"rms_norm_eps":1e-06,"rope_scaling":null,"rope_theta":10000.0,"tie_word_embeddings":false,"torch_dtype":"bfloat16","vocab_size":102400}""",
            Llama(4096, 11008, 30, 32, 32, 128) with { VocabularySize = 102400, ContextLength = 4096, RmsNormEpsilon = 1e-6, RopeTheta = 10000 }),
        ["SmolLM2 135M"] = (
            """{"architectures":["LlamaForCausalLM"],"attention_bias":false,"hidden_act":"silu","hidden_size":576,"intermediate_size":1536,"is_llama_config":true,"max_position_embeddings":8192,"mlp_bias":false,"num_attention_heads":9,"num_hidden_layers":30,"num_key_value_heads":3,"rms_norm_eps":1e-05,"rope_interleaved":false,"rope_scaling":null,"rope_theta":100000,"tie_word_embeddings":true,"torch_dtype":"bfloat16","vocab_size":49152}""",
            Llama(576, 1536, 30, 9, 3, 64) with { VocabularySize = 49152, ContextLength = 8192, RopeTheta = 100000, TieWordEmbeddings = true }),
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Both_styles_of_a_model_s_config_are_read(string model)
    {
        var (released, wanted) = Samples[model];
        Assert.Equal(wanted, Read(released));
        Assert.Equal(wanted, Read(InTransformers5(released)));
    }

    [Theory]
    [InlineData("architectures", """["MixtralForCausalLM"]""", "architectures: found MixtralForCausalLM")]
    [InlineData("architectures", """["Qwen2MoeForCausalLM"]""", "architectures: found Qwen2MoeForCausalLM")]
    [InlineData("architectures", """["Qwen3MoeForCausalLM"]""", "architectures: found Qwen3MoeForCausalLM")]
    [InlineData("architectures", """["DeepseekV3ForCausalLM"]""", "architectures: found DeepseekV3ForCausalLM")]
    [InlineData("architectures", """["GemmaForCausalLM"]""", "architectures: found GemmaForCausalLM")]
    [InlineData("architectures", """["Gemma3ForCausalLM"]""", "architectures: found Gemma3ForCausalLM")]
    [InlineData("architectures", """["Phi3ForCausalLM"]""", "architectures: found Phi3ForCausalLM")]
    [InlineData("architectures", """["Qwen2ForSequenceClassification"]""", "architectures: found Qwen2ForSequenceClassification")]
    public void Another_architecture_is_refused_and_told_what_there_is(string field, string value, string told) =>
        AssertRefused(field, value, $"{told}, wanted one of LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM");

    [Theory]
    [InlineData("rope_scaling", """{"factor":4.0,"original_max_position_embeddings":32768,"type":"yarn"}""", "rope_scaling: type: found yarn, wanted default or llama3")]
    [InlineData("rope_scaling", """{"factor":2.0,"rope_type":"linear"}""", "rope_scaling: rope_type: found linear, wanted default or llama3")]
    [InlineData("rope_parameters", """{"factor":4.0,"rope_theta":1000000.0,"rope_type":"yarn"}""", "rope_parameters: rope_type: found yarn, wanted default or llama3")]
    [InlineData("rope_parameters", """{"partial_rotary_factor":0.5,"rope_theta":1000000.0,"rope_type":"default"}""", "rope_parameters: partial_rotary_factor: found 0.5, wanted 1")]
    [InlineData("partial_rotary_factor", "0.4", "partial_rotary_factor: found 0.4, wanted 1")]
    [InlineData("hidden_act", "\"gelu_pytorch_tanh\"", "hidden_act: found gelu_pytorch_tanh, wanted silu")]
    [InlineData("quantization_config", """{"bits":4,"quant_method":"gptq"}""", "quantization_config: found a quantised model, wanted none")]
    [InlineData("layer_types", """["full_attention","sliding_attention"]""", "layer_types: found full_attention, sliding_attention, wanted full_attention")]
    [InlineData("torch_dtype", "\"float8_e4m3fn\"", "dtype: found float8_e4m3fn, wanted float32, float16 or bfloat16")]
    public void What_is_not_computed_is_refused_with_field_found_and_wanted(string field, string value, string told) => AssertRefused(field, value, told);

    private static void AssertRefused(string field, string value, string told)
    {
        var json = JsonNode.Parse(Samples["Qwen2.5 0.5B"].Json)!.AsObject();
        json[field] = JsonNode.Parse(value);
        Assert.Equal($"config.json: {told}", Assert.Throws<InvalidDataException>(() => Read(json.ToJsonString())).Message);
    }

    private static ModelConfig Read(string json) => ModelConfigReader.Parse("config.json", Encoding.UTF8.GetBytes(json));

    // What transformers 5 writes when it saves a released model again.
    private static string InTransformers5(string released)
    {
        var json = JsonNode.Parse(released)!.AsObject();
        var rope = json["rope_scaling"]?.DeepClone().AsObject() ?? new JsonObject { ["rope_type"] = "default" };
        rope["rope_theta"] = json["rope_theta"]?.DeepClone() ?? 10000.0;
        json["rope_parameters"] = rope;
        json["dtype"] = json["torch_dtype"]!.DeepClone();
        foreach (var gone in new[] { "rope_scaling", "rope_theta", "torch_dtype" }) json.Remove(gone);
        if (json.ContainsKey("max_window_layers"))
        {
            var slides = (bool)json["use_sliding_window"]!;
            var types = Enumerable.Range(0, (int)json["num_hidden_layers"]!).Select(layer => slides && layer >= (int)json["max_window_layers"]! ? "sliding_attention" : "full_attention");
            json["layer_types"] = new JsonArray([.. types.Select(type => (JsonNode)type)]);
            if (!slides) json["sliding_window"] = null;
        }

        return json.ToJsonString();
    }

    private static ModelConfig Llama(int hidden, int feedForward, int layers, int heads, int keyValueHeads, int headDim) => new()
    {
        Architecture = "LlamaForCausalLM",
        VocabularySize = 0,
        HiddenSize = hidden,
        IntermediateSize = feedForward,
        Layers = layers,
        Heads = heads,
        KeyValueHeads = keyValueHeads,
        HeadDim = headDim,
        ContextLength = 0,
        RmsNormEpsilon = 1e-5,
        RopeTheta = 0,
        TieWordEmbeddings = false,
        Dtype = ScalarType.BFloat16,
    };

    private static ModelConfig Qwen2(int hidden, int feedForward, int layers, int heads, int keyValueHeads, int headDim) =>
        Llama(hidden, feedForward, layers, heads, keyValueHeads, headDim) with
        {
            Architecture = "Qwen2ForCausalLM",
            VocabularySize = 151936,
            RmsNormEpsilon = 1e-6,
            RopeTheta = 1000000,
            QueryKeyValueBias = true,
        };

    private static ModelConfig Qwen3(int hidden, int feedForward, int layers, int heads, int keyValueHeads, int headDim) =>
        Qwen2(hidden, feedForward, layers, heads, keyValueHeads, headDim) with { Architecture = "Qwen3ForCausalLM", QueryKeyValueBias = false, QueryKeyNorm = true };
}
