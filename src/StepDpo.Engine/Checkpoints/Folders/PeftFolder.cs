using System.Text.Json;
using System.Text.Json.Nodes;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Checkpoints.Safetensors;
using StepDpo.Engine.Modeling;

namespace StepDpo.Engine.Checkpoints.Folders;

/// <summary>
/// An adapter as PEFT lays it out: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>. Of the config's many fields those
/// are written that PEFT has had since it knows rank stabilisation (0.7); it fills in the rest.
/// </summary>
public static class PeftFolder
{
    /// <summary>The adapter's shape.</summary>
    public const string ConfigName = "adapter_config.json";

    /// <summary>Its weights.</summary>
    public const string WeightsName = "adapter_model.safetensors";

    // Fields with which an adapter computes something else than scale * B A, and the values under which it does not.
    private static readonly IReadOnlyList<(string Field, string[] Harmless)> _variants =
    [
        ("peft_type", ["\"LORA\""]), ("use_dora", ["false"]), ("fan_in_fan_out", ["false"]), ("lora_bias", ["false"]), ("bias", ["\"none\""]),
        ("modules_to_save", ["null"]), ("rank_pattern", ["{}"]), ("alpha_pattern", ["{}"]), ("layers_to_transform", ["null"]),
        ("layer_replication", ["null"]), ("trainable_token_indices", ["null"]), ("target_parameters", ["null"]), ("exclude_modules", ["null"]),
    ];

    /// <summary>Writes an adapter into a folder, which is made where it is missing; each file appears as a whole.</summary>
    /// <param name="adapter">The adapter.</param>
    /// <param name="baseModel">Folder or name of the model that it belongs to, for PEFT to find.</param>
    /// <param name="folder">The folder.</param>
    public static void Save(LoraAdapter adapter, string baseModel, string folder)
    {
        Directory.CreateDirectory(folder);
        var options = adapter.Options;
        FolderWriter.WriteJson(Path.Combine(folder, ConfigName), new JsonObject
        {
            ["alpha_pattern"] = new JsonObject(),
            ["base_model_name_or_path"] = baseModel,
            ["bias"] = "none",
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
            ["init_lora_weights"] = true,
            ["layers_pattern"] = null,
            ["layers_to_transform"] = null,
            ["lora_alpha"] = options.Alpha,
            ["lora_dropout"] = 0.0,
            ["modules_to_save"] = null,
            ["peft_type"] = "LORA",
            ["r"] = options.Rank,
            ["rank_pattern"] = new JsonObject(),
            ["revision"] = null,
            ["target_modules"] = new JsonArray([.. options.TargetNames().Select(name => JsonValue.Create(name))]),
            ["task_type"] = "CAUSAL_LM",
            ["use_rslora"] = options.RankStabilised,
        });
        SafetensorsWriter.Write(Path.Combine(folder, WeightsName), adapter.NamedParameters().Select(item => (item.Name, (TorchSharp.torch.Tensor)item.Parameter)));
    }

    /// <summary>Attaches the adapter of a folder to a model.</summary>
    /// <exception cref="InvalidDataException">A file is missing or malformed, is no plain LoRA adapter, or does not fit the model; the message names file, field or tensor, found and wanted.</exception>
    public static LoraAdapter Load(string folder, CausalLm model)
    {
        var options = ReadOptions(Path.Combine(folder, ConfigName));
        using var weights = SafetensorsFile.Open(Path.Combine(folder, WeightsName));
        var shapes = LoraAdapter.Shapes(model, options);
        foreach (var (name, shape) in shapes)
        {
            if (!weights.Tensors.TryGetValue(name, out var found) || !found.Shape.SequenceEqual(shape))
                throw new InvalidDataException($"{weights.Path}: {name}: found {found?.ShapeText ?? "nothing"}, wanted {TensorEntry.Describe(shape)}");
            if (!TensorDtype.IsWeight(found.Dtype)) throw new InvalidDataException($"{weights.Path}: {name}: found {TensorDtype.NameOf(found.Dtype)}, wanted F32, F16 or BF16");
        }

        if (weights.Tensors.Keys.Except(shapes.Select(item => item.Name)).FirstOrDefault() is { } unknown)
            throw new InvalidDataException($"{weights.Path}: {unknown}: found a tensor that an adapter of this config does not have");
        return LoraAdapter.Attach(model, options, (layer, a, b) =>
        {
            weights.ReadInto(LoraAdapter.NameOf(layer, "A"), a);
            weights.ReadInto(LoraAdapter.NameOf(layer, "B"), b);
        });
    }

    private static LoraOptions ReadOptions(string file)
    {
        if (!File.Exists(file)) throw new InvalidDataException($"{file}: found nothing, wanted an adapter's config");
        try
        {
            var config = JsonNode.Parse(File.ReadAllBytes(file))!.AsObject();
            foreach (var (field, harmless) in _variants)
            {
                if (config.TryGetPropertyValue(field, out var value) && value?.ToJsonString() is var found && !harmless.Contains(found ?? "null"))
                    throw new InvalidDataException($"{file}: {field}: found {found ?? "null"}, wanted {string.Join(" or ", harmless)}: only plain LoRA adapters are read");
            }

            string[] names = [.. config["target_modules"]!.AsArray().Select(name => (string)name!)];
            var options = new LoraOptions
            {
                Rank = (int)config["r"]!,
                Alpha = (double)config["lora_alpha"]!,
                Targets = LoraOptions.TargetsOf(names) ?? throw new InvalidDataException($"{file}: target_modules: found {string.Join(", ", names)}, wanted {string.Join(", ", new LoraOptions().TargetNames())} or some of them"),
                RankStabilised = (bool?)config["use_rslora"] ?? false,
            };
            return options.Problems().FirstOrDefault() is { Field: not null } problem ? throw new InvalidDataException($"{file}: {problem.Message}") : options;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or NullReferenceException)
        {
            throw new InvalidDataException($"{file}: found no config of a LoRA adapter (r, lora_alpha, target_modules): {e.Message}", e);
        }
    }
}
