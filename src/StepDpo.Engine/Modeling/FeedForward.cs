using static TorchSharp.torch;

namespace StepDpo.Engine.Modeling;

/// <summary>SwiGLU: down(silu(gate(x)) * up(x)).</summary>
internal sealed class FeedForward : nn.Module
{
    private readonly Linear gate_proj;
    private readonly Linear up_proj;
    private readonly Linear down_proj;

    public FeedForward(ModelConfig config, ScalarType dtype, Device device) : base(nameof(FeedForward))
    {
        gate_proj = new Linear(config.HiddenSize, config.IntermediateSize, config.FeedForwardBias, dtype, device);
        up_proj = new Linear(config.HiddenSize, config.IntermediateSize, config.FeedForwardBias, dtype, device);
        down_proj = new Linear(config.IntermediateSize, config.HiddenSize, config.FeedForwardBias, dtype, device);
        RegisterComponents();
    }

    /// <summary>[batch, time, hidden] -> [batch, time, hidden].</summary>
    public Tensor Apply(Tensor x)
    {
        using var scope = NewDisposeScope();
        return down_proj.Apply(nn.functional.silu(gate_proj.Apply(x)) * up_proj.Apply(x)).MoveToOuterDisposeScope();
    }
}
