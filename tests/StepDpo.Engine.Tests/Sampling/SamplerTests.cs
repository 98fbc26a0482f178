using StepDpo.Contracts.Prompts;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Sampling;
using StepDpo.Engine.Tokenization;

namespace StepDpo.Engine.Tests.Sampling;

public sealed class SamplerTests : IDisposable
{
    private static readonly string Folder = Shared.Path("models/nano-arithmetic");
    private static readonly string[] Problems = [.. Shared.ReadLines(Path.Combine(Folder, "problems-pool.jsonl")).Take(24).Select(row => row.GetProperty("problem").GetString()!)];

    private readonly Tokenizer _tokenizer = Tokenizer.Load(Folder);
    private readonly Sampler _sampler;

    public SamplerTests() => _sampler = new Sampler(HuggingFaceFolder.Load(Folder), _tokenizer);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _sampler.Dispose();

    [Fact]
    public async Task The_same_seed_gives_the_same_texts_and_another_seed_others()
    {
        var request = Request(Problems[..4], n: 3);
        var first = await _sampler.SampleAsync(request, Cancellation);
        var again = await _sampler.SampleAsync(request, Cancellation);
        var other = await _sampler.SampleAsync(request with { Seed = request.Seed + 1 }, Cancellation);
        Assert.Equal(12, first.Count);
        Assert.Equal(first.Select(sample => sample.Text), again.Select(sample => sample.Text));
        Assert.NotEqual(first.Select(sample => sample.Text), other.Select(sample => sample.Text));
        Assert.True(first.Select(sample => sample.Text).Distinct().Count() > 4);
    }

    // Scores differ by rounding in other batches, which turns a draw over once in some ten thousand tokens; here it does not.
    [Fact]
    public async Task A_sample_does_not_depend_on_what_is_sampled_beside_it()
    {
        var alone = await _sampler.SampleAsync(Request(Problems[..1], n: 2), Cancellation);
        var among = await _sampler.SampleAsync(Request(Problems, n: 2), Cancellation);
        Assert.Equal(alone.Select(sample => sample.Text), among.Take(2).Select(sample => sample.Text));
    }

    [Fact]
    public async Task Requests_that_wait_together_each_get_their_own_answers()
    {
        var together = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => _sampler.SampleAsync(Request(Problems[i..(i + 1)], n: 1) with { Seed = i, Temperature = i % 2 }, Cancellation)));
        for (var i = 0; i < 8; i++)
        {
            var alone = await _sampler.SampleAsync(Request(Problems[i..(i + 1)], n: 1) with { Seed = i, Temperature = i % 2 }, Cancellation);
            Assert.Equal(Assert.Single(alone).Text, Assert.Single(together[i]).Text);
        }
    }

    [Fact]
    public async Task A_stop_text_is_cut_off_wherever_tokens_end()
    {
        var request = Request(Problems[..6], n: 1) with { Temperature = 0, WantsLogprobs = true };
        var whole = await _sampler.SampleAsync(request, Cancellation);
        // It crosses five tokens; another ends with the same token and begins later, so it does not count.
        var cut = await _sampler.SampleAsync(request with { Stop = ["never", "p 3:", "\nStep 3:"] }, Cancellation);
        Assert.All(whole.Zip(cut), pair =>
        {
            Assert.Equal(pair.First.Text[..pair.First.Text.IndexOf("\nStep 3:", StringComparison.Ordinal)], pair.Second.Text);
            Assert.Equal((FinishReason.Stop, "\nStep 3:"), (pair.Second.Finish, pair.Second.StopText));
            Assert.Equal(pair.Second.Text, _tokenizer.Decode(pair.Second.Ids));
            Assert.Equal(pair.First.Ids.Take(pair.Second.Ids.Count), pair.Second.Ids);
            Assert.Equal(pair.Second.Ids.Count, pair.Second.Logprobs!.Count);
        });
        var inside = await _sampler.SampleAsync(request with { Stop = ["ep 2: "] }, Cancellation);
        Assert.All(inside, sample => Assert.EndsWith("\nSt", sample.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_log_probabilities_of_a_sample_are_those_that_scoring_its_text_gives()
    {
        var request = Request(Problems[..5], n: 2) with { WantsLogprobs = true };
        var samples = await _sampler.SampleAsync(request, Cancellation);
        for (var i = 0; i < samples.Count; i++)
        {
            var prompt = request.Prompts[i / 2];
            var scores = Assert.Single(await _sampler.ScoreAsync([[.. prompt, .. samples[i].Ids]], Cancellation));
            Assert.Equal(prompt.Length + samples[i].Ids.Count - 1, scores.Length);
            Assert.All(scores.Skip(prompt.Length - 1).Zip(samples[i].Logprobs!), pair => Assert.Equal(pair.First, pair.Second, 5e-4));
        }
    }

    [Fact]
    public async Task A_cancelled_request_ends_and_those_beside_it_go_on()
    {
        using var cancel = new CancellationTokenSource();
        // Without end tokens it would draw a hundred thousand tokens.
        var endless = _sampler.SampleAsync(Request(Problems[..1], n: 1) with { MaxTokens = 100_000, EndIds = [] }, cancel.Token);
        var beside = _sampler.SampleAsync(Request(Problems[..2], n: 1), Cancellation);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => endless);
        Assert.Equal(2, (await beside).Count);
    }

    [Fact]
    public async Task Disposing_cancels_what_still_waits()
    {
        var sampler = new Sampler(HuggingFaceFolder.Load(Folder), _tokenizer);
        var endless = sampler.SampleAsync(Request(Problems[..1], n: 1) with { MaxTokens = 100_000, EndIds = [] }, Cancellation);
        sampler.Dispose();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => endless);
    }

    [Fact]
    public async Task A_request_for_nothing_is_refused_at_once()
    {
        var request = Request(Problems[..1], n: 1);
        await Assert.ThrowsAsync<ArgumentException>(() => _sampler.SampleAsync(request with { Prompts = [] }, Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => _sampler.SampleAsync(request with { Prompts = [[]] }, Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => _sampler.SampleAsync(request with { MaxTokens = 0 }, Cancellation));
    }

    private SamplingRequest Request(string[] problems, int n) => new()
    {
        Prompts = [.. problems.Select(problem => _tokenizer.Encode(PromptTemplate.NanoArithmetic.ForSampling(problem)))],
        N = n,
        MaxTokens = 240,
        Temperature = 0.8,
        TopP = 0.95,
        Seed = 42,
        EndIds = [.. _tokenizer.EosIds],
    };
}
