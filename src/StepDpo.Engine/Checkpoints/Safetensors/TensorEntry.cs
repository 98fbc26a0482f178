using TorchSharp;

namespace StepDpo.Engine.Checkpoints.Safetensors;

/// <summary>Where a tensor lies in a file.</summary>
/// <param name="Dtype">Its type.</param>
/// <param name="Shape">Its dimensions, outermost first.</param>
/// <param name="Start">Position of its first byte, from the start of the file.</param>
/// <param name="Bytes">Number of its bytes.</param>
public sealed record TensorEntry(torch.ScalarType Dtype, IReadOnlyList<long> Shape, long Start, long Bytes)
{
    /// <summary>The shape as messages show it, such as <c>[512, 64]</c>.</summary>
    public string ShapeText => Describe(Shape);

    /// <summary>A shape as messages show it.</summary>
    public static string Describe(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
