using StepDpo.Engine.Tokenization;

namespace StepDpo.Engine.Examples;

/// <summary>
/// Our rule: the tokens that the sampler saw. It read the prompt's ids and nothing before them, and wrote the answer's after
/// them; so the boundary never moves. The answer is text that a model or a person wrote: in it <c>&lt;|im_end|&gt;</c> is no token.
/// </summary>
internal static class SampledTokenization
{
    public static PreferenceTokens Pair(Tokenizer tokenizer, string prompt, string chosen, string rejected) =>
        new(Answer(tokenizer, prompt, chosen), Answer(tokenizer, prompt, rejected));

    public static AnswerTokens Answer(Tokenizer tokenizer, string prompt, string answer) =>
        new(tokenizer.Encode(prompt), tokenizer.Encode(answer, SpecialText.IsText));
}
