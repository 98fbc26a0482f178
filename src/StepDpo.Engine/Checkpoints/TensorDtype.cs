using TorchSharp;

namespace StepDpo.Engine.Checkpoints;

/// <summary>Names of tensor types in safetensors files.</summary>
internal static class TensorDtype
{
    private static readonly Dictionary<string, (torch.ScalarType Type, int Bytes)> Known = new()
    {
        ["F64"] = (torch.ScalarType.Float64, 8),
        ["F32"] = (torch.ScalarType.Float32, 4),
        ["F16"] = (torch.ScalarType.Float16, 2),
        ["BF16"] = (torch.ScalarType.BFloat16, 2),
        ["I64"] = (torch.ScalarType.Int64, 8),
        ["I32"] = (torch.ScalarType.Int32, 4),
        ["I16"] = (torch.ScalarType.Int16, 2),
        ["I8"] = (torch.ScalarType.Int8, 1),
        ["U8"] = (torch.ScalarType.Byte, 1),
        ["BOOL"] = (torch.ScalarType.Bool, 1),
    };

    /// <summary>All names, for messages.</summary>
    public static string Names { get; } = string.Join(", ", Known.Keys);

    /// <summary>Type and size of a name.</summary>
    public static bool TryGet(string name, out (torch.ScalarType Type, int Bytes) found) => Known.TryGetValue(name, out found);

    /// <summary>The name of a type.</summary>
    public static string NameOf(torch.ScalarType type) =>
        Known.FirstOrDefault(item => item.Value.Type == type).Key ?? throw new ArgumentException($"{type} has no name in safetensors", nameof(type));

    /// <summary>Bytes of an element.</summary>
    public static long SizeOf(torch.ScalarType type) => Known[NameOf(type)].Bytes;

    /// <summary>The name of a weight's type in <c>config.json</c>.</summary>
    public static string ConfigNameOf(torch.ScalarType type) => type.ToString().ToLowerInvariant();

    /// <summary>Whether a model's weights may have this type.</summary>
    public static bool IsWeight(torch.ScalarType type) =>
        type is torch.ScalarType.Float32 or torch.ScalarType.Float16 or torch.ScalarType.BFloat16;
}
