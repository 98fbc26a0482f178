using StepDpo.Engine.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace StepDpo.Engine.Modeling;

/// <summary>
/// Attention of one new token a row over its prompt, which it shares with other rows, and over its own new tokens. A softmax
/// over two parts is the mean of the parts' results, weighted by their masses: o = o1 w + o2 (1 - w) with
/// w = sigmoid(logsumexp(s1) - logsumexp(s2)), exactly (Juravsky et al. 2024, "Hydragen", section 3.1). So the queries of all
/// rows of a prompt meet its keys in one matrix product, and the prompt is read from memory once for all of them.
/// </summary>
internal sealed class SharedPrefixAttention : OneTokenAttention
{
    private readonly SharedPrefixCache _cache;
    private readonly ModelConfig _config;
    private readonly int _rows, _prompts, _rowsOfPrompt, _promptTokens, _freshTokens;

    // Rows by prompt, [prompts x rowsOfPrompt] (0 where a prompt has fewer), and where each row stands there, [rows].
    private readonly Tensor _cells, _cellOfRow;

    // Where the new token goes, [rows x kvHeads]; true where a key is none, [prompts, 1, 1, promptTokens] and [rows, 1, 1, freshTokens].
    private readonly Tensor _places;
    private readonly Tensor? _promptMask, _freshMask;

    private readonly Scalar _scale;

    /// <summary>What a step of all rows is to every layer. The caller's scope holds its tensors.</summary>
    public SharedPrefixAttention(SharedPrefixCache cache, ModelConfig config, Device device)
    {
        (_cache, _config, _scale) = (cache, config, Scalars.Of(1 / Math.Sqrt(config.HeadDim)));
        (_rows, _prompts) = (cache.Rows.Count, cache.PromptLengths.Count);
        _promptTokens = cache.PromptLengths.Max();
        _freshTokens = cache.Rows.Max(row => row.Length) + 1;
        var counts = new int[_prompts];
        var ranks = cache.Rows.Select(row => counts[row.Prompt]++).ToArray();
        _rowsOfPrompt = counts.Max();
        var cellOfRow = cache.Rows.Select((row, i) => (long)row.Prompt * _rowsOfPrompt + ranks[i]).ToArray();
        var cells = new long[_prompts * _rowsOfPrompt];
        for (var row = 0; row < _rows; row++) cells[cellOfRow[row]] = row;
        (_cells, _cellOfRow) = (tensor(cells, device: device), tensor(cellOfRow, device: device));
        _places = tensor([.. cache.Rows.SelectMany((row, i) => Enumerable.Range(0, config.KeyValueHeads).Select(head => cache.Fresh.Place(i, head, row.Length)))], device: device);
        _promptMask = Behind([.. cache.PromptLengths], _promptTokens, device);
        _freshMask = Behind([.. cache.Rows.Select(row => row.Length + 1)], _freshTokens, device);
    }

    /// <inheritdoc/>
    public override Tensor Apply(int layer, Tensor query, Tensor key, Tensor value)
    {
        using var scope = NewDisposeScope();
        var (kvHeads, width) = (_config.KeyValueHeads, _config.HeadDim);
        _cache.Fresh.Write(layer, _places, key.reshape(-1, width), value.reshape(-1, width));
        query = (query * _scale).view(_rows, kvHeads, -1, width);
        var (own, ownMass) = Attend(query, _cache.Fresh.Layer(layer, _rows, _freshTokens), _freshMask);

        // The rows of a prompt, and in them the query heads of a key head, stand side by side as if they were tokens.
        var together = query.index_select(0, _cells).view(_prompts, _rowsOfPrompt, kvHeads, -1, width).transpose(1, 2).reshape(_prompts, kvHeads, -1, width);
        var (shared, sharedMass) = Attend(together, _cache.Prompts.Layer(layer, _prompts, _promptTokens), _promptMask);
        var weight = (ByRow(sharedMass) - ownMass).sigmoid().to_type(own.dtype);
        return own.lerp(ByRow(shared), weight).view(_rows, 1, -1, width).MoveToOuterDisposeScope();
    }

    // query [batch, kvHeads, queries, headDim]: the result, and the logarithm of the softmax's denominator, [..., 1]; both in fp32 within.
    private static (Tensor Result, Tensor Mass) Attend(Tensor query, (Tensor Keys, Tensor Values) cached, Tensor? mask)
    {
        var scores = query.matmul(cached.Keys.transpose(2, 3)).to_type(ScalarType.Float32);
        if (mask is not null) scores.masked_fill_(mask, Scalars.NegativeInfinity);
        var mass = scores.logsumexp(-1, keepdim: true);
        return (scores.softmax(-1).to_type(query.dtype).matmul(cached.Values), mass);
    }

    // [prompts, kvHeads, rowsOfPrompt x group, width] -> [rows, kvHeads, group, width].
    private Tensor ByRow(Tensor x) =>
        x.view(_prompts, _config.KeyValueHeads, _rowsOfPrompt, -1, x.shape[3]).transpose(1, 2).flatten(0, 1).index_select(0, _cellOfRow);

    private static Tensor? Behind(int[] lengths, int tokens, Device device) =>
        Array.TrueForAll(lengths, length => length == tokens) ? null
            : arange(Scalars.Zero, Scalars.Of(tokens), Scalars.One, ScalarType.Int32, device).ge(tensor(lengths, device: device).unsqueeze(1)).view(lengths.Length, 1, 1, tokens);
}
