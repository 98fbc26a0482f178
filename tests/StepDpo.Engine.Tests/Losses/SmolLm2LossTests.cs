using System.Text.Json;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Devices;
using StepDpo.Engine.Examples;
using StepDpo.Engine.Losses;
using StepDpo.Engine.Modeling;
using StepDpo.Engine.Tests.Importing;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Losses;

/// <summary>Step-DPO on a real model: <c>step-dpo-loss.json</c> of SmolLM2-135M-Instruct.</summary>
public sealed class SmolLm2LossTests(SmolLm2 smolLm2) : IClassFixture<SmolLm2>
{
    private const double SumTolerance = 1e-3;
    private const double Tolerance = 3e-4;
    private const int Bos = 1;

    private readonly JsonElement _golden = Shared.ReadJson(SmolLm2.Golden("step-dpo-loss.json"));
    private readonly JsonElement _crossChecks = Shared.ReadJson(SmolLm2.Golden("cross-checks.json")).GetProperty("step-dpo-loss");
    private readonly Dictionary<string, double> _worst = [];

    [Fact]
    public void Losses_rewards_and_margins_of_three_policies_equal_the_golden_ones()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = HuggingFaceFolder.Load(smolLm2.Folder);
        foreach (var (field, bos) in new[] { ("results", false), ("results_with_bos", true) })
        {
            var reference = Sums(model, bos);
            AssertPolicy(field, "same", reference, reference);
            AssertPolicy(field, "final-norm", Scaled(model, "model.norm.weight", 1.01f, bos), reference);
            AssertPolicy(field, "down-proj-14", Scaled(model, "model.layers.14.mlp.down_proj.weight", 1.05f, bos), reference);
        }

        var theirs = _crossChecks.GetProperty("hf_fp32_against_float64");
        Assert.Equal(theirs.EnumerateObject().Select(number => number.Name).Order(), _worst.Keys.Order());
        Assert.All(_worst, ours => HuggingFaceFp32.AssertNoFarther(ours.Key, [theirs.GetProperty(ours.Key).GetDouble()], ours.Value));
    }

    [Fact]
    public void The_gradient_at_the_start_equals_the_golden_one_in_every_parameter()
    {
        using var scope = NewDisposeScope();
        using var model = HuggingFaceFolder.Load(smolLm2.Folder);
        model.SetTrainable(true);
        var (chosen, rejected) = Sums(model, bos: false);

        StepDpoLoss.Of(chosen, rejected, chosen.detach(), rejected.detach(), beta: 0.5).Losses.mean().backward();

        var golden = _golden.GetProperty("gradient_of_mean_loss_at_policy_same");
        var squares = 0.0;
        foreach (var (name, parameter) in model.NamedParameters())
        {
            var wanted = golden.GetProperty("tensors_float64").GetProperty(name).GetProperty("norm").GetDouble();
            var found = parameter.grad!.to_type(ScalarType.Float64).norm().item<double>();
            Assert.True(Math.Abs(wanted - found) <= Tolerance * wanted, $"{name}: found norm {found}, wanted {wanted}");
            squares += found * found;
        }

        var norm = golden.GetProperty("global_norm").GetProperty("float64").GetDouble();
        Assert.Equal(norm, Math.Sqrt(squares), Tolerance * norm);

        // The true gradient: Hugging Face leaves out the input's share of the padding token's row, which here is that of <|im_end|>.
        var row = _crossChecks.GetProperty("gradient_norm_of_row_2_of_embed_tokens");
        var ofPadding = model.NamedParameters().Single(item => item.Name == "model.embed_tokens.weight").Parameter.grad![2].norm().item<float>();
        Assert.Equal(row.GetProperty("float64").GetDouble(), ofPadding, Tolerance);
        Assert.Equal(norm, _crossChecks.GetProperty("gradient_global_norm").GetProperty("float64").GetDouble());
    }

    private void AssertPolicy(string field, string policy, (Tensor Chosen, Tensor Rejected) sums, (Tensor Chosen, Tensor Rejected) reference)
    {
        var loss = StepDpoLoss.Of(sums.Chosen, sums.Rejected, reference.Chosen, reference.Rejected, beta: 0.5);
        var pairs = _golden.GetProperty("pairs");
        for (var i = 0; i < pairs.GetArrayLength(); i++)
        {
            var wanted = pairs[i].GetProperty(field).GetProperty(policy).GetProperty("float64");
            void Close(string name, double found, double tolerance)
            {
                var golden = wanted.GetProperty(name).GetDouble();
                Assert.Equal(golden, found, tolerance);
                _worst[name] = Math.Max(_worst.GetValueOrDefault(name), Math.Abs(golden - found));
            }

            Close("logp_chosen", sums.Chosen[i].item<double>(), SumTolerance);
            Close("logp_rejected", sums.Rejected[i].item<double>(), SumTolerance);
            Close("chosen_reward", loss.ChosenRewards[i].item<double>(), Tolerance);
            Close("rejected_reward", loss.RejectedRewards[i].item<double>(), Tolerance);
            Close("margin", (loss.ChosenRewards - loss.RejectedRewards)[i].item<double>(), Tolerance);
            Close("loss", loss.Losses[i].item<double>(), Tolerance);
        }

        if (field == "results") Assert.Equal(_crossChecks.GetProperty("mean_loss").GetProperty(policy).GetProperty("float64").GetDouble(), loss.Losses.mean().item<double>(), Tolerance);
    }

    private (Tensor Chosen, Tensor Rejected) Scaled(CausalLm model, string name, float factor, bool bos)
    {
        var parameter = model.NamedParameters().Single(item => item.Name == name).Parameter;
        using var before = parameter.clone();
        parameter.mul_(Scalars.Of(factor));
        var sums = Sums(model, bos);
        parameter.copy_(before);
        return sums;
    }

    private (Tensor Chosen, Tensor Rejected) Sums(CausalLm model, bool bos)
    {
        var pairs = _golden.GetProperty("pairs").EnumerateArray().ToList();
        var batch = AnswerBatch.Of([.. pairs.Select(pair => Tokens(pair, "chosen_ids", bos)), .. pairs.Select(pair => Tokens(pair, "rejected_ids", bos))], CPU);
        var sums = TokenLogProbs.SumByRow(TokenLogProbs.Of(model, batch), batch);
        return (sums[..pairs.Count], sums[pairs.Count..]);
    }

    private static AnswerTokens Tokens(JsonElement pair, string answer, bool bos)
    {
        var prompt = GoldenPairs.Ids(pair, "prompt_ids");
        return new AnswerTokens(bos ? [Bos, .. prompt] : prompt, GoldenPairs.Ids(pair, answer));
    }
}
