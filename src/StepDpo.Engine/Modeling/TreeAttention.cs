using static TorchSharp.torch;

namespace StepDpo.Engine.Modeling;

/// <summary>
/// Attention over trees of tokens packed one after the other (prefix sharing: a pair's prompt is read once, not once for each
/// side; dpo-prefix-sharing, Wang and Hegde 2024, does it with FlexAttention). The layers' other parts see one long row without
/// padding. Only here trees stand side by side, trunks in the left columns, branches in the right ones:
/// <code>
/// trunk queries   x trunk keys            causal, no mask
/// branch queries  x trunk and branch keys a mask of [trees, 1, branches, columns]
/// </code>
/// so no mask is ever the square of the pack, and not even of a tree.
/// </summary>
internal sealed class TreeAttention
{
    private readonly ScalarType _dtype;
    private readonly Device _device;
    private readonly IReadOnlyList<TokenTree> _trees;
    private readonly int _trunkColumns;
    private readonly int _columns;
    private readonly Tensor _slots;
    private readonly Tensor _tokens;
    private readonly Tensor? _branchMask;
    private readonly ReadBlock? _read;

    /// <summary>Lays trees out; the tensors belong to the caller's dispose scope.</summary>
    /// <param name="trees">In the order of the pack.</param>
    /// <param name="trims">The last layer answers only for the tokens that are read.</param>
    /// <param name="dtype">The model's type.</param>
    /// <param name="device">Where the model lies.</param>
    public TreeAttention(IReadOnlyList<TokenTree> trees, bool trims, ScalarType dtype, Device device)
    {
        (_trees, _dtype, _device) = (trees, dtype, device);
        _trunkColumns = trees.Max(tree => tree.Trunk);
        _columns = _trunkColumns + trees.Max(tree => tree.Branches);
        var length = trees.Sum(tree => tree.Length);
        var slots = new List<long>(length);
        var tokens = new long[trees.Count * _columns];
        Array.Fill(tokens, length);
        var read = new List<long>();
        for (var row = 0; row < trees.Count; row++)
        {
            read.AddRange(trees[row].Read.Select(token => (long)slots.Count + token));
            for (var (token, start) = (0, slots.Count); token < trees[row].Length; token++)
            {
                var slot = row * _columns + ColumnOf(trees[row], token);
                tokens[slot] = start + token;
                slots.Add(slot);
            }
        }

        _slots = tensor([.. slots], device: device);
        _tokens = tensor(tokens, device: device);
        Read = tensor([.. read], device: device);
        if (_columns > _trunkColumns) _branchMask = Mask(_columns - _trunkColumns, tree => [.. Enumerable.Range(tree.Trunk, tree.Branches)]);
        if (trims) _read = new ReadBlock(trees, this);
    }

    /// <summary>The tokens that are read, by their place in the pack: int64 [read].</summary>
    public Tensor Read { get; }

    /// <summary>The last layer computes queries, and all that follows from them, only for the tokens that are read.</summary>
    public bool Trims => _read is not null;

    /// <summary>[1, tokens, width] -> [1, read, width].</summary>
    public Tensor OfRead(Tensor x)
    {
        using var scope = NewDisposeScope();
        return x.squeeze(0).index(Read).unsqueeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>Queries, keys and values of the pack, each [1, tokens, heads, headDim] -> [1, tokens, heads, headDim].</summary>
    public Tensor Attend(Tensor query, Tensor key, Tensor value)
    {
        using var scope = NewDisposeScope();
        (query, key, value) = (SideBySide(query), SideBySide(Repeat(key, query)), SideBySide(Repeat(value, query)));
        var mixed = Attend(query.narrow(1, 0, _trunkColumns), key.narrow(1, 0, _trunkColumns), value.narrow(1, 0, _trunkColumns), null);
        if (_branchMask is not null)
            mixed = cat([mixed, Attend(query.narrow(1, _trunkColumns, _columns - _trunkColumns), key, value, _branchMask)], 1);
        return Scatter(mixed.flatten(0, 1), _tokens, _slots.shape[0] + 1).narrow(0, 0, _slots.shape[0]).unsqueeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>The same with queries of the tokens that are read alone: query [1, read, heads, headDim] -> the same shape.</summary>
    public Tensor AttendFromRead(Tensor query, Tensor key, Tensor value)
    {
        using var scope = NewDisposeScope();
        var (block, read) = (_read!, query.shape[1]);
        (key, value) = (SideBySide(Repeat(key, query)), SideBySide(Repeat(value, query)));
        var rows = Scatter(query.squeeze(0), block.Slots, _trees.Count * block.Columns).view(_trees.Count, block.Columns, query.shape[2], query.shape[3]);
        var mixed = Attend(rows, key, value, block.Mask);
        return Scatter(mixed.flatten(0, 1), block.Tokens, read + 1).narrow(0, 0, read).unsqueeze(0).MoveToOuterDisposeScope();
    }

    private static Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? mask) =>
        nn.functional.scaled_dot_product_attention(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), mask, is_casual: mask is null).transpose(1, 2);

