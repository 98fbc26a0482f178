namespace StepDpo.Engine.Sampling;

/// <summary>How to continue some prompts.</summary>
public sealed record SamplingRequest
{
    /// <summary>Token ids of each prompt; none may be empty.</summary>
    public required IReadOnlyList<int[]> Prompts { get; init; }

    /// <summary>Samples of each prompt.</summary>
    public int N { get; init; } = 1;

    /// <summary>Most new tokens of a sample.</summary>
    public int MaxTokens { get; init; } = 16;

    /// <summary>Divides the scores; 0 takes the likeliest token.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Only the smallest set of tokens whose mass reaches this is drawn from.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>The draws are a function of (seed, prompt's place, sample, position) alone.</summary>
    public long Seed { get; init; }

    /// <summary>Texts that end a sample; they are cut off. None may be empty.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Token ids that end a sample; the id stays among the sample's ids and never gives text.</summary>
    public IReadOnlyCollection<int> EndIds { get; init; } = [];

    /// <summary>Whether log-probabilities are wanted.</summary>
    public bool WantsLogprobs { get; init; }

    /// <summary>
    /// The texts are a function of this request alone, whatever is sampled beside it (docs/decisions/0023): slower, as few rows
    /// are computed at once and each attends for itself.
    /// </summary>
    public bool IsBatchInvariant { get; init; }
}

/// <summary>Why a sample ended.</summary>
public enum FinishReason
{
    /// <summary>An end token, or a stop text.</summary>
    Stop,

    /// <summary>As many tokens as were allowed.</summary>
    Length,
}

/// <summary>One sample.</summary>
/// <param name="Text">The new text, without special tokens and without the stop text.</param>
/// <param name="Ids">The new ids, the end token included; ids that lie wholly behind the cut of a stop text are left out.</param>
/// <param name="Logprobs">log p of each id under the model itself (temperature 1, no top-p); null where not asked for.</param>
/// <param name="Finish">Why it ended.</param>
/// <param name="StopText">The stop text that ended it.</param>
/// <param name="TokensDrawn">All tokens that were drawn, those behind the cut included.</param>
public sealed record SampledText(string Text, IReadOnlyList<int> Ids, IReadOnlyList<double>? Logprobs, FinishReason Finish, string? StopText, int TokensDrawn);

/// <summary>What a sample has grown by. A sample's pieces, put together, are its text.</summary>
/// <param name="Index">Which sample: prompt x N + sample.</param>
/// <param name="Text">Whole characters that no stop text can take back.</param>
/// <param name="Ids">The ids that this belongs to.</param>
/// <param name="Logprobs">log p of each id, where asked for.</param>
/// <param name="End">The whole sample, with its last piece.</param>
public sealed record SampledPiece(int Index, string Text, IReadOnlyList<int> Ids, IReadOnlyList<double>? Logprobs, SampledText? End);
