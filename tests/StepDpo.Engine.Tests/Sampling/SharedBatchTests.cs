using CsCheck;
using StepDpo.Contracts.Prompts;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Devices;
using StepDpo.Engine.Modeling;
using StepDpo.Engine.Sampling;
using StepDpo.Engine.Tokenization;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Sampling;

/// <summary>Batches of any composition against the plain path: the whole text through the model, token by token.</summary>
public sealed class SharedBatchTests : IDisposable
{
    private static readonly string Folder = Shared.Path("models/nano-arithmetic");
    private static readonly string[] Problems = [.. Shared.ReadLines(Path.Combine(Folder, "problems-pool.jsonl")).Take(12).Select(row => row.GetProperty("problem").GetString()!)];

    private readonly Tokenizer _tokenizer = Tokenizer.Load(Folder);
    private readonly CausalLm _model = HuggingFaceFolder.Load(Folder);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // A batch of at most a few rows: most requests wait, refill the rows of others and share room with theirs.
    private Gen<SamplerOptions> Options => Gen.Select(Gen.Int[1, 7], Gen.Int[60, 400]).Select((rows, tokens) =>
        new SamplerOptions { MostRows = rows, CacheBytes = tokens * KeyValueStore.TokenBytes(_model) });

    private Gen<SamplingRequest> Request => Gen.Select(Gen.Int[0, Problems.Length - 1].Array[1, 3], Gen.Int[1, 4], Gen.Int[1, 20], Choice.Of(0.0, 0.8, 2.0), Choice.Of(0.5, 0.95, 1.0), Gen.Long).Select(
        (problems, n, most, temperature, topP, seed) => new SamplingRequest
        {
            Prompts = [.. problems.Select(problem => _tokenizer.Encode(PromptTemplate.NanoArithmetic.ForSampling(Problems[problem])))],
            N = n,
            MaxTokens = most,
            Temperature = temperature,
            TopP = topP,
            Seed = seed,
            WantsLogprobs = true,
            EndIds = [.. _tokenizer.EosIds],
        });

    public void Dispose() => _model.Dispose();

    [Fact]
    public void Every_token_is_the_one_that_its_own_draw_takes_from_the_scores_of_the_plain_path_whatever_is_sampled_beside_it() =>
        Gen.Select(Options, Request.Array[1, 6]).Sample((options, requests) =>
        {
            using var sampler = new Sampler(HuggingFaceFolder.Load(Folder), _tokenizer, options);
            var answers = Task.WhenAll(requests.Select(request => sampler.SampleAsync(request, Cancellation))).GetAwaiter().GetResult();
            foreach (var (request, samples) in requests.Zip(answers))
            {
                Assert.Equal(request.Prompts.Count * request.N, samples.Count);
                for (var i = 0; i < samples.Count; i++) AssertIsDrawn(request, i / request.N, i % request.N, samples[i]);
            }
        }, iter: 12, threads: 1);

    [Fact]
    public void A_batch_invariant_request_has_the_same_texts_and_log_probabilities_to_the_last_bit_whatever_is_sampled_beside_it()
    {
        using var alone = new Sampler(HuggingFaceFolder.Load(Folder), _tokenizer);
        var invariant = Request.Select(request => request with { IsBatchInvariant = true });
        Gen.Select(Options, invariant, Gen.Select(Request, Gen.Bool, (request, isInvariant) => request with { IsBatchInvariant = isInvariant }).Array[1, 4], Gen.Int[0, 4]).Sample((options, request, mates, at) =>
        {
            var wanted = alone.SampleAsync(request, Cancellation).GetAwaiter().GetResult();
            using var sampler = new Sampler(HuggingFaceFolder.Load(Folder), _tokenizer, options);
            var before = mates.Take(at).Select(mate => sampler.SampleAsync(mate, Cancellation)).ToList();
            var found = sampler.SampleAsync(request, Cancellation);
            var behind = mates.Skip(at).Select(mate => sampler.SampleAsync(mate, Cancellation)).ToList();
            Task.WhenAll(before.Concat(behind)).GetAwaiter().GetResult();
            foreach (var (one, other) in wanted.Zip(found.GetAwaiter().GetResult()))
            {
                Assert.Equal(one.Ids, other.Ids);
                Assert.Equal(one.Logprobs, other.Logprobs);
            }
        }, iter: 12, threads: 1);
    }

    [Fact]
    public void Batch_invariant_tokens_too_are_those_that_their_draws_take_from_the_scores_of_the_plain_path() =>
        Request.Sample(request =>
        {
            using var sampler = new Sampler(HuggingFaceFolder.Load(Folder), _tokenizer);
            var samples = sampler.SampleAsync(request with { IsBatchInvariant = true }, Cancellation).GetAwaiter().GetResult();
            for (var i = 0; i < samples.Count; i++) AssertIsDrawn(request, i / request.N, i % request.N, samples[i]);
        }, iter: 4, threads: 1);

    private void AssertIsDrawn(SamplingRequest request, int prompt, int sample, SampledText text)
    {
        const double Rounding = 1e-3;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var ids = request.Prompts[prompt];
        var logits = _model.Forward(tensor([.. ids.Concat(text.Ids).Select(id => (long)id)]).unsqueeze(0))[0];
        for (var at = 0; at < text.Ids.Count; at++)
        {
            var scores = logits[ids.Length - 1 + at];
            Assert.Equal(scores.log_softmax(0)[text.Ids[at]].item<float>(), text.Logprobs![at], 5e-4);
            if (request.Temperature == 0)
            {
                Assert.Equal(scores.max().item<float>(), scores[text.Ids[at]].item<float>(), 1e-3);
                continue;
            }

            var probabilities = (scores / Scalars.Of(request.Temperature)).softmax(0).data<float>().ToArray();
            var own = probabilities[text.Ids[at]];
            var before = probabilities.Where(probability => probability > own).Sum(probability => (double)probability);
            var draw = Draws.Uniform(request.Seed, prompt, sample, at);
            // Where the nucleus ends within rounding of top-p, the next token may belong to it or not.
            double[] targets = [draw * Nucleus(probabilities, request.TopP - Rounding), draw * Nucleus(probabilities, request.TopP + Rounding)];
            Assert.Contains(targets, target => target >= before - Rounding && target <= before + own + Rounding);
        }

        Assert.Equal(text.TokensDrawn, text.Ids.Count);
        Assert.Equal(text.Finish == FinishReason.Stop, request.EndIds.Contains(text.Ids[^1]));
        Assert.True(text.Finish == FinishReason.Stop || text.Ids.Count == request.MaxTokens);
    }

    private static double Nucleus(float[] probabilities, double topP)
    {
        var mass = 0.0;
        foreach (var probability in probabilities.OrderDescending().TakeWhile(_ => mass < topP)) mass += probability;
        return mass;
    }
}
