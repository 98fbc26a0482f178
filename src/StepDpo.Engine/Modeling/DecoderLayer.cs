using StepDpo.Engine.Devices;
using static TorchSharp.torch;

namespace StepDpo.Engine.Modeling;

/// <summary>x + attention(norm(x)), then x + feedForward(norm(x)).</summary>
internal sealed class DecoderLayer : nn.Module
{
    private readonly RmsNorm input_layernorm;
    private readonly Attention self_attn;
    private readonly RmsNorm post_attention_layernorm;
    private readonly FeedForward mlp;

    public DecoderLayer(ModelConfig config, int layer, ScalarType dtype, Device device) : base(nameof(DecoderLayer))
    {
        input_layernorm = new RmsNorm(config.HiddenSize, config.RmsNormEpsilon, dtype, device);
        self_attn = new Attention(config, layer, dtype, device);
        post_attention_layernorm = new RmsNorm(config.HiddenSize, config.RmsNormEpsilon, dtype, device);
        mlp = new FeedForward(config, dtype, device);
        RegisterComponents();
    }

    /// <summary>[batch, time, hidden] -> [batch, time, hidden].</summary>
    public Tensor Apply(Tensor x, AttentionPlan plan)
    {
        using var scope = NewDisposeScope();
        return WithFeedForward(x.add(self_attn.Apply(input_layernorm.Apply(x), plan), Scalars.One)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// For the tokens of packed trees that are read alone: [1, tokens, hidden] -> [1, read, hidden]. In the last layer nothing else is
    /// wanted of the others than their keys and values.
    /// </summary>
    public Tensor ApplyAtRead(Tensor x, AttentionPlan plan)
    {
        using var scope = NewDisposeScope();
        return WithFeedForward(plan.Trees!.OfRead(x).add(self_attn.ApplyAtRead(input_layernorm.Apply(x), plan), Scalars.One)).MoveToOuterDisposeScope();
    }

    private Tensor WithFeedForward(Tensor x) => x.add(mlp.Apply(post_attention_layernorm.Apply(x)), Scalars.One);
}
