using StepDpo.Engine.Modeling;
using StepDpo.Engine.Tokenization;
using static TorchSharp.torch;

namespace StepDpo.Engine.Sampling;

/// <summary>
/// A batch in which a row's text is the same whatever rows stand beside it. Floating-point sums depend on the shapes and the
/// place of what is computed, so neither depends on other rows: every step has the same number of rows, idle ones included; a
/// row's place follows from its seed and its number; prompts are read one at a time; each row attends and draws for itself.
/// </summary>
internal sealed class InvariantBatch(CausalLm model, Tokenizer tokenizer, SamplerOptions options) : Batch
{
    private readonly SampleRow?[] _places = new SampleRow?[options.InvariantRows];
    private readonly KeyValueCache?[] _caches = new KeyValueCache?[options.InvariantRows];

    // The prompts that rows here or waiting continue, and the hidden state of their last token, [1, hidden].
    private readonly Dictionary<int[], (KeyValueCache Cache, Tensor Last)> _prompts = [];

    /// <inheritdoc/>
    public override IReadOnlyList<SampleRow> Rows => [.. _places.OfType<SampleRow>()];

    /// <inheritdoc/>
    public override bool HasRoom => Array.Exists(_places, row => row is { IsFinished: true });

    /// <inheritdoc/>
    public override void Remove(Predicate<SampleRow> leaves)
    {
        for (var place = 0; place < _places.Length; place++)
        {
            if (_places[place] is not { } row || !leaves(row)) continue;
            _places[place] = null;
            _caches[place]!.Dispose();
            _caches[place] = null;
        }
    }

    /// <inheritdoc/>
    public override int Admit(List<SampleRow> waiting)
    {
        Forget(waiting);
        var bytes = _caches.Sum(cache => (long)(cache?.Capacity ?? 0)) + _prompts.Values.Sum(prompt => (long)prompt.Cache.Capacity);
        var joined = new HashSet<SampleRow>();
        foreach (var row in waiting.TakeWhile(row => row.Request.IsBatchInvariant))
        {
            if (_places[PlaceOf(row)] is not null) continue;
            bytes += row.PromptIds.Length + row.Request.MaxTokens + (_prompts.ContainsKey(row.PromptIds) ? 0 : row.PromptIds.Length);
            if (Rows.Count > 0 && bytes * KeyValueStore.TokenBytes(model) > options.CacheBytes) break;
            var isRead = Start(row);
            joined.Add(row);
            // After a prompt was read the others take a step, and requests can be cancelled.
            if (isRead) break;
        }

        waiting.RemoveAll(joined.Contains);
        return joined.Count;
    }

    /// <inheritdoc/>
    public override void Step()
    {
        using var scope = NewDisposeScope();
        var ids = tensor([.. _places.Select(row => (long)(row?.LastId ?? 0))], device: model.Device);
        var logits = model.Logits(model.Hidden(ids, _caches));
        for (var place = 0; place < _places.Length; place++)
        {
            if (_places[place] is { } row) NextTokens.Take(logits.narrow(0, place, 1), [row], tokenizer);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        Remove(_ => true);
        Forget([]);
    }

    private int PlaceOf(SampleRow row) => (int)((ulong)(row.Request.Seed + (long)row.Prompt * row.Request.N + row.Sample) % (ulong)_places.Length);

    // Whether the prompt had to be read.
    private bool Start(SampleRow row)
    {
        using var scope = NewDisposeScope();
        var isNew = !_prompts.TryGetValue(row.PromptIds, out var prompt);
        if (isNew)
        {
            var ids = tensor([.. row.PromptIds.Select(id => (long)id)], device: model.Device).unsqueeze(0);
            var cache = new KeyValueCache(model, rows: 1, row.PromptIds.Length);
            var hidden = model.Hidden(ids, cache);
            prompt = _prompts[row.PromptIds] = (cache, hidden[0].narrow(0, row.PromptIds.Length - 1, 1).clone().DetachFromDisposeScope());
        }

        var place = PlaceOf(row);
        (_places[place], _caches[place]) = (row, prompt.Cache.Copy(model, 0, row.PromptIds.Length + row.Request.MaxTokens));
        NextTokens.Take(model.Logits(prompt.Last), [row], tokenizer);
        return isNew;
    }

    private void Forget(IReadOnlyCollection<SampleRow> waiting)
    {
        var needed = Rows.Concat(waiting).Select(row => row.PromptIds).ToHashSet();
        foreach (var gone in _prompts.Keys.Where(ids => !needed.Contains(ids)).ToList())
        {
            _prompts[gone].Cache.Dispose();
            _prompts[gone].Last.Dispose();
            _prompts.Remove(gone);
        }
    }
}
