using StepDpo.Contracts.Runs;

namespace StepDpo.Engine.Examples;

/// <summary>A prompt and the answer that is scored after it.</summary>
/// <param name="Prompt">Ids that are read and not scored.</param>
/// <param name="Answer">Ids that are scored.</param>
public sealed record AnswerTokens(IReadOnlyList<int> Prompt, IReadOnlyList<int> Answer)
{
    /// <summary>Prompt and answer, as the model reads them.</summary>
    public int[] Ids => [.. Prompt, .. Answer];

    /// <summary>Number of ids.</summary>
    public int Length => Prompt.Count + Answer.Count;

    /// <summary>
    /// The reference's truncation: only if the prompt and the longer answer of the pair exceed <c>MaxLength</c> the prompt is cut
    /// to <c>MaxPromptLength</c>; if they still do, the answer to what that leaves.
    /// </summary>
    internal AnswerTokens Truncate(int longerAnswer, TrainingOptions options)
    {
        var prompt = Prompt;
        if (prompt.Count + longerAnswer > options.MaxLength)
            prompt = options.Truncation == TruncationMode.KeepStart ? [.. prompt.Take(options.MaxPromptLength)] : [.. prompt.TakeLast(options.MaxPromptLength)];
        return prompt.Count + longerAnswer > options.MaxLength
            ? new AnswerTokens(prompt, [.. Answer.Take(options.MaxLength - options.MaxPromptLength)])
            : new AnswerTokens(prompt, Answer);
    }
}

/// <summary>A pair in ids. The two prompts may differ in their last token, where the reference's rule moves the boundary for one side.</summary>
/// <param name="Chosen">The winner.</param>
/// <param name="Rejected">The loser.</param>
public sealed record PreferenceTokens(AnswerTokens Chosen, AnswerTokens Rejected)
{
    internal PreferenceTokens Truncate(TrainingOptions options)
    {
        var longer = Math.Max(Chosen.Answer.Count, Rejected.Answer.Count);
        return new PreferenceTokens(Chosen.Truncate(longer, options), Rejected.Truncate(longer, options));
    }
}
