using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using StepDpo.Contracts.Models;
using StepDpo.Engine.Checkpoints.Safetensors;
using TorchSharp;

namespace StepDpo.Engine.Checkpoints.Folders;

/// <summary>Writes the files of a model folder.</summary>
internal static class FolderWriter
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // What stands beside the weights and does not depend on their values.
    private static readonly string[] CompanionNames =
    [
        "generation_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "special_tokens_map.json",
        "added_tokens.json", "vocab.json", "merges.txt", "tokenizer.model", "LICENSE",
    ];

    /// <summary>Copies tokenizer and generation files byte for byte, and the config too unless the weights' type differs from what it says.</summary>
    public static void WriteCompanions(string sourceFolder, string targetFolder, torch.ScalarType dtype)
    {
        foreach (var name in CompanionNames.Where(name => File.Exists(Path.Combine(sourceFolder, name))))
            DurableFile.Copy(Path.Combine(sourceFolder, name), Path.Combine(targetFolder, name));

        var source = Path.Combine(sourceFolder, "config.json");
        var config = JsonNode.Parse(File.ReadAllBytes(source))!.AsObject();
        var field = config.ContainsKey("torch_dtype") ? "torch_dtype" : "dtype";
        if ((string?)config[field] == TensorDtype.ConfigNameOf(dtype))
        {
            DurableFile.Copy(source, Path.Combine(targetFolder, "config.json"));
            return;
        }

        config[field] = TensorDtype.ConfigNameOf(dtype);
        WriteJson(Path.Combine(targetFolder, "config.json"), config);
    }

    /// <summary>Writes the weights as one file, or as shards of at most so many bytes (a larger tensor gets one of its own) and their list.</summary>
    public static void WriteWeights(string folder, IReadOnlyList<PendingTensor> tensors, long largestShard)
    {
        if (File.Exists(Path.Combine(folder, ModelFolder.WeightsName)) || File.Exists(Path.Combine(folder, ModelFolder.IndexName)))
            throw new IOException($"{folder}: holds weights already");
        var shards = Split(tensors, largestShard);
        if (shards.Count == 1)
        {
            SafetensorsWriter.Write(Path.Combine(folder, ModelFolder.WeightsName), tensors);
            return;
        }

        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < shards.Count; i++)
        {
            var name = $"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors";
            SafetensorsWriter.Write(Path.Combine(folder, name), shards[i]);
            foreach (var tensor in shards[i]) map[tensor.Name] = name;
        }

        WriteJson(Path.Combine(folder, ModelFolder.IndexName), new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["total_parameters"] = tensors.Sum(tensor => tensor.Bytes / TensorDtype.SizeOf(tensor.Dtype)),
                ["total_size"] = tensors.Sum(tensor => tensor.Bytes),
            },
            ["weight_map"] = JsonSerializer.SerializeToNode(map),
        });
    }

    /// <summary>Writes a JSON file as Hugging Face's readers expect it: UTF-8; indented, unless it is for machines only.</summary>
    public static void WriteJson(string path, JsonNode value, bool indented = true) =>
        DurableFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(value.ToJsonString(indented ? Indented : Compact) + "\n")));

    // As transformers splits: by name; a tensor that alone is too large gets a shard of its own, and the shard before it stays open.
    private static List<List<PendingTensor>> Split(IReadOnlyList<PendingTensor> tensors, long largest)
    {
        var shards = new List<List<PendingTensor>>();
        var open = new List<PendingTensor>();
        var bytes = 0L;
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            if (tensor.Bytes > largest)
            {
                shards.Add([tensor]);
                continue;
            }

            if (bytes + tensor.Bytes > largest)
            {
                shards.Add(open);
                (open, bytes) = ([], 0);
            }

            open.Add(tensor);
            bytes += tensor.Bytes;
        }

        if (open.Count > 0) shards.Add(open);
        return shards;
    }
}
