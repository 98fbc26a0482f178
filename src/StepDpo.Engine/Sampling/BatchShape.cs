namespace StepDpo.Engine.Sampling;

/// <summary>How large a batch is, and whether one more row may join: by its memory, and by how much of its work would be padding.</summary>
/// <param name="tokenBytes">Bytes of the keys and values of a token.</param>
/// <param name="options">The limits.</param>
internal sealed class BatchShape(long tokenBytes, SamplerOptions options)
{
    // Prompts are padded to the longest, and rows by prompt to the most rows of one: so much of that costs little.
    private const int PromptPadding = 2048;
    private const int RowPadding = 512;

    private readonly Dictionary<object, int> _rowsOfPrompt = [];
    private int _mostRowsOfPrompt;
    private long _promptTokens;

    /// <summary>Different prompts.</summary>
    public int Prompts => _rowsOfPrompt.Count;

    /// <summary>Tokens of the longest prompt.</summary>
    public int PromptTokens { get; private set; }

    /// <summary>Rows.</summary>
    public int Rows { get; private set; }

    /// <summary>New tokens of the row that may have most.</summary>
    public int FreshTokens { get; private set; }

    /// <summary>Adds a row if it may join; the first always may.</summary>
    public bool TryAdd(SampleRow row)
    {
        var rows = _rowsOfPrompt.GetValueOrDefault(row.SharedBy);
        var prompts = Prompts + (rows == 0 ? 1L : 0);
        var longest = Math.Max(PromptTokens, row.PromptIds.Length);
        var tokens = _promptTokens + (rows == 0 ? row.PromptIds.Length : 0);
        var bytes = (prompts * longest + (Rows + 1L) * Math.Max(FreshTokens, row.Request.MaxTokens)) * tokenBytes;
        var isAllowed = Rows < options.MostRows
            && bytes <= options.CacheBytes
            && prompts * longest <= 2 * tokens + PromptPadding
            && prompts * Math.Max(rows + 1, _mostRowsOfPrompt) <= 4L * (Rows + 1) + RowPadding;
        if (!isAllowed && Rows > 0) return false;
        Add(row);
        return true;
    }

    /// <summary>Adds a row that is in the batch already.</summary>
    public void Add(SampleRow row)
    {
        var rows = _rowsOfPrompt.GetValueOrDefault(row.SharedBy);
        if (rows == 0) _promptTokens += row.PromptIds.Length;
        _rowsOfPrompt[row.SharedBy] = rows + 1;
        _mostRowsOfPrompt = Math.Max(_mostRowsOfPrompt, rows + 1);
        (PromptTokens, FreshTokens) = (Math.Max(PromptTokens, row.PromptIds.Length), Math.Max(FreshTokens, row.Request.MaxTokens));
        Rows++;
    }
}
