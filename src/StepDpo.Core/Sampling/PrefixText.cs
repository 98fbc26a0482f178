using StepDpo.Contracts.Prompts;

namespace StepDpo.Core.Sampling;

/// <summary>
/// The text from which a rectification is sampled: the opening, steps 1 to k-1 word for word, and <c>Step k:</c> without a
/// space after the colon. It is the data set's <c>initial_reason_steps</c> (Step-DPO, <c>prepare_for_correction.py</c>).
/// </summary>
public static class PrefixText
{
    /// <summary>Cuts a solution before the words of step k.</summary>
    /// <param name="template">The template that the solution was sampled with.</param>
    /// <param name="text">The sampled text.</param>
    /// <param name="k">The step to go on from, counted from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The text has no step k.</exception>
    public static string Of(PromptTemplate template, string text, int k)
    {
        var before = new SolutionSteps(template.FirstStep, text).Before(k);
        return k == 1 ? $"{template.Opening}Step 1:" : $"{template.Opening}{template.FirstStep}{before}Step {k}:";
    }
}
