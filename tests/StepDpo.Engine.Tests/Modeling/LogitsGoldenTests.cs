using System.Text.Json;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Checkpoints.Safetensors;
using StepDpo.Engine.Modeling;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Modeling;

public sealed class LogitsGoldenTests
{
    private const double LogitsTolerance = 1e-4;
    private const double LogprobsTolerance = 5e-5;
    private const double HiddenTolerance = 5e-5;

    public static TheoryData<string> Models => ["tiny-qwen2", "tiny-qwen2-policy", "tiny-qwen2-sharded", "tiny-qwen3", "tiny-llama3", "tiny-smol"];

    public static TheoryData<string> ModelsWithTwoStyles => ["tiny-qwen2", "tiny-qwen3", "tiny-llama3", "tiny-smol"];

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_and_log_probabilities_equal_the_golden_ones(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = HuggingFaceFolder.Load(Shared.Golden($"models/{name}"));
        using var golden = SafetensorsFile.Open(Shared.Golden($"logits/{name}.safetensors"));
        foreach (var length in new[] { 7, 40, 200 })
        {
            var theirs = HuggingFace(name, $"len{length}");
            var ids = golden.Read($"len{length}.input_ids");
            var logits = model.Forward(ids.unsqueeze(0))[0];
            var logprobs = NextLogprobs(logits, ids);
            HuggingFaceFp32.AssertNoFarther("logits", Off(theirs, "max_logit_diff"), AssertClose(golden.Read($"len{length}.last3_logits"), logits[^3..], LogitsTolerance));
            HuggingFaceFp32.AssertNoFarther("log-probabilities", Off(theirs, "max_logprob_diff"), AssertClose(golden.Read($"len{length}.next_logprobs"), logprobs, LogprobsTolerance));
            Assert.Equal(theirs.GetProperty("logits_min").GetDouble(), logits.min().item<float>(), LogitsTolerance);
            Assert.Equal(theirs.GetProperty("logits_max").GetDouble(), logits.max().item<float>(), LogitsTolerance);
            Assert.Equal(theirs.GetProperty("mean_next_logprob").GetDouble(), logprobs.mean().item<float>(), LogprobsTolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Hidden_states_of_every_layer_equal_the_golden_ones(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = HuggingFaceFolder.Load(Shared.Golden($"models/{name}"));
        using var golden = SafetensorsFile.Open(Shared.Golden($"logits/{name}.safetensors"));
        var states = new List<Tensor>();
        model.Hidden(golden.Read("len7.input_ids").unsqueeze(0), states: states);
        Assert.Equal(model.Config.Layers + 1, states.Count);
        var worst = states.Select((state, i) => AssertClose(golden.Read($"len7.hidden.{i}"), state[0], HiddenTolerance)).Max();
        HuggingFaceFp32.AssertNoFarther("hidden states", Off(HuggingFace(name, "len7"), "max_hidden_diff"), worst);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Rows_padded_on_either_side_equal_the_rows_without_padding(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = HuggingFaceFolder.Load(Shared.Golden($"models/{name}"));
        using var golden = SafetensorsFile.Open(Shared.Golden($"logits/{name}.safetensors"));
        var lengths = golden.Read("batch.lengths").data<long>().ToArray();
        var (wantedLogprobs, wantedLogits) = (golden.Read("batch.next_logprobs"), golden.Read("batch.last_logits"));
        foreach (var side in new[] { "left", "right" })
        {
            var ids = golden.Read($"batch.{side}.input_ids");
            var logits = model.Forward(ids, golden.Read($"batch.{side}.attention_mask"));
            Assert.True(logits.isfinite().all().item<bool>());
            var worst = 0.0;
            for (var row = 0; row < lengths.Length; row++)
            {
                var start = side == "left" ? ids.shape[1] - lengths[row] : 0;
                var own = logits[row].narrow(0, start, lengths[row]);
                worst = Math.Max(worst, AssertClose(wantedLogits[row], own[-1], LogitsTolerance));
                AssertClose(wantedLogprobs[row].narrow(0, 0, lengths[row] - 1), NextLogprobs(own, ids[row].narrow(0, start, lengths[row])), LogprobsTolerance);
            }

            HuggingFaceFp32.AssertNoFarther("logits of padded rows", Off(HuggingFace(name, $"batch_{side}"), "max_logit_diff"), worst);
        }
    }

    [Theory]
    [MemberData(nameof(ModelsWithTwoStyles))]
    public void Both_styles_of_the_config_give_the_same_bits(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var folder = Shared.Golden($"models/{name}");
        using var golden = SafetensorsFile.Open(Shared.Golden($"logits/{name}.safetensors"));
        var ids = golden.Read("len200.input_ids").unsqueeze(0);
        var logits = new List<byte[]>();
        foreach (var style in new[] { "released", "transformers5" })
        {
            var config = ModelConfigReader.Read(Shared.Golden($"models/config-styles/{name}.{style}.json"));
            using var model = HuggingFaceFolder.Load(folder, config, ScalarType.Float32, CPU);
            logits.Add(model.Forward(ids).bytes.ToArray());
        }

        Assert.Equal(logits[0], logits[1]);
    }

    private static JsonElement HuggingFace(string name, string input) => Shared.ReadJson(Shared.Golden("logits/differences.json")).GetProperty(name).GetProperty(input);

    // Eager and sdpa attention; with and without position ids.
    private static IEnumerable<double> Off(JsonElement theirs, string what) =>
        theirs.EnumerateObject().Where(item => item.Name.StartsWith("hf_fp32", StringComparison.Ordinal) && item.Name.Contains(what, StringComparison.Ordinal)).Select(item => item.Value.GetDouble());

    [Fact]
    public void Leaving_out_the_scaling_of_positions_would_move_the_logits_by_what_was_seen()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var folder = Shared.Golden("models/tiny-llama3");
        using var model = HuggingFaceFolder.Load(folder);
        using var without = HuggingFaceFolder.Load(folder, model.Config with { RopeScaling = null }, ScalarType.Float32, CPU);
        using var golden = SafetensorsFile.Open(Shared.Golden("logits/tiny-llama3.safetensors"));
        foreach (var length in new[] { 7, 40, 200 })
        {
            var ids = golden.Read($"len{length}.input_ids").unsqueeze(0);
            var moved = (model.Forward(ids) - without.Forward(ids)).abs().max().item<float>();
            Assert.Equal(HuggingFace("tiny-llama3", $"len{length}").GetProperty("max_logit_diff_if_rope_scaling_is_ignored").GetDouble(), moved, 2 * LogitsTolerance);
        }
    }

    internal static Tensor NextLogprobs(Tensor logits, Tensor ids) =>
        logits[..^1].log_softmax(-1).gather(1, ids[1..].unsqueeze(1)).squeeze(1);

    /// <returns>The worst difference.</returns>
    internal static double AssertClose(Tensor wanted, Tensor found, double tolerance)
    {
        Assert.Equal(wanted.shape, found.shape);
        var worst = (wanted - found).abs().max().item<float>();
        Assert.True(worst <= tolerance, $"worst difference {worst}, wanted at most {tolerance}");
        return worst;
    }
}
