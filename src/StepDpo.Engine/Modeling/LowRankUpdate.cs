using StepDpo.Engine.Devices;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StepDpo.Engine.Modeling;

/// <summary>What LoRA adds to a weight: scale * B A.</summary>
/// <param name="a">A, [rank, inputs].</param>
/// <param name="b">B, [outputs, rank].</param>
/// <param name="scale">The scale.</param>
internal sealed class LowRankUpdate(Parameter a, Parameter b, double scale)
{
    /// <summary>x (scale * B A)' by way of the rank: [..., inputs] -> [..., outputs].</summary>
    public Tensor Apply(Tensor x)
    {
        using var scope = NewDisposeScope();
        return (nn.functional.linear(nn.functional.linear(x, a), b) * Scalars.Of(scale)).MoveToOuterDisposeScope();
    }

    /// <summary>A weight with the update worked in, [outputs, inputs].</summary>
    public Tensor Merge(Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return weight.add(b.matmul(a), Scalars.Of(scale)).MoveToOuterDisposeScope();
    }
}
