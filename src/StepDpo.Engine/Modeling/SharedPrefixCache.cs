namespace StepDpo.Engine.Modeling;

/// <summary>
/// Keys and values while many rows continue a few prompts: those of a prompt stand once, however many rows continue it; those
/// of new tokens stand by row. Rows and prompts are numbered without gaps: whoever leaves is replaced by the last.
/// </summary>
public sealed class SharedPrefixCache : IDisposable
{
    private readonly List<int> _prompts = [];
    private readonly List<(int Prompt, int Length)> _rows = [];

    /// <summary>An empty cache for a model.</summary>
    public SharedPrefixCache(CausalLm model) => (Prompts, Fresh, ByVectors) = (new KeyValueStore(model), new KeyValueStore(model), VectorAttention.Suits(model));

    /// <summary>Length of each prompt.</summary>
    public IReadOnlyList<int> PromptLengths => _prompts;

    /// <summary>Each row's prompt and its new tokens so far.</summary>
    public IReadOnlyList<(int Prompt, int Length)> Rows => _rows;

    /// <summary>Whether its rows attend by <see cref="VectorAttention"/>; else by tensors, as on any device.</summary>
    internal bool ByVectors { get; init; }

    internal KeyValueStore Prompts { get; }

    internal KeyValueStore Fresh { get; }

    /// <summary>Makes room for so many prompts and rows of so many tokens; buffers of another size are allocated only when these are too small.</summary>
    public void Reserve(int prompts, int promptTokens, int rows, int freshTokens)
    {
        if (prompts <= Prompts.Entries && promptTokens <= Prompts.Tokens && rows <= Fresh.Entries && freshTokens <= Fresh.Tokens) return;
        Prompts.Resize(prompts, promptTokens);
        Fresh.Resize(rows, freshTokens);
    }

    /// <summary>Prompts that no row continues leave; the others may get other numbers.</summary>
    /// <param name="gone">Their numbers, rising.</param>
    public void RemovePrompts(IReadOnlyList<int> gone)
    {
        var moves = Places.Remove(_prompts, gone);
        Prompts.Move(moves);
        var moved = moves.ToDictionary(move => move.From, move => move.To);
        for (var row = 0; row < _rows.Count; row++) _rows[row] = (moved.GetValueOrDefault(_rows[row].Prompt, _rows[row].Prompt), _rows[row].Length);
    }

    /// <summary>Prompts that were read come, behind the others. There must be room.</summary>
    public void AddPrompts(KeyValueCache read)
    {
        for (var i = 0; i < read.Lengths.Count; i++)
        {
            Prompts.Read(_prompts.Count, read, i);
            _prompts.Add(read.Lengths[i]);
        }
    }

    /// <summary>Rows leave; the others may get other numbers.</summary>
    /// <param name="gone">Their numbers, rising.</param>
    public void RemoveRows(IReadOnlyList<int> gone) => Fresh.Move(Places.Remove(_rows, gone));

    /// <summary>A row without new tokens for each of the named prompts comes, behind the others. There must be room.</summary>
    public void AddRows(IEnumerable<int> prompts) => _rows.AddRange(prompts.Select(prompt => (prompt, 0)));

    /// <summary>Each row has one more token.</summary>
    internal void Grow()
    {
        for (var row = 0; row < _rows.Count; row++) _rows[row] = (_rows[row].Prompt, _rows[row].Length + 1);
    }

    /// <summary>Frees the buffers.</summary>
    public void Dispose()
    {
        Prompts.Dispose();
        Fresh.Dispose();
    }
}
