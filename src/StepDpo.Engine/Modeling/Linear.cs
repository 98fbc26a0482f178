using StepDpo.Engine.Devices;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StepDpo.Engine.Modeling;

/// <summary>x W' + b, and where an adapter is attached what it adds.</summary>
internal sealed class Linear : nn.Module
{
    private readonly Parameter weight;
    private readonly Parameter? bias;

    public Linear(int inputs, int outputs, bool hasBias, ScalarType dtype, Device device) : base(nameof(Linear))
    {
        weight = EmptyParameter.Create([outputs, inputs], dtype, device);
        if (hasBias) bias = EmptyParameter.Create([outputs], dtype, device);
        RegisterComponents();
    }

    /// <summary>A low-rank update of the weight; null: none. Not one of the module's own parameters.</summary>
    public LowRankUpdate? Update { get; set; }

    /// <summary>Outputs and inputs.</summary>
    public (long Outputs, long Inputs) Shape => (weight.shape[0], weight.shape[1]);

    /// <summary>[..., inputs] -> [..., outputs].</summary>
    public Tensor Apply(Tensor x)
    {
        if (Update is not { } update) return nn.functional.linear(x, weight, bias);
        using var scope = NewDisposeScope();
        return nn.functional.linear(x, weight, bias).add(update.Apply(x), Scalars.One).MoveToOuterDisposeScope();
    }
}
