using System.Text.Json;
using StepDpo.Contracts;
using StepDpo.Contracts.Prompts;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Examples;
using StepDpo.Engine.Tokenization;

namespace StepDpo.Engine.Tests.Examples;

public sealed class ExampleTokensGoldenTests
{
    private static readonly IReadOnlyList<(JsonElement Json, PreferenceExample Row)> Pairs =
        [.. Shared.ReadLines(Shared.Golden("losses/pairs.jsonl")).Zip(PreferenceExample.ReadFile(Shared.Golden("losses/pairs.jsonl")))];

    // The whole text before the answer stands in the steps: no template around it.
    private static readonly PromptTemplate Bare = new() { Name = "bare", Text = PromptTemplate.Placeholder };

    [Fact]
    public void Steps_of_all_templates_and_models_equal_the_golden_ones()
    {
        var rows = Shared.ReadLines(Shared.Golden("losses/tokenisation.jsonl")).ToList();
        Assert.Equal(40, rows.Count);
        Assert.All(rows, row =>
        {
            var tokenizer = Tokenizer.Load(Shared.Golden($"models/{Text(row, "model")}"));
            var template = PromptTemplate.BuiltIn.Single(item => item.Name == Text(row, "template"));
            var example = Pairs[row.GetProperty("pair").GetInt32()].Row;
            Assert.Equal(Text(row, "prompt_text"), template.ForContinuation(example.Prompt, example.InitialReasonSteps));
            Assert.Equal(row.GetProperty("bos_token_id").ValueKind == JsonValueKind.Null ? null : row.GetProperty("bos_token_id").GetInt32(), tokenizer.BosId);

            var found = new ExampleTokens(tokenizer, template, new TrainingOptions { Bos = BosRule.Reference }).Step(example);
            AssertSide(row, "prompt_ids", "chosen_ids", found.Chosen);
            AssertSide(row, "prompt_ids", "rejected_ids", found.Rejected);
        });
    }

    [Theory]
    [InlineData(BosRule.Reference)]
    [InlineData(BosRule.AsSampled)]
    public void Steps_and_whole_solutions_of_the_pairs_equal_the_golden_ones_under_both_rules(BosRule rule)
    {
        var examples = new ExampleTokens(Tokenizer.Load(Shared.Golden("models/tiny-qwen2")), PromptTemplate.Qwen2Boxed, new TrainingOptions { Bos = rule });
        Assert.Equal(8, Pairs.Count);
        Assert.All(Pairs, pair =>
        {
            Assert.Equal(Text(pair.Json, "prompt_text"), PromptTemplate.Qwen2Boxed.ForContinuation(pair.Row.Prompt, pair.Row.InitialReasonSteps));
            var (step, whole) = (examples.Step(pair.Row), examples.Whole(pair.Row));
            AssertSide(pair.Json, "step_prompt_ids", "step_chosen_ids", step.Chosen);
            AssertSide(pair.Json, "step_prompt_ids", "step_rejected_ids", step.Rejected);
            AssertSide(pair.Json, "whole_prompt_ids", "whole_chosen_ids", whole.Chosen);
            AssertSide(pair.Json, "whole_prompt_ids", "whole_rejected_ids", whole.Rejected);
            AssertSide(pair.Json, "whole_prompt_ids", "sft_completion_ids", examples.Solution(pair.Row));
        });
    }

    [Fact]
    public void Merges_over_the_boundary_move_it_by_one_token_or_are_refused()
    {
        var examples = new ExampleTokens(Tokenizer.Load(Shared.Golden("models/tiny-qwen2")), Bare, new TrainingOptions { Bos = BosRule.Reference });
        var rows = Shared.ReadLines(Shared.Golden("losses/boundary.jsonl")).ToList();
        Assert.Equal(24, rows.Count);
        Assert.Equal(3, rows.Count(IsRefused));
        Assert.All(rows, row =>
        {
            var example = new PreferenceExample("", "", Text(row, "prompt"), Text(row, "chosen"), Text(row, "rejected"), "", "", "");
            if (IsRefused(row))
            {
                Assert.Throws<InvalidDataException>(() => examples.Step(example));
                return;
            }

            var found = examples.Step(example);
            AssertSide(row, "chosen_prompt_ids", "chosen_ids", found.Chosen);
            AssertSide(row, "rejected_prompt_ids", "rejected_ids", found.Rejected);
        });
    }

    [Fact]
    public void Pairs_that_are_too_long_are_cut_as_the_golden_ones()
    {
        var tokenizer = Tokenizer.Load(Shared.Golden("models/tiny-qwen2"));
        var rows = Shared.ReadLines(Shared.Golden("losses/truncation.jsonl")).ToList();
        Assert.Equal(36, rows.Count);
        Assert.All(rows, row =>
        {
            var options = new TrainingOptions
            {
                Bos = BosRule.Reference,
                MaxLength = row.GetProperty("max_length").GetInt32(),
                MaxPromptLength = row.GetProperty("max_prompt_length").GetInt32(),
                Truncation = Text(row, "truncation_mode") == "keep_start" ? TruncationMode.KeepStart : TruncationMode.KeepEnd,
            };
            var template = PromptTemplate.BuiltIn.Single(item => item.Name == Text(row, "template"));
            var found = new ExampleTokens(tokenizer, template, options).Step(Pairs[row.GetProperty("pair").GetInt32()].Row);
            Assert.Equal(row.Ids("chosen_input_ids"), found.Chosen.Ids.Select(id => (long)id));
            Assert.Equal(row.Ids("rejected_input_ids"), found.Rejected.Ids.Select(id => (long)id));
            Assert.Equal(row.GetProperty("chosen_prompt_tokens").GetInt32(), found.Chosen.Prompt.Count);
            Assert.Equal(row.GetProperty("rejected_prompt_tokens").GetInt32(), found.Rejected.Prompt.Count);
        });
    }

    [Fact]
    public void Under_our_rule_the_prompt_is_what_the_sampler_read_and_written_end_tokens_stay_text()
    {
        var tokenizer = Tokenizer.Load(Shared.Golden("models/tiny-smol"));
        var examples = new ExampleTokens(tokenizer, PromptTemplate.SmolLm2, new TrainingOptions());
        var example = new PreferenceExample("", "1 + 1?", "Step 1: ", "She <|im_end|>", "He", "", "", "");

        var found = examples.Step(example);

        Assert.Equal(tokenizer.Encode(PromptTemplate.SmolLm2.ForContinuation("1 + 1?", "Step 1: ")), found.Chosen.Prompt);
        Assert.Equal(found.Chosen.Prompt, found.Rejected.Prompt);
        Assert.DoesNotContain(tokenizer.EosId!.Value, found.Chosen.Answer);
        Assert.Equal("She <|im_end|>", tokenizer.Decode(found.Chosen.Answer));
    }

    private static bool IsRefused(JsonElement row) => row.GetProperty("error").ValueKind == JsonValueKind.String;

    private static string Text(JsonElement row, string field) => row.GetProperty(field).GetString()!;

    private static void AssertSide(JsonElement row, string prompt, string answer, AnswerTokens found)
    {
        Assert.Equal(row.Ids(prompt), found.Prompt.Select(id => (long)id));
        Assert.Equal(row.Ids(answer), found.Answer.Select(id => (long)id));
    }
}
