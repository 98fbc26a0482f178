using StepDpo.Engine.Modeling;
using StepDpo.Engine.Tokenization;
using static TorchSharp.torch;

namespace StepDpo.Engine.Sampling;

/// <summary>
/// Samples that grow together, a token a step. Each prompt is read once and its keys and values serve all of its samples. Rows
/// that have ended leave and waiting ones take their room while the others go on.
/// </summary>
internal sealed class SampleBatch(CausalLm model, Tokenizer tokenizer, SamplerOptions options) : Batch
{
    // Leaving costs copies, staying the row's share of each step.
    private const int LeaveWhenOneIn = 8;

    // Prompts read at once, padding included: between two readings the others take a step and requests can be cancelled.
    private const int PromptTokensAtOnce = 1024;

    private readonly SharedPrefixCache _cache = new(model);
    private readonly List<SampleRow> _rows = [];

    // What the rows of a prompt share, and the hidden state of its last token, [hidden].
    private readonly List<(object SharedBy, Tensor Last)> _prompts = [];

    /// <inheritdoc/>
    public override IReadOnlyList<SampleRow> Rows => _rows;

    /// <inheritdoc/>
    public override bool HasRoom => _rows.Count(row => row.IsFinished) * LeaveWhenOneIn >= _rows.Count;

    /// <inheritdoc/>
    public override void Remove(Predicate<SampleRow> leaves)
    {
        var gone = Enumerable.Range(0, _rows.Count).Where(row => leaves(_rows[row])).ToList();
        _cache.RemoveRows(gone);
        Places.Remove(_rows, gone);
    }

    /// <inheritdoc/>
    public override int Admit(List<SampleRow> waiting)
    {
        var shape = new BatchShape(KeyValueStore.TokenBytes(model), options);
        foreach (var row in _rows) shape.Add(row);
        var known = _prompts.Select(prompt => prompt.SharedBy).ToHashSet();
        var (count, unread) = (0, new List<SampleRow>());
        while (count < waiting.Count)
        {
            var row = waiting[count];
            var isNew = !known.Contains(row.SharedBy);
            var longest = Math.Max(row.PromptIds.Length, unread.Count == 0 ? 0 : unread.Max(other => other.PromptIds.Length));
            if (isNew && unread.Count > 0 && (unread.Count + 1) * longest > PromptTokensAtOnce) break;
            if (row.Request.IsBatchInvariant || !shape.TryAdd(row)) break;
            count++;
            if (isNew && known.Add(row.SharedBy)) unread.Add(row);
        }

        if (count == 0) return 0;
        var fresh = waiting[..count];
        waiting.RemoveRange(0, count);
        // Room for those too that are read after the next steps, or the buffers would grow with each reading.
        _ = waiting.TakeWhile(row => !row.Request.IsBatchInvariant && shape.TryAdd(row)).Count();
        ForgetPrompts(fresh);
        _cache.Reserve(shape.Prompts, shape.PromptTokens, shape.Rows, shape.FreshTokens);
        Read(unread);
        Start(fresh);
        return count;
    }

    /// <inheritdoc/>
    public override void Step()
    {
        using var scope = NewDisposeScope();
        var ids = tensor([.. _rows.Select(row => (long)row.LastId)], device: model.Device);
        NextTokens.Take(model.Logits(model.Hidden(ids, _cache)), _rows, tokenizer);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _cache.Dispose();
        foreach (var prompt in _prompts) prompt.Last.Dispose();
    }

    // Prompts are kept until now, as rows of theirs may have waited.
    private void ForgetPrompts(IEnumerable<SampleRow> fresh)
    {
        var needed = _rows.Concat(fresh).Select(row => row.SharedBy).ToHashSet();
        var gone = Enumerable.Range(0, _prompts.Count).Where(at => !needed.Contains(_prompts[at].SharedBy)).ToList();
        foreach (var at in gone) _prompts[at].Last.Dispose();
        _cache.RemovePrompts(gone);
        Places.Remove(_prompts, gone);
    }

    private void Read(List<SampleRow> rows)
    {
        if (rows.Count == 0) return;
        using var scope = NewDisposeScope();
        var prompts = rows.Select(row => row.PromptIds).ToList();
        var longest = prompts.Max(prompt => prompt.Length);
        using var read = new KeyValueCache(model, prompts.Count, longest);
        var padded = prompts.SelectMany(prompt => prompt.Select(id => (long)id).Concat(Enumerable.Repeat(0L, longest - prompt.Length)));
        var hidden = model.Hidden(tensor([.. padded], [prompts.Count, longest], device: model.Device), read, [.. prompts.Select(prompt => prompt.Length)]);
        _cache.AddPrompts(read);
        for (var i = 0; i < rows.Count; i++) _prompts.Add((rows[i].SharedBy, hidden[i, prompts[i].Length - 1].clone().DetachFromDisposeScope()));
    }

    private void Start(IReadOnlyList<SampleRow> rows)
    {
        using var scope = NewDisposeScope();
        var places = _prompts.Select((prompt, at) => (prompt.SharedBy, at)).ToDictionary(item => item.SharedBy, item => item.at);
        _cache.AddRows(rows.Select(row => places[row.SharedBy]));
        _rows.AddRange(rows);
        NextTokens.Take(model.Logits(stack(rows.Select(row => _prompts[places[row.SharedBy]].Last))), rows, tokenizer);
    }
}
