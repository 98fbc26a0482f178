using StepDpo.Contracts.Prompts;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Sampling;
using StepDpo.Engine.Tests.Importing;
using StepDpo.Engine.Tokenization;

namespace StepDpo.Engine.Tests.Sampling;

public sealed class SmolLm2GreedyTests(SmolLm2 model) : IClassFixture<SmolLm2>
{
    // The reference counts its log-probs in six decimals; its own fp32 is up to 5.6e-5 off.
    private const double LogprobTolerance = 3e-4;

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Greedy_ids_and_texts_of_a_real_model_equal_the_golden_ones()
    {
        var tokenizer = Tokenizer.Load(model.Folder);
        using var sampler = new Sampler(HuggingFaceFolder.Load(model.Folder), tokenizer);
        var rows = Shared.ReadLines(SmolLm2.Golden("greedy.jsonl")).ToList();
        Assert.Equal(9, rows.Count);
        var prompts = rows.Select(row => tokenizer.Encode(row.GetProperty("text").GetString()!)).ToList();
        Assert.All(rows.Zip(prompts), pair => Assert.Equal(GreedyGoldenTests.Ids(pair.First, "prompt_ids"), pair.Second));

        // 64 tokens that do not stop at an end token.
        var found = await sampler.SampleAsync(new SamplingRequest { Prompts = prompts, MaxTokens = 64, Temperature = 0, WantsLogprobs = true }, TestContext.Current.CancellationToken);

        Assert.All(rows.Zip(found), pair =>
        {
            Assert.Equal(GreedyGoldenTests.Ids(pair.First, "new_ids"), pair.Second.Ids);
            Assert.Equal(pair.First.GetProperty("new_text").GetString(), tokenizer.Decode(pair.Second.Ids));
            var wanted = pair.First.GetProperty("logprobs").EnumerateArray().Select(value => value.GetDouble());
            Assert.All(wanted.Zip(pair.Second.Logprobs!), values => Assert.Equal(values.First, values.Second, LogprobTolerance));
        });
    }

    [Fact]
    public void Its_template_is_the_one_that_the_golden_prompts_were_made_with()
    {
        var text = Shared.ReadLines(SmolLm2.Golden("greedy.jsonl")).Select(row => row.GetProperty("text").GetString()!).First(prompt => prompt.EndsWith("Step 1: ", StringComparison.Ordinal));
        var head = PromptTemplate.SmolLm2.Text[..PromptTemplate.SmolLm2.Text.IndexOf(PromptTemplate.Placeholder, StringComparison.Ordinal)];
        var problem = text[head.Length..text.IndexOf("\nPlease reason step by step", StringComparison.Ordinal)];
        Assert.Equal(text, PromptTemplate.SmolLm2.ForSampling(problem));
    }
}
