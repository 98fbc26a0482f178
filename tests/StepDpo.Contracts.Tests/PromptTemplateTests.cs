using StepDpo.Contracts.Prompts;

namespace StepDpo.Contracts.Tests;

public sealed class PromptTemplateTests
{
    [Fact]
    public void The_paper_s_template_ends_in_the_first_step_and_its_space() =>
        Assert.Equal(
            "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n1 + 1?\nPlease reason step by step, and put your final answer within \\boxed{}.<|im_end|>\n<|im_start|>assistant\nLet's think step by step.\nStep 1: ",
            PromptTemplate.Qwen2Boxed.ForSampling("1 + 1?"));

    [Fact]
    public void The_nano_model_s_prompt_has_neither_opening_nor_space() =>
        Assert.Equal("Start with 57. Add 23.\nSolve it step by step.\nStep 1:", PromptTemplate.NanoArithmetic.ForSampling("Start with 57. Add 23."));

    [Theory]
    [InlineData("alpaca", "### Response:\nLet's think step by step.\nStep 2:")]
    [InlineData("deepseek-math", "Assistant: Let's think step by step.\nStep 2:")]
    public void A_continuation_follows_its_template_s_separator(string name, string end)
    {
        var template = PromptTemplate.BuiltIn.Single(item => item.Name == name);
        Assert.EndsWith(end, template.ForContinuation("1 + 1?", "Let's think step by step.\nStep 2:"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_problem_that_holds_the_placeholder_stays_as_written() =>
        Assert.StartsWith("Why {problem}?\nSolve", PromptTemplate.NanoArithmetic.ForSampling("Why {problem}?"), StringComparison.Ordinal);

    [Fact]
    public void Every_template_that_ships_is_sound_and_named_once()
    {
        Assert.All(PromptTemplate.BuiltIn, template => Assert.Null(template.Problem()));
        Assert.Equal(PromptTemplate.BuiltIn.Count, PromptTemplate.BuiltIn.Select(template => template.Name).Distinct().Count());
    }

    [Theory]
    [InlineData("no place", "Step 1:", "holds none")]
    [InlineData("{problem}{problem}", "Step 1:", "holds several")]
    [InlineData("{problem}", "First:", "Step 1:")]
    public void An_unsound_template_says_what_is_wrong(string text, string firstStep, string message) =>
        Assert.Contains(message, new PromptTemplate { Name = "x", Text = text, FirstStep = firstStep }.Problem()?.ToString(), StringComparison.Ordinal);

    [Fact]
    public void Equal_texts_have_equal_hashes_whatever_their_name()
    {
        var template = PromptTemplate.Alpaca;
        Assert.Equal(template.Sha256(), (template with { Name = "other" }).Sha256());
        Assert.NotEqual(template.Sha256(), (template with { Separator = " " }).Sha256());
    }
}
