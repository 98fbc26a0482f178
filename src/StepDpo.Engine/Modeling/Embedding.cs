using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StepDpo.Engine.Modeling;

/// <summary>A row for each token id; as a head (tied embeddings) the same rows score the hidden states.</summary>
internal sealed class Embedding : nn.Module
{
    private readonly Parameter weight;

    public Embedding(int tokens, int width, ScalarType dtype, Device device) : base(nameof(Embedding))
    {
        weight = EmptyParameter.Create([tokens, width], dtype, device);
        RegisterComponents();
    }

    /// <summary>[batch, time] ids -> [batch, time, width].</summary>
    public Tensor Apply(Tensor ids) => weight.index_select(0, ids.flatten()).view(ids.shape[0], ids.shape[1], -1);

    /// <summary>[..., width] -> [..., tokens].</summary>
    public Tensor ApplyAsHead(Tensor hidden) => nn.functional.linear(hidden, weight);
}
