using StepDpo.Engine.Checkpoints.Safetensors;
using StepDpo.Engine.Devices;
using StepDpo.Engine.Sampling;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Sampling;

public sealed class NucleusTests
{
    private const double Tolerance = 2e-5;

    [Fact]
    public void Distributions_at_all_temperatures_and_masses_equal_the_golden_ones()
    {
        using var scope = NewDisposeScope();
        using var golden = SafetensorsFile.Open(Shared.Golden("generation/sampling.safetensors"));
        Assert.Equal(40, Shared.ReadJson(Shared.Golden("generation/sampling-vectors.json")).GetArrayLength());
        var logits = golden.Read("logits");
        var cases = Shared.ReadLines(Shared.Golden("generation/sampling-cases.jsonl")).Where(row => row.GetProperty("boundary_is_clear").GetBoolean()).ToList();
        Assert.Equal(347, cases.Count);
        Assert.All(cases, row =>
        {
            using var inner = NewDisposeScope();
            var (vector, temperature, topP) = (row.GetProperty("vector").GetInt32(), row.GetProperty("temperature").GetDouble(), row.GetProperty("top_p").GetDouble());
            var wanted = golden.Read($"t{row.GetProperty("temperature").GetRawText()}.p{row.GetProperty("top_p").GetRawText()}")[vector];
            var found = Nucleus.Probabilities(logits[vector].unsqueeze(0), Column(temperature), Column(topP))[0];
            Assert.True((wanted - found).abs().max().item<float>() <= Tolerance, row.GetRawText());
            // Without a nucleus all tokens are kept; the probabilities of some are then too small for fp32.
            if (topP < 1) Assert.Equal(row.GetProperty("kept").GetInt64(), found.gt(Scalars.Zero).sum().item<long>());
        });
    }

    [Fact]
    public void Even_draws_take_each_token_as_often_as_its_probability_says()
    {
        using var scope = NewDisposeScope();
        const int Count = 4000;
        // Probabilities 0.5, 0.25, 0.15, 0.1: a nucleus of 0.85 drops the last, so the others have 5/9, 5/18, 1/6.
        var logits = tensor(new[] { 0.1f, 0.5f, 0.15f, 0.25f }).log().expand(Count, 4);
        var uniform = tensor(Enumerable.Range(0, Count).Select(i => i / (float)Count).ToArray()).unsqueeze(1);
        var drawn = Nucleus.Draw(logits, ones(Count, 1), full(Count, 1, Scalars.Of(0.85)), uniform).data<long>().ToArray();
        var byVectors = Enumerable.Range(0, Count).Select(i => (long)VectorNucleus.Draw(logits[i].data<float>().ToArray(), 1, 0.85f, i / (float)Count)).ToArray();
        int[] wanted = [0, Count * 5 / 9, Count / 6, Count * 5 / 18];
        Assert.All([drawn, byVectors], all =>
        {
            var counts = Enumerable.Range(0, 4).Select(id => all.Count(found => found == id));
            Assert.All(counts.Zip(wanted), pair => Assert.InRange(pair.First, pair.Second - 2, pair.Second + 2));
        });
    }

    [Fact]
    public void A_nucleus_wider_than_the_first_candidates_is_found_and_rows_do_not_depend_on_each_other()
    {
        using var scope = NewDisposeScope();
        var logits = linspace(0, 1, 5000).expand(2, 5000).clone();
        logits[1, 17] = 50;
        var (temperature, topP, uniform) = (ones(2, 1), full(2, 1, Scalars.Of(0.9)), full(2, 1, Scalars.Of(0.999)));
        var both = Nucleus.Draw(logits, temperature, topP, uniform);
        Assert.Equal(17, both[1].item<long>());
        Assert.Equal(both[0].item<long>(), Nucleus.Draw(logits[0].unsqueeze(0), ones(1, 1), Column(0.9), Column(0.999)).item<long>());
        Assert.Equal(17, Nucleus.Draw(logits[1].unsqueeze(0), ones(1, 1), Column(0.9), Column(0.999)).item<long>());
        Assert.InRange(both[0].item<long>(), 0, 4000);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.95)]
    [InlineData(1)]
    public void A_draw_is_the_same_token_whether_few_candidates_suffice_or_the_vocabulary_is_sorted(double topP)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        // From nearly even rows to rows of two likely tokens: their nuclei end within 64, within 1,024 and beyond.
        var logits = randn([60, 4000], generator: random) * linspace(0.2, 9, 60).unsqueeze(1);
        var (mass, uniform) = (full(60, 1, Scalars.Of(topP)), rand([60, 1], generator: random));
        var drawn = Nucleus.Draw(logits, ones(60, 1), mass, uniform).data<long>().ToArray();
        var probabilities = Nucleus.Probabilities(logits, ones(60, 1), mass).to_type(ScalarType.Float64);
        for (var row = 0; row < 60; row++)
        {
            var own = probabilities[row];
            var byVectors = VectorNucleus.Draw(logits[row].data<float>().ToArray(), 1, (float)topP, uniform[row].item<float>());
            Assert.All([drawn[row], byVectors], id =>
            {
                var before = own.masked_fill(own.le(own[id]), Scalars.Zero).sum().item<double>();
                Assert.InRange(uniform[row].item<float>(), before - 1e-6, before + own[id].item<double>() + 1e-6);
            });
        }
    }

    [Fact]
    public void A_cpu_and_other_devices_choose_the_same_tokens_with_the_same_log_probabilities()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(5);
        var logits = randn([80, 300], generator: random) * Scalars.Of(3);
        double[] temperatures = [0, 0.8, 1.5, 1];
        var rows = temperatures.SelectMany((temperature, i) => new SampleWork(
            new SamplingRequest { Prompts = [[1]], N = 20, Temperature = temperature, TopP = i == 3 ? 1 : 0.9, Seed = i, WantsLogprobs = true }, sharesPrompts: true, pieces: null, CancellationToken.None).Rows).ToList();
        var (byVectors, byTensors) = (NextTokens.ByVectors(logits, rows), NextTokens.ByTensors(logits, rows));
        Assert.Equal(byTensors.Ids, byVectors.Ids);
        Assert.Equal(byTensors.Logprobs, byVectors.Logprobs, (one, other) => Math.Abs(one - other) < 1e-5);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Scores_that_are_no_numbers_end_in_some_token(float score) =>
        Assert.InRange(VectorNucleus.Draw([score, score, score], 0.8f, 0.95f, 0.5f), 0, 2);

    private static Tensor Column(double value) => full(1, 1, Scalars.Of(value));
}