    // A key or value head stands beside itself for each query head that it serves: [1, tokens, kvHeads, headDim] -> [1, tokens, heads, headDim].
    private static Tensor Repeat(Tensor x, Tensor query)
    {
        var (heads, shared) = (query.shape[2], x.shape[2]);
        return heads == shared ? x : x.unsqueeze(3).expand(-1, -1, -1, heads / shared, -1).flatten(2, 3);
    }

    private Tensor SideBySide(Tensor x) => Scatter(x.squeeze(0), _slots, _trees.Count * _columns).view(_trees.Count, _columns, x.shape[2], x.shape[3]);

    // Row i goes to place[i] of so many rows, the others are 0. Where several go to one place (the last, which is cut off) any of
    // them wins. Not index_select from the other side: its backward pass adds row by row and takes several times as long.
    private static Tensor Scatter(Tensor rows, Tensor places, long count) =>
        zeros([count, .. rows.shape[1..]], rows.dtype, rows.device).index_copy(0, places, rows);

    private int ColumnOf(TokenTree tree, int token) => token < tree.Trunk ? token : _trunkColumns + token - tree.Trunk;

    // 0 where a query may see a key, else -infinity: [trees, 1, rows, columns]. A row without a token sees column 0, lest its
    // softmax be taken over nothing.
    private Tensor Mask(int rows, Func<TokenTree, IReadOnlyList<int>> queries)
    {
        var mask = new float[_trees.Count * rows * _columns];
        Array.Fill(mask, float.NegativeInfinity);
        for (var i = 0; i < _trees.Count; i++)
        {
            var (tree, tokens) = (_trees[i], queries(_trees[i]));
            for (var row = 0; row < rows; row++)
            {
                var sight = mask.AsSpan((i * rows + row) * _columns, _columns);
                if (row >= tokens.Count) sight[0] = 0;
                else for (var token = 0; token < tree.Length; token++) if (tree.Sees(tokens[row], token)) sight[ColumnOf(tree, token)] = 0;
            }
        }

        return tensor(mask, [_trees.Count, 1, rows, _columns]).to(_dtype, _device);
    }

    // The queries of the tokens that are read, side by side as the trees are.
    private sealed class ReadBlock
    {
        public ReadBlock(IReadOnlyList<TokenTree> trees, TreeAttention owner)
        {
            Columns = trees.Max(tree => tree.Read.Count);
            var slots = new List<long>();
            var tokens = new long[trees.Count * Columns];
            Array.Fill(tokens, trees.Sum(tree => tree.Read.Count));
            for (var row = 0; row < trees.Count; row++)
            {
                for (var i = 0; i < trees[row].Read.Count; i++)
                {
                    tokens[row * Columns + i] = slots.Count;
                    slots.Add(row * Columns + i);
                }
            }

            (Slots, Tokens) = (tensor([.. slots], device: owner._device), tensor(tokens, device: owner._device));
            Mask = owner.Mask(Columns, tree => tree.Read);
        }

        public int Columns { get; }

        public Tensor Slots { get; }

        public Tensor Tokens { get; }

        public Tensor Mask { get; }
    }
}
