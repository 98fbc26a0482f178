using StepDpo.Engine.Devices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StepDpo.Engine.Modeling;

/// <summary>x / sqrt(mean(x^2) + epsilon) * weight; the root is taken in fp32 at least, whatever the model's type, as Hugging Face does.</summary>
internal sealed class RmsNorm : nn.Module
{
    private readonly Parameter weight;
    private readonly Scalar _epsilon;

    public RmsNorm(int width, double epsilon, ScalarType dtype, Device device) : base(nameof(RmsNorm))
    {
        weight = EmptyParameter.Create([width], dtype, device);
        _epsilon = Scalars.Of(epsilon);
        RegisterComponents();
    }

    /// <summary>[..., width] -> [..., width].</summary>
    public Tensor Apply(Tensor x)
    {
        using var scope = NewDisposeScope();
        var wide = x.dtype == ScalarType.Float64 ? x : x.to_type(ScalarType.Float32);
        var scale = (wide * wide).mean([-1], keepdim: true).add_(_epsilon, Scalars.One).rsqrt_();
        return (wide.mul(scale).to_type(x.dtype) * weight).MoveToOuterDisposeScope();
    }
}
