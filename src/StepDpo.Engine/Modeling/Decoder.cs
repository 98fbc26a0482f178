using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StepDpo.Engine.Modeling;

/// <summary>Embedding, layers and final norm: everything but the head.</summary>
internal sealed class Decoder : nn.Module
{
    private readonly Embedding embed_tokens;
    private readonly ModuleList<DecoderLayer> layers;
    private readonly RmsNorm norm;

    public Decoder(ModelConfig config, ScalarType dtype, Device device) : base(nameof(Decoder))
    {
        embed_tokens = new Embedding(config.VocabularySize, config.HiddenSize, dtype, device);
        layers = new ModuleList<DecoderLayer>([.. Enumerable.Range(0, config.Layers).Select(layer => new DecoderLayer(config, layer, dtype, device))]);
        norm = new RmsNorm(config.HiddenSize, config.RmsNormEpsilon, dtype, device);
        RegisterComponents();
    }

    /// <summary>The embedding, which a tied model also scores with.</summary>
    public Embedding Embedding => embed_tokens;

    /// <summary>
    /// [batch, time] ids -> [batch, time, hidden]. <paramref name="states"/> receives the residual stream before each layer and
    /// the normed result: layers + 1 tensors.
    /// </summary>
    public Tensor Apply(Tensor ids, AttentionPlan plan, ICollection<Tensor>? states)
    {
        using var scope = NewDisposeScope();
        var x = embed_tokens.Apply(ids);
        foreach (var layer in layers)
        {
            states?.Add(x.MoveToOuterDisposeScope());
            x = layer.Apply(x, plan);
        }

        x = norm.Apply(x).MoveToOuterDisposeScope();
        states?.Add(x);
        return x;
    }

    /// <summary>Embedded tokens of packed trees [1, tokens, hidden] -> the states of those that are read, [read, hidden].</summary>
    public Tensor ApplyToTrees(Tensor x, AttentionPlan plan)
    {
        using var scope = NewDisposeScope();
        var (trees, last) = (plan.Trees!, layers[^1]);
        foreach (var layer in layers) x = layer == last && trees.Trims ? layer.ApplyAtRead(x, plan) : layer.Apply(x, plan);
        return norm.Apply(trees.Trims ? x : trees.OfRead(x)).squeeze(0).MoveToOuterDisposeScope();
    }
}
