using System.Text.Json;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Sampling;
using StepDpo.Engine.Tokenization;

namespace StepDpo.Engine.Tests.Sampling;

public sealed class GreedyGoldenTests
{
    private const double LogprobTolerance = 5e-5;

    public static TheoryData<string> Models => ["tiny-qwen2", "tiny-qwen2-policy", "tiny-qwen2-sharded", "tiny-qwen3", "tiny-llama3", "tiny-smol"];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Greedy_ids_and_log_probabilities_of_the_tiny_models_equal_the_golden_ones(string name)
    {
        var folder = Shared.Golden($"models/{name}");
        using var sampler = new Sampler(HuggingFaceFolder.Load(folder), Tokenizer.Load(folder));
        var rows = Shared.ReadLines(Shared.Golden("generation/greedy.jsonl")).Where(row => row.GetProperty("model").GetString() == name).ToList();
        Assert.Equal(3, rows.Count);
        var request = new SamplingRequest { Prompts = [.. rows.Select(row => Ids(row, "prompt_ids"))], MaxTokens = 32, Temperature = 0, WantsLogprobs = true };

        var found = await sampler.SampleAsync(request, TestContext.Current.CancellationToken);

        for (var i = 0; i < rows.Count; i++)
        {
            Assert.Equal(Ids(rows[i], "new_ids"), found[i].Ids);
            Assert.Equal((FinishReason.Length, 32), (found[i].Finish, found[i].TokensDrawn));
            var wanted = rows[i].GetProperty("logprobs").EnumerateArray().Select(value => value.GetDouble()).ToList();
            Assert.All(wanted.Zip(found[i].Logprobs!), pair => Assert.Equal(pair.First, pair.Second, LogprobTolerance));
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Any_of_several_end_tokens_ends_a_sample_and_stays_among_its_ids(string name)
    {
        var folder = Shared.Golden($"models/{name}");
        using var sampler = new Sampler(HuggingFaceFolder.Load(folder), Tokenizer.Load(folder));
        var rows = Shared.ReadLines(Shared.Golden("generation/greedy.jsonl")).Where(row => row.GetProperty("model").GetString() == name).ToList();
        // Each row has end tokens of its own: three requests, which share a batch.
        var found = await Task.WhenAll(rows.Select(row => sampler.SampleAsync(
            new SamplingRequest { Prompts = [Ids(row, "prompt_ids")], MaxTokens = 32, Temperature = 0, EndIds = Ids(row.GetProperty("with_end_tokens"), "eos_token_id") },
            TestContext.Current.CancellationToken)));
        Assert.All(rows.Zip(found), pair => Assert.Equal(Ids(pair.First.GetProperty("with_end_tokens"), "new_ids"), Assert.Single(pair.Second).Ids));
    }

    [Fact]
    public async Task Greedy_texts_of_the_nano_model_equal_the_golden_ones()
    {
        var folder = Shared.Path("models/nano-arithmetic");
        var tokenizer = Tokenizer.Load(folder);
        using var sampler = new Sampler(HuggingFaceFolder.Load(folder), tokenizer);
        var rows = Shared.ReadLines(Path.Combine(folder, "greedy.jsonl")).ToList();
        Assert.Equal(20, rows.Count);
        var request = new SamplingRequest { Prompts = [.. rows.Select(row => tokenizer.Encode(row.GetProperty("prompt").GetString()!))], MaxTokens = 240, Temperature = 0, EndIds = [.. tokenizer.EosIds] };

        var found = await sampler.SampleAsync(request, TestContext.Current.CancellationToken);

        Assert.All(rows.Zip(found), pair =>
        {
            Assert.Equal(Ids(pair.First, "ids"), pair.Second.Ids);
            Assert.Equal(pair.First.GetProperty("text").GetString(), pair.Second.Text);
            Assert.Equal(FinishReason.Stop, pair.Second.Finish);
        });
    }

    internal static int[] Ids(JsonElement row, string field) => [.. row.GetProperty(field).EnumerateArray().Select(id => id.GetInt32())];
}
