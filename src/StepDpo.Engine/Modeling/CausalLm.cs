using StepDpo.Engine.Devices;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StepDpo.Engine.Modeling;

/// <summary>
/// A causal language model of the Llama family: Llama 2/3, Qwen 1.5 to 3, DeepSeekMath, SmolLM2, Mistral. Parameters carry the
/// checkpoint's names, because the modules' fields do. They ask for no gradient until <see cref="SetTrainable"/>.
/// One thread owns a model; nothing here is safe to call from two.
/// </summary>
public sealed class CausalLm : nn.Module
{
    private readonly Decoder model;
    private readonly Linear? lm_head;
    private readonly RotaryTable _rotary;

    /// <summary>A model whose parameters hold whatever lay in memory: fill all of them before use.</summary>
    public CausalLm(ModelConfig config, ScalarType dtype, Device device) : base(nameof(CausalLm))
    {
        (Config, Dtype, Device) = (config, dtype, device);
        model = new Decoder(config, dtype, device);
        if (!config.TieWordEmbeddings) lm_head = new Linear(config.HiddenSize, config.VocabularySize, hasBias: false, dtype, device);
        _rotary = new RotaryTable(config, dtype, device);
        RegisterComponents();
    }

    /// <summary>Shape and constants.</summary>
    public ModelConfig Config { get; }

    /// <summary>Type of all parameters.</summary>
    public ScalarType Dtype { get; }

    /// <summary>Where the parameters lie.</summary>
    public Device Device { get; }

    /// <summary>Names and shapes that a checkpoint of this config must hold, in the model's order; nothing is allocated for them.</summary>
    public static IReadOnlyList<(string Name, long[] Shape)> Shapes(ModelConfig config)
    {
        using var outline = new CausalLm(config, ScalarType.Float32, META);
        return [.. outline.NamedParameters().Select(item => (item.Name, item.Parameter.shape))];
    }

    /// <summary>All parameters under their checkpoint names; a tied embedding occurs once.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> NamedParameters() => [.. named_parameters()];

    /// <summary>Number of weights.</summary>
    public long ParameterCount => NamedParameters().Sum(item => item.Parameter.numel());

    /// <summary>Whether the parameters ask for gradients.</summary>
    public void SetTrainable(bool trainable)
    {
        foreach (var (_, parameter) in NamedParameters()) parameter.requires_grad_(trainable);
    }

    /// <summary>Hidden states of whole sequences; give them to <see cref="Logits"/>, all or only those that a loss reads.</summary>
    /// <param name="ids">Token ids, int64 [batch, time].</param>
    /// <param name="attentionMask">
    /// 1 (or true) for tokens, 0 for padding, [batch, time]; padding on the left or on the right. States at padding are finite
    /// and mean nothing. Null: no padding. Padding on the right needs no mask, as later tokens are never seen.
    /// </param>
    /// <param name="states">Receives the residual stream before each layer and the result: layers + 1 tensors.</param>
    /// <returns>[batch, time, hidden], after the final norm.</returns>
    public Tensor Hidden(Tensor ids, Tensor? attentionMask = null, ICollection<Tensor>? states = null)
    {
        using var scope = NewDisposeScope();
        var time = (int)ids.shape[1];
        var plan = attentionMask is null ? new AttentionPlan(_rotary.Range(0, time)) : PlanForPadding(attentionMask.to(ScalarType.Bool), time);
        if (states is null) return model.Apply(ids, plan, null).MoveToOuterDisposeScope();

        var collected = new List<Tensor>();
        var result = model.Apply(ids, plan, collected).MoveToOuterDisposeScope();
        foreach (var state in collected) states.Add(ReferenceEquals(state, result) ? state : state.MoveToOuterDisposeScope());
        return result;
    }

