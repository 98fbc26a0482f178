using static TorchSharp.torch;

namespace StepDpo.Engine.Modeling;

/// <summary>Grouped-query attention with rotary positions; optional biases and per-head norms of queries and keys.</summary>
internal sealed class Attention : nn.Module
{
    private readonly Linear q_proj;
    private readonly Linear k_proj;
    private readonly Linear v_proj;
    private readonly Linear o_proj;
    private readonly RmsNorm? q_norm;
    private readonly RmsNorm? k_norm;
    private readonly int _layer;
    private readonly ModelConfig _config;

    public Attention(ModelConfig config, int layer, ScalarType dtype, Device device) : base(nameof(Attention))
    {
        (_config, _layer) = (config, layer);
        var (queries, keys) = (config.Heads * config.HeadDim, config.KeyValueHeads * config.HeadDim);
        q_proj = new Linear(config.HiddenSize, queries, config.QueryKeyValueBias, dtype, device);
        k_proj = new Linear(config.HiddenSize, keys, config.QueryKeyValueBias, dtype, device);
        v_proj = new Linear(config.HiddenSize, keys, config.QueryKeyValueBias, dtype, device);
        o_proj = new Linear(queries, config.HiddenSize, config.OutputBias, dtype, device);
        if (config.QueryKeyNorm)
        {
            q_norm = new RmsNorm(config.HeadDim, config.RmsNormEpsilon, dtype, device);
            k_norm = new RmsNorm(config.HeadDim, config.RmsNormEpsilon, dtype, device);
        }

        RegisterComponents();
    }

    /// <summary>[batch, time, hidden] -> [batch, time, hidden].</summary>
    public Tensor Apply(Tensor x, AttentionPlan plan)
    {
        using var scope = NewDisposeScope();
        var (batch, time) = (x.shape[0], x.shape[1]);
        var query = Query(x, plan.Rotation);
        var (key, value) = KeyAndValue(x, plan.Rotation);
        if (plan.OneToken is { } oneToken) return o_proj.Apply(oneToken.Apply(_layer, query, key, value).view(batch, time, -1)).MoveToOuterDisposeScope();
        if (plan.Cache is { } cache) (key, value) = cache.Append(_layer, key, value);
        var mixed = plan.Trees is { } trees ? trees.Attend(query, key, value)
            : time == 1 && plan.Cache is not null ? AttendFromOneToken(query, key, value, plan.Mask)
            : AttendFromMany(query, key, value, plan.Mask);
        return o_proj.Apply(mixed.reshape(batch, time, -1)).MoveToOuterDisposeScope();
    }

    /// <summary>For the tokens of packed trees that are read alone: [1, tokens, hidden] -> [1, read, hidden]. Keys and values are those of all.</summary>
    public Tensor ApplyAtRead(Tensor x, AttentionPlan plan)
    {
        using var scope = NewDisposeScope();
        var trees = plan.Trees!;
        var (cos, sin) = (plan.Rotation.Cos.index_select(1, trees.Read), plan.Rotation.Sin.index_select(1, trees.Read));
        var query = Query(trees.OfRead(x), (cos, sin));
        var (key, value) = KeyAndValue(x, plan.Rotation);
        return o_proj.Apply(trees.AttendFromRead(query, key, value).flatten(2)).MoveToOuterDisposeScope();
    }

    private Tensor Query(Tensor x, (Tensor Cos, Tensor Sin) rotation)
    {
        var query = q_proj.Apply(x).view(x.shape[0], x.shape[1], _config.Heads, _config.HeadDim);
        return RotaryTable.Rotate(q_norm?.Apply(query) ?? query, rotation);
    }

    private (Tensor Key, Tensor Value) KeyAndValue(Tensor x, (Tensor Cos, Tensor Sin) rotation)
    {
        var key = k_proj.Apply(x).view(x.shape[0], x.shape[1], _config.KeyValueHeads, _config.HeadDim);
        var value = v_proj.Apply(x).view(x.shape[0], x.shape[1], _config.KeyValueHeads, _config.HeadDim);
        return (RotaryTable.Rotate(k_norm?.Apply(key) ?? key, rotation), value);
    }

    // All [batch, tokens, heads, headDim]. Each key and value head is repeated for the query heads that it serves.
    private Tensor AttendFromMany(Tensor query, Tensor key, Tensor value, Tensor? mask)
    {
        var group = _config.Heads / _config.KeyValueHeads;
        if (group > 1) (key, value) = (key.repeat_interleave(group, 2), value.repeat_interleave(group, 2));
        return nn.functional.scaled_dot_product_attention(
            query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), mask, is_casual: mask is null).transpose(1, 2);
    }

    // One new token a row: the query heads that share a key head stand side by side as if they were tokens, so that the cache
    // is read in place and not repeated at every step.
    private Tensor AttendFromOneToken(Tensor query, Tensor key, Tensor value, Tensor? mask) =>
        nn.functional.scaled_dot_product_attention(
            query.view(query.shape[0], _config.KeyValueHeads, -1, _config.HeadDim), key.transpose(1, 2), value.transpose(1, 2), mask);
}
