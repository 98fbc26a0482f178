using static TorchSharp.torch;

namespace StepDpo.Engine.Modeling;

/// <summary>
/// Each row attends for itself over a cache of its own, so that the shapes of what is computed are its own, whatever rows stand
/// beside it. A row without a cache gives zeros.
/// </summary>
internal sealed class RowByRowAttention(IReadOnlyList<KeyValueCache?> caches, ModelConfig config) : OneTokenAttention
{
    /// <inheritdoc/>
    public override Tensor Apply(int layer, Tensor query, Tensor key, Tensor value)
    {
        using var scope = NewDisposeScope();
        var result = zeros_like(query);
        for (var row = 0; row < caches.Count; row++)
        {
            if (caches[row] is not { } cache) continue;
            var (keys, values) = cache.Append(layer, key.narrow(0, row, 1), value.narrow(0, row, 1));
            // The query heads that share a key head stand side by side as if they were tokens.
            var heads = query.narrow(0, row, 1).view(1, config.KeyValueHeads, -1, config.HeadDim);
            var mixed = nn.functional.scaled_dot_product_attention(heads, keys.transpose(1, 2), values.transpose(1, 2));
            result.narrow(0, row, 1).copy_(mixed.view(1, 1, -1, config.HeadDim));
        }

        return result.MoveToOuterDisposeScope();
    }
}
