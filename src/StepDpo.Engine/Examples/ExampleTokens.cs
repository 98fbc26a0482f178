using StepDpo.Contracts;
using StepDpo.Contracts.Prompts;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Tokenization;

namespace StepDpo.Engine.Examples;

/// <summary>The rows of <c>pairs.jsonl</c> in token ids, as each loss reads them.</summary>
/// <param name="tokenizer">The trained model's.</param>
/// <param name="template">The template that the solutions were sampled with.</param>
/// <param name="options">The rule of tokenisation (<c>Bos</c>) and the lengths.</param>
public sealed class ExampleTokens(Tokenizer tokenizer, PromptTemplate template, TrainingOptions options)
{
    /// <summary>Step-DPO: after the problem and the correct steps, one step against one step. No end token follows a step.</summary>
    /// <exception cref="InvalidDataException">The reference's rule refuses the pair.</exception>
    public PreferenceTokens Step(PreferenceExample row) =>
        Pair(template.ForContinuation(row.Prompt, row.InitialReasonSteps), row.Chosen, row.Rejected);

    /// <summary>DPO: after the problem, one whole solution against another; their shared steps are scored as well. No end token.</summary>
    /// <exception cref="InvalidDataException">The reference's rule refuses the pair.</exception>
    public PreferenceTokens Whole(PreferenceExample row) =>
        Pair(template.ForContinuation(row.Prompt, ""), row.InitialReasonSteps + row.FullChosen, row.InitialReasonSteps + row.FullRejected);

    /// <summary>SFT: the winning whole solution and its end token.</summary>
    /// <exception cref="InvalidDataException">The reference's rule refuses the text, or the tokenizer names no end token.</exception>
    public AnswerTokens Solution(PreferenceExample row)
    {
        var end = tokenizer.EosId ?? throw new InvalidDataException("the tokenizer names no end token (eos_token), which closes a solution in supervised training");
        var (prompt, text) = (template.ForContinuation(row.Prompt, ""), row.InitialReasonSteps + row.FullChosen);
        var tokens = options.Bos == BosRule.Reference ? ReferenceTokenization.Answer(tokenizer, prompt, text) : SampledTokenization.Answer(tokenizer, prompt, text);
        return (tokens with { Answer = [.. tokens.Answer, end] }).Truncate(tokens.Answer.Count + 1, options);
    }

    private PreferenceTokens Pair(string prompt, string chosen, string rejected)
    {
        var pair = options.Bos == BosRule.Reference
            ? ReferenceTokenization.Pair(tokenizer, prompt, chosen, rejected)
            : SampledTokenization.Pair(tokenizer, prompt, chosen, rejected);
        return pair.Truncate(options);
    }
}