    /// <summary>
    /// Hidden states of new tokens that follow those in the cache, which they join. Computes no gradients. The first call reads
    /// the prompts, later ones usually a token a row.
    /// </summary>
    /// <param name="ids">Int64 [batch, new]; rows with fewer new tokens are padded on the right.</param>
    /// <param name="cache">The earlier tokens.</param>
    /// <param name="counts">New tokens of each row, where rows are padded; null: all count.</param>
    /// <returns>[batch, new, hidden], after the final norm.</returns>
    /// <exception cref="InvalidOperationException">The cache's capacity would be exceeded.</exception>
    public Tensor Hidden(Tensor ids, KeyValueCache cache, IReadOnlyList<int>? counts = null)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var plan = PlanForCache(cache, (int)ids.shape[1]);
        var result = model.Apply(ids, plan, null);
        cache.End(counts);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Hidden states of one new token a row, which joins the cache: [rows] -> [rows, hidden], after the final norm. Computes no gradients.</summary>
    public Tensor Hidden(Tensor ids, SharedPrefixCache cache)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var positions = cache.Rows.Select(row => cache.PromptLengths[row.Prompt] + row.Length);
        var result = OneToken(ids, [.. positions], cache.ByVectors ? new VectorAttention(cache, Config) : new SharedPrefixAttention(cache, Config, Device));
        cache.Grow();
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The same for rows with a cache each, of one row; null where a row is idle: its result means nothing. What is computed
    /// for a row depends on its own place and cache and on the number of rows, and on nothing in the other rows.
    /// </summary>
    public Tensor Hidden(Tensor ids, IReadOnlyList<KeyValueCache?> caches)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var cache in caches) cache?.Begin(1, places: null);
        var result = OneToken(ids, [.. caches.Select(cache => cache?.Longest ?? 0)], new RowByRowAttention(caches, Config));
        foreach (var cache in caches) cache?.End(counts: null);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>What the model reads of tokens, before the first layer: ids [tokens] -> [1, tokens, hidden].</summary>
    internal Tensor Embed(Tensor ids)
    {
        using var scope = NewDisposeScope();
        return model.Embedding.Apply(ids.unsqueeze(0)).MoveToOuterDisposeScope();
    }

    /// <summary>The plan of a pass over packed trees; its tensors belong to the caller's dispose scope.</summary>
    /// <param name="trees">The trees, in the order of the pack.</param>
    /// <param name="trim">Whether the last layer leaves out what nobody reads.</param>
    internal AttentionPlan PlanForTrees(IReadOnlyList<TokenTree> trees, bool trim)
    {
        long[] positions = [.. trees.SelectMany(tree => Enumerable.Range(0, tree.Length).Select(token => (long)tree.PositionOf(token)))];
        var rotation = _rotary.At(tensor(positions, device: Device).unsqueeze(0), (int)positions.Max() + 1);
        return new AttentionPlan(rotation, Trees: new TreeAttention(trees, trim, Dtype, Device));
    }

    /// <summary>Some layers over packed trees: [1, tokens, hidden] -> the same, after the last layer [read, hidden] and normed.</summary>
    /// <param name="x">The tokens' embeddings, tree after tree, or what the layers before these have given.</param>
    /// <param name="plan">Of <see cref="PlanForTrees"/>.</param>
    /// <param name="first">The first of the layers, from 0.</param>
    /// <param name="end">The one after the last of them.</param>
    internal Tensor ThroughLayers(Tensor x, AttentionPlan plan, int first, int end) => model.ApplyToTrees(x, plan, first, end);

    /// <summary>The embedding's rows, [vocab, hidden].</summary>
    internal Parameter EmbeddingWeight => model.Embedding.get_parameter("weight")!;

    /// <summary>The rows that score the next token, [vocab, hidden]; the embedding's where the two are tied.</summary>
    internal Parameter HeadWeight => lm_head?.get_parameter("weight") ?? EmbeddingWeight;

    /// <summary>Scores of the next token: hidden states [..., hidden] -> [..., vocab].</summary>
    public Tensor Logits(Tensor hidden) => lm_head?.Apply(hidden) ?? model.Embedding.ApplyAsHead(hidden);

    /// <summary>Logits at every place of whole sequences: [batch, time] -> [batch, time, vocab]; the mask as in <see cref="Hidden(Tensor, Tensor?, ICollection{Tensor}?)"/>.</summary>
    public Tensor Forward(Tensor ids, Tensor? attentionMask = null)
    {
        using var hidden = Hidden(ids, attentionMask);
        return Logits(hidden);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _rotary.Dispose();
        base.Dispose(disposing);
    }

    private Tensor OneToken(Tensor ids, int[] positions, OneTokenAttention attention)
    {
        var places = tensor(positions, dtype: ScalarType.Int64, device: Device).unsqueeze(1);
        var plan = new AttentionPlan(_rotary.At(places, positions.Max() + 1), OneToken: attention);
        return model.Apply(ids.unsqueeze(1), plan, null).squeeze(1);
    }

    private AttentionPlan PlanForPadding(Tensor real, int time)
    {
        var positions = (real.cumsum(1, ScalarType.Int64) - Scalars.One).clamp_min(Scalars.Zero);
        // Padding sees itself, lest its softmax be taken over nothing.
        var itself = eye(time, dtype: ScalarType.Bool, device: real.device);
        var causal = ones(time, time, dtype: ScalarType.Bool, device: real.device).tril();
        var mask = causal.logical_and(real.unsqueeze(1)).logical_or(itself).unsqueeze(1);
        return new AttentionPlan(_rotary.At(positions, time), mask);
    }

    private AttentionPlan PlanForCache(KeyValueCache cache, int count)
    {
        var (start, total) = (cache.Longest, cache.Longest + count);
        if (cache.IsEven)
        {
            cache.Begin(count, places: null);
            var mask = count == 1 || start == 0 ? null : ones(count, total, dtype: ScalarType.Bool, device: Device).tril(start).view(1, 1, count, total);
            return new AttentionPlan(_rotary.Range(start, count), mask, cache);
        }

        var lengths = tensor([.. cache.Lengths.Select(length => (long)length)], dtype: ScalarType.Int64, device: Device);
        var places = lengths.unsqueeze(1).add(arange(Scalars.Zero, Scalars.Of(count), Scalars.One, ScalarType.Int64, Device), Scalars.One);
        cache.Begin(count, places);
        var visible = arange(Scalars.Zero, Scalars.Of(total), Scalars.One, ScalarType.Int64, Device).le(places.unsqueeze(-1)).unsqueeze(1);
        return new AttentionPlan(_rotary.At(places, total), visible, cache);
    }
}
