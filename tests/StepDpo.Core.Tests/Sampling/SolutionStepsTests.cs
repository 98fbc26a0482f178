using StepDpo.Contracts.Prompts;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Tests.Sampling;

public class SolutionStepsTests
{
    private const string Nano = " 57 + 23 = 80.\nStep 2: 80 - 44 = 46.\nThe answer is 46.";

    [Fact]
    public void The_sampled_space_of_a_first_step_is_kept_and_the_last_step_holds_the_answer_line()
    {
        var steps = new SolutionSteps("Step 1:", Nano);

        Assert.Equal(2, steps.Count);
        Assert.Equal(" 57 + 23 = 80.", steps.Words(1));
        Assert.Equal(" 80 - 44 = 46.\nThe answer is 46.", steps.Words(2));
        Assert.Equal(Nano, steps.From(1));
    }

    [Fact]
    public void The_space_after_the_first_label_belongs_to_the_step_where_the_prompt_held_it() =>
        Assert.Equal(" She has 9.", new SolutionSteps("Step 1: ", "She has 9.\nStep 2: So 9.").Words(1));

    [Fact]
    public void Prefix_and_losing_words_join_to_the_solution_again()
    {
        var template = PromptTemplate.NanoArithmetic;
        var steps = new SolutionSteps(template.FirstStep, Nano);
        for (var k = 1; k <= steps.Count; k++)
            Assert.Equal(template.ForSampling("p") + Nano, template.ForContinuation("p", PrefixText.Of(template, Nano, k)) + steps.From(k));
    }

    [Fact]
    public void A_misnumbered_step_counts_by_its_position_and_gets_the_number_it_should_have()
    {
        const string text = "one\nStep 3: two\nStep by step, three";
        var steps = new SolutionSteps("Step 1: ", text);

        Assert.Equal(" two", steps.Words(2));
        Assert.Equal(" by step, three", steps.Words(3));
        Assert.EndsWith("Step 1: one\nStep 2:", PrefixText.Of(PromptTemplate.Qwen2Boxed, text, 2), StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_that_does_not_exist_is_a_bug_and_named() =>
        Assert.Contains("found step 3, wanted 1 to 2", Assert.Throws<ArgumentOutOfRangeException>(() => new SolutionSteps("Step 1:", Nano).Words(3)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_first_step_of_a_continuation_ends_before_the_next_label() =>
        Assert.Equal(" 80 - 44 = 36.", FirstStep.Of(" 80 - 44 = 36.\nStep 3: 36 * 2 = 72."));
}
