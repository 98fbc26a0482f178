using System.Globalization;
using System.Text.Json.Nodes;
using StepDpo.Engine.Checkpoints.Safetensors;
using StepDpo.Engine.Devices;
using StepDpo.Engine.Modeling;
using static TorchSharp.torch;

namespace StepDpo.Bench.Inputs;

/// <summary>A model folder of Qwen2.5-0.5B's width with seeded weights, which both programs read.</summary>
internal static class Shapes
{
    /// <summary>The shape as baseline.py takes it.</summary>
    public static string ForBaseline(int layers) => new JsonObject
    {
        ["hidden_size"] = 896,
        ["num_attention_heads"] = 14,
        ["num_key_value_heads"] = 2,
        ["intermediate_size"] = 4864,
        ["num_hidden_layers"] = layers,
        ["vocab_size"] = Vocabulary,
    }.ToJsonString();

    /// <summary>Qwen2.5's vocabulary.</summary>
    public const int Vocabulary = 151_936;

    /// <summary>The folder; made when it is not there yet.</summary>
    /// <param name="options">How many layers, and where.</param>
    /// <param name="lastNorm">
    /// The last norm's weight. At 1 random weights give every token about the same probability, as no trained model does; at 7
    /// the 152,000 logits have a deviation of 4.2, and at temperature 0.8 some twenty tokens hold 95 %.
    /// </param>
    public static string Folder(BenchOptions options, int lastNorm = 1)
    {
        var folder = Path.Combine(options.Output, string.Create(CultureInfo.InvariantCulture, $"qwen2.5-0.5b-width-{options.Layers}-layers-norm-{lastNorm}"));
        if (File.Exists(Path.Combine(folder, "model.safetensors"))) return folder;
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), new JsonObject
        {
            ["architectures"] = new JsonArray("Qwen2ForCausalLM"),
            ["model_type"] = "qwen2",
            ["hidden_size"] = 896,
            ["intermediate_size"] = 4864,
            ["num_attention_heads"] = 14,
            ["num_key_value_heads"] = 2,
            ["num_hidden_layers"] = options.Layers,
            ["vocab_size"] = Vocabulary,
            ["max_position_embeddings"] = 32768,
            ["rms_norm_eps"] = 1e-6,
            ["rope_theta"] = 1e6,
            ["tie_word_embeddings"] = true,
            ["hidden_act"] = "silu",
            ["torch_dtype"] = "float32",
        }.ToJsonString());
        LibTorch.Load(options.Threads);
        using var model = new CausalLm(ModelConfigReader.Read(Path.Combine(folder, "config.json")), ScalarType.Float32, CPU);
        using var noGrad = no_grad();
        using var random = new Generator(7);
        foreach (var (name, parameter) in model.NamedParameters())
        {
            if (name == "model.norm.weight") parameter.fill_(lastNorm);
            else if (name.EndsWith("norm.weight", StringComparison.Ordinal)) parameter.fill_(1);
            else parameter.normal_(0, 0.02, random);
        }

        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), model.NamedParameters().Select(item => (item.Name, (Tensor)item.Parameter)));
        return folder;
    }
}
