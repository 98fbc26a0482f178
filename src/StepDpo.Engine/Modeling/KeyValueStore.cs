using static TorchSharp.torch;

namespace StepDpo.Engine.Modeling;

/// <summary>
/// Keys and values of every layer for a number of entries (prompts, or growing rows), allocated ahead: [entries, kvHeads,
/// tokens, headDim] a layer, so that a narrowed view is a batch of matrices without a copy.
/// </summary>
internal sealed class KeyValueStore(CausalLm model) : IDisposable
{
    private readonly Tensor[] _keys = new Tensor[model.Config.Layers];
    private readonly Tensor[] _values = new Tensor[model.Config.Layers];

    /// <summary>Entries that there is room for.</summary>
    public int Entries { get; private set; }

    /// <summary>Tokens that an entry has room for.</summary>
    public int Tokens { get; private set; }

    /// <summary>Bytes that one token takes in all layers.</summary>
    public static long TokenBytes(CausalLm model) =>
        2L * model.Config.Layers * model.Config.KeyValueHeads * model.Config.HeadDim * (model.Dtype == ScalarType.Float32 ? 4 : 2);

    /// <summary>New buffers of exactly this size; as much as fits of what was held stays.</summary>
    public void Resize(int entries, int tokens)
    {
        foreach (var buffers in new[] { _keys, _values })
        {
            for (var layer = 0; layer < buffers.Length; layer++)
            {
                using var old = buffers[layer];
                // Zeros, not whatever lay in memory: a masked place may be read before it is written, and 0 x NaN is NaN.
                buffers[layer] = zeros(entries, model.Config.KeyValueHeads, tokens, model.Config.HeadDim, dtype: model.Dtype, device: model.Device).DetachFromDisposeScope();
                if (Entries == 0) continue;
                using var scope = NewDisposeScope();
                var (kept, held) = (Math.Min(entries, Entries), Math.Min(tokens, Tokens));
                buffers[layer].narrow(0, 0, kept).narrow(2, 0, held).copy_(old.narrow(0, 0, kept).narrow(2, 0, held));
            }
        }

        (Entries, Tokens) = (entries, tokens);
    }

    /// <summary>Puts copies of some entries in the places of others.</summary>
    public void Move(IReadOnlyList<(int From, int To)> moves)
    {
        if (moves.Count == 0) return;
        using var scope = NewDisposeScope();
        var from = tensor([.. moves.Select(move => (long)move.From)], device: model.Device);
        var to = tensor([.. moves.Select(move => (long)move.To)], device: model.Device);
        foreach (var buffer in _keys.Concat(_values)) buffer.index_copy_(0, to, buffer.index_select(0, from));
    }

    /// <summary>Takes an entry's first tokens from a row of a prompt's cache.</summary>
    public void Read(int entry, KeyValueCache cache, int row)
    {
        using var scope = NewDisposeScope();
        for (var layer = 0; layer < _keys.Length; layer++)
        {
            var (key, value) = cache.Row(layer, row);
            _keys[layer][entry].narrow(1, 0, key.shape[0]).copy_(key.transpose(0, 1));
            _values[layer][entry].narrow(1, 0, value.shape[0]).copy_(value.transpose(0, 1));
        }
    }

    /// <summary>Writes one token of one head a row: keys and values [count x kvHeads, headDim] to the places that <see cref="Place"/> numbers.</summary>
    public void Write(int layer, Tensor places, Tensor key, Tensor value)
    {
        _keys[layer].view(-1, model.Config.HeadDim).index_copy_(0, places, key);
        _values[layer].view(-1, model.Config.HeadDim).index_copy_(0, places, value);
    }

    /// <summary>Where a layer's keys and values begin (fp32, on the CPU), until the next <see cref="Resize"/>.</summary>
    public (nint Keys, nint Values) Addresses(int layer) => (VectorAttention.Address(_keys[layer]), VectorAttention.Address(_values[layer]));

    /// <summary>The number of a head's token of an entry.</summary>
    public long Place(int entry, int head, int token) => ((long)entry * model.Config.KeyValueHeads + head) * Tokens + token;

    /// <summary>Views of the first tokens of the first entries, [entries, kvHeads, tokens, headDim].</summary>
    public (Tensor Keys, Tensor Values) Layer(int layer, int entries, int tokens) =>
        (_keys[layer].narrow(0, 0, entries).narrow(2, 0, tokens), _values[layer].narrow(0, 0, entries).narrow(2, 0, tokens));

    /// <summary>Frees the buffers.</summary>
    public void Dispose()
    {
        foreach (var buffer in _keys.Concat(_values)) buffer?.Dispose();
    }
}
