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

    /// <summary>
    /// Some layers over packed trees: [1, tokens, hidden] -> the same; after the last layer the states of the tokens that are read,
    /// [read, hidden], normed.
    /// </summary>
    /// <param name="x">Embedded tokens, or what the layers before these have given.</param>
    /// <param name="plan">The trees' plan.</param>
    /// <param name="first">The first of the layers.</param>
    /// <param name="end">The one after the last of them.</param>
    public Tensor ApplyToTrees(Tensor x, AttentionPlan plan, int first, int end)
    {
        using var scope = NewDisposeScope();
        var trees = plan.Trees!;
        for (var i = first; i < end; i++) x = i == layers.Count - 1 && trees.Trims ? layers[i].ApplyAtRead(x, plan) : layers[i].Apply(x, plan);
        if (end == layers.Count) x = norm.Apply(trees.Trims ? x : trees.OfRead(x)).squeeze(0);
        return x.MoveToOuterDisposeScope();
    }
}
