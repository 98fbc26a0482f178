using TorchSharp;

namespace StepDpo.Engine.Checkpoints.Safetensors;

/// <summary>A tensor to be written, made when its turn comes.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Dtype">Its type.</param>
/// <param name="Shape">Its dimensions, outermost first.</param>
/// <param name="Make">Makes it, of exactly this type and shape.</param>
internal sealed record PendingTensor(string Name, torch.ScalarType Dtype, long[] Shape, Func<torch.Tensor> Make)
{
    /// <summary>Number of its bytes.</summary>
    public long Bytes => Shape.Aggregate(TensorDtype.SizeOf(Dtype), (product, size) => product * size);

    /// <summary>One that exists already.</summary>
    public static PendingTensor Of(string name, torch.Tensor tensor) => new(name, tensor.dtype, tensor.shape, () => tensor);
}
