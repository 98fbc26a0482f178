using StepDpo.Engine.Tokenization;

namespace StepDpo.Engine.Examples;

/// <summary>
/// The reference code's rule (<c>tokenize_row</c> of Step-DPO over <c>build_tokenized_answer</c> of TRL 0.8.5), for reproducing
/// the paper. Prompt and answer are tokenised as one string; a merge over their boundary moves it back by one token, which is
/// then scored. The tokenizer's BOS, where it names one, is put first even if the template begins with it. No end token.
/// </summary>
internal static class ReferenceTokenization
{
    /// <exception cref="InvalidDataException">The reference refuses the pair, in the words of the message.</exception>
    public static PreferenceTokens Pair(Tokenizer tokenizer, string prompt, string chosen, string rejected)
    {
        var (first, second) = (WithoutBos(tokenizer, prompt, chosen), WithoutBos(tokenizer, prompt, rejected));
        var different = first.Prompt.Zip(second.Prompt).Count(ids => ids.First != ids.Second);
        if (different > 1 || Math.Abs(first.Prompt.Count - second.Prompt.Count) > 1)
            throw new InvalidDataException("merges over the end of the prompt change more than its last token, so the two answers would follow different prompts");
        return new PreferenceTokens(AddBos(tokenizer, first), AddBos(tokenizer, second));
    }

    /// <exception cref="InvalidDataException">The reference refuses the text.</exception>
    public static AnswerTokens Answer(Tokenizer tokenizer, string prompt, string answer) => AddBos(tokenizer, WithoutBos(tokenizer, prompt, answer));

    private static AnswerTokens WithoutBos(Tokenizer tokenizer, string prompt, string answer)
    {
        var (alone, whole) = (tokenizer.Encode(prompt), tokenizer.Encode(prompt + answer));
        if (whole.Length < alone.Length)
            throw new InvalidDataException($"prompt and answer together have {whole.Length} tokens, fewer than the {alone.Length} of the prompt alone: merges reach over its end");
        var boundary = whole.AsSpan(0, alone.Length).SequenceEqual(alone) ? alone.Length : alone.Length - 1;
        return new AnswerTokens(whole[..boundary], whole[boundary..]);
    }

    private static AnswerTokens AddBos(Tokenizer tokenizer, AnswerTokens tokens) =>
        tokenizer.BosId is { } bos ? tokens with { Prompt = [bos, .. tokens.Prompt] } : tokens;
}
