using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace StepDpo.Contracts.Models;

/// <summary>A model on disk, as Hugging Face lays it out: what site and worker both must know of it.</summary>
public static class ModelFolder
{
    /// <summary>Name of an unsharded weight file.</summary>
    public const string WeightsName = "model.safetensors";

    /// <summary>Name of the list of shards.</summary>
    public const string IndexName = "model.safetensors.index.json";

    /// <summary>
    /// The name by which a model's weights are known: the SHA-256 of <c>model.safetensors</c>; of a sharded model that of the
    /// sorted lines <c>HASH  NAME\n</c> of its shards, as <c>sha256sum</c> prints them. Lower-case hexadecimal.
    /// </summary>
    /// <exception cref="InvalidDataException">The folder holds no weights, or names a shard that it does not hold.</exception>
    public static string WeightsSha256(string folder)
    {
        var single = Path.Combine(folder, WeightsName);
        if (File.Exists(single)) return HashFile(single);
        var lines = Shards(folder).Select(name => $"{HashFile(Path.Combine(folder, name))}  {name}\n").Order(StringComparer.Ordinal);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines))));
    }

    /// <summary>Names of the shards in <see cref="IndexName"/>, each once, in order; all are plain names of files in the folder.</summary>
    /// <exception cref="InvalidDataException">There is no such list, or it is malformed.</exception>
    public static IReadOnlyList<string> Shards(string folder) =>
        [.. WeightMap(folder).Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The shard that holds each tensor, as <see cref="IndexName"/> says.</summary>
    /// <exception cref="InvalidDataException">There is no such list, or it is malformed.</exception>
    public static IReadOnlyDictionary<string, string> WeightMap(string folder)
    {
        var index = Path.Combine(folder, IndexName);
        if (!File.Exists(index)) throw new InvalidDataException($"{folder}: found neither {WeightsName} nor {IndexName}, wanted one");
        if (new FileInfo(index).Length > LargestIndex) throw new InvalidDataException($"{index}: found {new FileInfo(index).Length} bytes, wanted at most {LargestIndex}");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(index), new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("weight_map", out var weights) || weights.ValueKind != JsonValueKind.Object)
                throw new InvalidDataException($"{index}: weight_map: wanted an object");
            return weights.EnumerateObject().ToDictionary(item => item.Name, item => ShardName(index, item), StringComparer.Ordinal);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape that stands for half a surrogate pair.
            throw new InvalidDataException($"{index}: {e.Message}", e);
        }
    }

    private const int LargestIndex = 32 << 20;

    // A plain name: a hostile list must not reach outside the folder.
    private static string ShardName(string index, JsonProperty item) =>
        item.Value.ValueKind == JsonValueKind.String && item.Value.GetString() is { } name
            && name.EndsWith(".safetensors", StringComparison.Ordinal) && name.IndexOfAny(['/', '\\', '\0']) < 0
            ? name
            : throw new InvalidDataException($"{index}: {item.Name}: found {item.Value.GetRawText()}, wanted the name of a .safetensors file in the same folder");

    private static string HashFile(string file)
    {
        if (!File.Exists(file)) throw new InvalidDataException($"{file}: found nothing, wanted a model's weights");
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
