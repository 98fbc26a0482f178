using StepDpo.Contracts.Completions;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Tests.Sampling;

public sealed class FirstStepTests
{
    [Fact]
    public void The_log_probability_of_a_step_is_the_sum_over_its_own_tokens()
    {
        // " It" " is" " 2." | "\nStep" " 3:" " 2."
        var choice = new CompletionChoice
        {
            Text = " It is 2.\nStep 3: 2.",
            Logprobs = new CompletionLogprobs { TokenLogprobs = [-1, -2, -4, -8, -16, -32], TextOffset = [0, 3, 6, 9, 14, 17] },
        };
        Assert.Equal(-7, FirstStep.LogProbabilitySum(choice));
        // vLLM counts from the beginning of the prompt.
        Assert.Equal(-7, FirstStep.LogProbabilitySum(choice with { Logprobs = choice.Logprobs with { TextOffset = [100, 103, 106, 109, 114, 117] } }));
        Assert.Equal(-63, FirstStep.LogProbabilitySum(choice with { Text = " It is 2. Step 3: 2." }));
        Assert.Null(FirstStep.LogProbabilitySum(choice with { Logprobs = null }));
        Assert.Null(FirstStep.LogProbabilitySum(choice with { Logprobs = choice.Logprobs with { TextOffset = [] } }));
    }

    [Theory]
    [InlineData(" It is  2.\n", "It is 2.")]
    [InlineData(" \n ", "")]
    [InlineData(" 12", "12")]
    public void Words_are_the_step_with_every_run_of_blanks_made_one(string step, string words) => Assert.Equal(words, FirstStep.Words(step));
}
