using StepDpo.Engine.Devices;
using static TorchSharp.torch;

namespace StepDpo.Engine.Modeling;

/// <summary>
/// Keys and values of the tokens so far, allocated once for <see cref="Capacity"/> tokens a row. Rows may differ in length:
/// token i of a row stands at place i, so no row is padded on its left.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] _keys;
    private readonly Tensor[] _values;
    private readonly int[] _lengths;
    private Tensor? _places;
    private int _newTokens;

    /// <summary>An empty cache for a model.</summary>
    /// <param name="model">The model that will fill it; its type and device are used.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="capacity">Most tokens a row can hold, padding included.</param>
    public KeyValueCache(CausalLm model, int rows, int capacity)
    {
        var config = model.Config;
        Capacity = capacity;
        _lengths = new int[rows];
        // Zeros, not whatever lay in memory: where rows differ in length a masked place may be read before it is written, and 0 x NaN is NaN.
        Tensor Buffer() => zeros(rows, capacity, config.KeyValueHeads, config.HeadDim, dtype: model.Dtype, device: model.Device).DetachFromDisposeScope();
        _keys = [.. Enumerable.Range(0, config.Layers).Select(_ => Buffer())];
        _values = [.. Enumerable.Range(0, config.Layers).Select(_ => Buffer())];
    }

    /// <summary>Most tokens a row can hold.</summary>
    public int Capacity { get; }

    /// <summary>Tokens held by each row.</summary>
    public IReadOnlyList<int> Lengths => _lengths;

    /// <summary>A cache of one row's tokens alone, with room for more.</summary>
    /// <param name="model">The model that filled this one.</param>
    /// <param name="row">The row.</param>
    /// <param name="capacity">Most tokens that the new cache can hold.</param>
    public KeyValueCache Copy(CausalLm model, int row, int capacity)
    {
        using var scope = NewDisposeScope();
        var copy = new KeyValueCache(model, rows: 1, capacity);
        for (var layer = 0; layer < _keys.Length; layer++)
        {
            var (key, value) = Row(layer, row);
            copy._keys[layer][0].narrow(0, 0, _lengths[row]).copy_(key);
            copy._values[layer][0].narrow(0, 0, _lengths[row]).copy_(value);
        }

        copy._lengths[0] = _lengths[row];
        return copy;
    }

    /// <summary>Frees the buffers.</summary>
    public void Dispose()
    {
        foreach (var buffer in _keys) buffer.Dispose();
        foreach (var buffer in _values) buffer.Dispose();
    }

    /// <summary>All rows have the same length: tokens are written side by side, and no mask is needed for a single one.</summary>
    internal bool IsEven => Array.TrueForAll(_lengths, length => length == _lengths[0]);

    /// <summary>Length of the longest row.</summary>
    internal int Longest => _lengths.Max();

    /// <summary>A row's keys and values, views [tokens, kvHeads, headDim].</summary>
    internal (Tensor Keys, Tensor Values) Row(int layer, int row) => (_keys[layer][row].narrow(0, 0, _lengths[row]), _values[layer][row].narrow(0, 0, _lengths[row]));

    /// <summary>Announces <paramref name="count"/> new tokens a row; <paramref name="places"/> [batch, count] are given where rows differ in length.</summary>
    internal void Begin(int count, Tensor? places)
    {
        if (Longest + count > Capacity) throw new InvalidOperationException($"The cache holds {Capacity} tokens a row; {Longest} + {count} were to be written.");
        (_newTokens, _places) = (count, places);
    }

    /// <summary>Writes a layer's new keys and values [batch, new, kvHeads, headDim]; returns views of all, [batch, tokens, kvHeads, headDim].</summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor key, Tensor value)
    {
        Write(_keys[layer], key);
        Write(_values[layer], value);
        var tokens = Longest + _newTokens;
        return (_keys[layer].narrow(1, 0, tokens), _values[layer].narrow(1, 0, tokens));
    }

    /// <summary>Ends what <see cref="Begin"/> began: each row grows by its own count, or by all new tokens.</summary>
    internal void End(IReadOnlyList<int>? counts)
    {
        for (var row = 0; row < _lengths.Length; row++) _lengths[row] += counts?[row] ?? _newTokens;
        _places = null;
    }

    private void Write(Tensor buffer, Tensor fresh)
    {
        if (_places is null)
        {
            buffer.narrow(1, _lengths[0], _newTokens).copy_(fresh);
            return;
        }

        using var scope = NewDisposeScope();
        var rows = arange(Scalars.Zero, Scalars.Of(_lengths.Length), Scalars.One, ScalarType.Int64, buffer.device).unsqueeze(1);
        buffer.index_put_(fresh, rows, _places);
    }
}
