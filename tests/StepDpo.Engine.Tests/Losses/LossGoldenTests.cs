using System.Collections.Concurrent;
using System.Text.Json;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Checkpoints.Safetensors;
using StepDpo.Engine.Devices;
using StepDpo.Engine.Losses;
using StepDpo.Engine.Modeling;
using StepDpo.Engine.Optimization;
using StepDpo.Engine.Scoring;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Losses;

/// <summary>The numbers of <c>golden/losses</c>, by the fast pass and by the plain one: policy tiny-qwen2-policy, reference tiny-qwen2.</summary>
public sealed class LossGoldenTests
{
    private const double SumTolerance = 5e-4;

    private static readonly ConcurrentDictionary<(string Kind, bool Plain), GoldenScores> _scores = new();

    public static TheoryData<string, double, bool> Cases => CasesOf(0.05, 0.1, 0.4, 0.5);

    public static TheoryData<string, double, bool> CasesOfOtherFormulas => CasesOf(0.1, 0.5);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Log_probabilities_rewards_margins_and_losses_equal_the_golden_ones(string kind, double beta, bool plain)
    {
        using var scope = NewDisposeScope();
        var sums = SumsOf(kind, plain);
        var loss = kind == "step"
            ? StepDpoLoss.Of(sums.PolicyChosen, sums.PolicyRejected, sums.ReferenceChosen, sums.ReferenceRejected, beta)
            : DpoLoss.Of(sums.PolicyChosen, sums.PolicyRejected, sums.ReferenceChosen, sums.ReferenceRejected, beta);

        for (var i = 0; i < GoldenPairs.Losses.Count; i++)
        {
            var golden = GoldenPairs.Losses[i].GetProperty(kind);
            var logps = golden.GetProperty("logps");
            var wanted = golden.GetProperty(NameOf(beta));
            Assert.Equal(logps.GetProperty("policy_chosen").GetDouble(), sums.PolicyChosen[i].item<double>(), SumTolerance);
            Assert.Equal(logps.GetProperty("policy_rejected").GetDouble(), sums.PolicyRejected[i].item<double>(), SumTolerance);
            Assert.Equal(logps.GetProperty("reference_chosen").GetDouble(), sums.ReferenceChosen[i].item<double>(), SumTolerance);
            Assert.Equal(logps.GetProperty("reference_rejected").GetDouble(), sums.ReferenceRejected[i].item<double>(), SumTolerance);
            AssertLoss(wanted.GetProperty("chosen_reward").GetDouble(), loss.ChosenRewards[i].item<double>());
            AssertLoss(wanted.GetProperty("rejected_reward").GetDouble(), loss.RejectedRewards[i].item<double>());
            AssertLoss(wanted.GetProperty("margin").GetDouble(), (loss.ChosenRewards - loss.RejectedRewards)[i].item<double>());
            AssertLoss(wanted.GetProperty("sigmoid").GetDouble(), loss.Losses[i].item<double>());
        }

        var means = MeansOf(kind).GetProperty(NameOf(beta));
        AssertLoss(means.GetProperty("sigmoid").GetDouble(), loss.Losses.mean().item<double>());
        Assert.Equal(means.GetProperty("accuracy").GetDouble(), loss.ChosenRewards.gt(loss.RejectedRewards).to_type(ScalarType.Float64).mean().item<double>());
    }

    [Theory]
    [MemberData(nameof(CasesOfOtherFormulas))]
    public void The_other_formulas_equal_the_golden_ones(string kind, double beta, bool plain)
    {
        using var scope = NewDisposeScope();
        var sums = SumsOf(kind, plain);
        Tensor Tokens(string side) => tensor(GoldenPairs.Sequences(kind, side).Select(tokens => (double)tokens.Answer.Count).ToArray());

        AssertFormula("sigmoid_label_smoothing_0.1", StepDpoLoss.Of(sums.PolicyChosen, sums.PolicyRejected, sums.ReferenceChosen, sums.ReferenceRejected, beta, labelSmoothing: 0.1));
        AssertFormula("hinge", HingeLoss.Of(sums.PolicyChosen, sums.PolicyRejected, sums.ReferenceChosen, sums.ReferenceRejected, beta));
        AssertFormula("ipo", IpoLoss.OfAverages(sums.PolicyChosen, sums.PolicyRejected, sums.ReferenceChosen, sums.ReferenceRejected, Tokens("chosen"), Tokens("rejected"), beta));
        AssertFormula("ipo_of_sums", IpoLoss.OfSums(sums.PolicyChosen, sums.PolicyRejected, sums.ReferenceChosen, sums.ReferenceRejected, beta));

        void AssertFormula(string field, PreferenceLoss loss)
        {
            for (var i = 0; i < GoldenPairs.Losses.Count; i++)
            {
                var wanted = GoldenPairs.Losses[i].GetProperty(kind).GetProperty(NameOf(beta));
                AssertLoss(wanted.GetProperty(field).GetDouble(), loss.Losses[i].item<double>());
                AssertLoss(wanted.GetProperty("margin").GetDouble(), (loss.ChosenRewards - loss.RejectedRewards)[i].item<double>());
            }

            AssertLoss(MeansOf(kind).GetProperty(NameOf(beta)).GetProperty(field).GetDouble(), loss.Losses.mean().item<double>());
        }
    }

    [Theory]
    [InlineData("tiny-qwen2-policy", "policy")]
    [InlineData("tiny-qwen2", "reference")]
    public void Log_probabilities_of_every_token_equal_the_golden_ones(string folder, string role)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Load(folder);
        using var golden = SafetensorsFile.Open(Shared.Golden("losses/token-logps.safetensors"));
        foreach (var kind in new[] { "step", "whole" })
        {
            foreach (var side in new[] { "chosen", "rejected" })
            {
                var found = TokenLogProbs.Of(model, AnswerBatch.Of(GoldenPairs.Sequences(kind, side), CPU));
                var wanted = cat([.. Enumerable.Range(0, GoldenPairs.Rows.Count).Select(i => golden.Read($"{i}.{kind}.{role}_{side}"))]);
                Assert.Equal(wanted.shape, found.shape);
                Assert.True((wanted - found).abs().max().item<float>() <= 5e-5);
            }
        }
    }

    [Theory]
    [InlineData("step", false)]
    [InlineData("step", true)]
    [InlineData("whole", false)]
    [InlineData("whole", true)]
    public void Log_probabilities_and_losses_are_no_farther_off_float64_than_those_of_trl(string kind, bool plain)
    {
        using var scope = NewDisposeScope();
        var sums = SumsOf(kind, plain);
        var (logProbs, losses) = (0.0, 0.0);
        foreach (var beta in new[] { 0.05, 0.1, 0.4, 0.5 })
        {
            var loss = StepDpoLoss.Of(sums.PolicyChosen, sums.PolicyRejected, sums.ReferenceChosen, sums.ReferenceRejected, beta);
            for (var i = 0; i < GoldenPairs.Losses.Count; i++)
            {
                var wanted = GoldenPairs.Losses[i].GetProperty(kind);
                double Off(string side, Tensor found) => Math.Abs(wanted.GetProperty("logps").GetProperty(side).GetDouble() - found[i].item<double>());
                logProbs = new[]
                {
                    logProbs, Off("policy_chosen", sums.PolicyChosen), Off("policy_rejected", sums.PolicyRejected), Off("reference_chosen", sums.ReferenceChosen), Off("reference_rejected", sums.ReferenceRejected),
                }.Max();
                losses = Math.Max(losses, Math.Abs(wanted.GetProperty(NameOf(beta)).GetProperty("sigmoid").GetDouble() - loss.Losses[i].item<double>()));
            }
        }

        HuggingFaceFp32.AssertNoFarther($"{kind}: sums", [CrossCheck($"{kind}: trl 0.8.5 get_batch_logps on HF fp32, largest difference of a summed log-prob")], logProbs);
        HuggingFaceFp32.AssertNoFarther($"{kind}: losses", [CrossCheck($"{kind}: trl 0.8.5 dpo_loss, largest difference of a loss")], losses);
    }

    [Fact]
    public void The_sft_loss_equals_the_golden_one()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Load("tiny-qwen2-policy");
        var batch = AnswerBatch.Of(GoldenPairs.Completions(), CPU);
        var tokens = TokenLogProbs.Of(model, batch);
        var sums = TokenLogProbs.SumByRow(tokens, batch);
        for (var i = 0; i < GoldenPairs.Losses.Count; i++)
            Assert.Equal(GoldenPairs.Losses[i].GetProperty("sft").GetProperty("sum_nll").GetDouble(), -sums[i].item<double>(), SumTolerance);

        var means = Shared.ReadJson(Shared.Golden("losses/means.json")).GetProperty("sft");
        Assert.Equal(means.GetProperty("completion_tokens").GetInt64(), tokens.numel());
        var (wanted, found) = (means.GetProperty("mean_over_completion_tokens").GetDouble(), SftLoss.Of(tokens, tokens.numel()).item<float>());
        Assert.Equal(wanted, found, 1e-5);
        HuggingFaceFp32.AssertNoFarther("loss of SFT", [Math.Abs(CrossCheck("sft: HF loss fp32 minus float64"))], Math.Abs(wanted - found));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_gradient_of_the_step_loss_equals_the_golden_one_in_every_parameter(bool plain)
    {
        using var scope = NewDisposeScope();
        var sums = SumsOf("step", plain);
        using var policy = Load("tiny-qwen2-policy");
        policy.SetTrainable(true);

        var scores = PassOf(plain)(policy, GoldenPairs.Sequences("step", "chosen"), GoldenPairs.Sequences("step", "rejected"));
        StepDpoLoss.Of(scores.Chosen, scores.Rejected!, sums.ReferenceChosen, sums.ReferenceRejected, beta: 0.5).Losses.mean().backward();
        scores.Backward();

        var (worst, largest) = AssertGradients(policy, "losses/gradients-step-sigmoid-beta0.5.safetensors");
        HuggingFaceFp32.AssertNoFarther("gradient", [CrossCheck("step: HF fp32 gradient, largest difference")], worst);
        Assert.Equal(CrossCheck("step: largest gradient element"), largest, 1e-4);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_gradient_of_the_sft_loss_equals_the_golden_one_in_every_parameter(bool plain)
    {
        using var scope = NewDisposeScope();
        using var model = Load("tiny-qwen2-policy");
        model.SetTrainable(true);
        var completions = GoldenPairs.Completions();

        var scores = PassOf(plain)(model, completions, null);
        SftLoss.Of(scores.Chosen, completions.Sum(completion => (long)completion.Answer.Count)).backward();
        scores.Backward();

        var (worst, _) = AssertGradients(model, "losses/gradients-sft.safetensors");
        HuggingFaceFp32.AssertNoFarther("gradient of SFT", [CrossCheck("sft: HF fp32 gradient, largest difference")], worst);
    }

    private static TheoryData<string, double, bool> CasesOf(params double[] betas) =>
        [.. from kind in new[] { "step", "whole" } from beta in betas from plain in new[] { false, true } select new TheoryDataRow<string, double, bool>(kind, beta, plain)];

    private static string NameOf(double beta) => FormattableString.Invariant($"beta_{beta}");

    private static JsonElement MeansOf(string kind) => Shared.ReadJson(Shared.Golden("losses/means.json")).GetProperty(kind);

    private static double CrossCheck(string what) => Shared.ReadJson(Shared.Golden("losses/cross-checks.json")).GetProperty(what).GetDouble();

    private static ScoringPass PassOf(bool plain) => plain ? SequencePass.Of : TreePass.Of;

    private static CausalLm Load(string folder) => HuggingFaceFolder.Load(Shared.Golden($"models/{folder}"));

    private static (Tensor PolicyChosen, Tensor PolicyRejected, Tensor ReferenceChosen, Tensor ReferenceRejected) SumsOf(string kind, bool plain)
    {
        var (policy, reference) = _scores.GetOrAdd((kind, plain), _ => new GoldenScores(Score("tiny-qwen2-policy", kind, plain), Score("tiny-qwen2", kind, plain)));
        return (tensor(policy.Chosen), tensor(policy.Rejected), tensor(reference.Chosen), tensor(reference.Rejected));
    }

    private static ReferenceLogProbs Score(string folder, string kind, bool plain)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Load(folder);
        var scores = PassOf(plain)(model, GoldenPairs.Sequences(kind, "chosen"), GoldenPairs.Sequences(kind, "rejected"));
        return new ReferenceLogProbs(scores.Chosen.data<double>().ToArray(), scores.Rejected!.data<double>().ToArray());
    }

    private static void AssertLoss(double wanted, double found) => Assert.Equal(wanted, found, 5e-4 + 1e-4 * Math.Abs(wanted));

    // The largest difference, and the largest element.
    private static (double Worst, double Largest) AssertGradients(CausalLm model, string file)
    {
        var (worst, largest) = (0.0, 0.0);
        using var golden = SafetensorsFile.Open(Shared.Golden(file));
        var parameters = model.NamedParameters();
        Assert.Equal(golden.Tensors.Keys.Order(StringComparer.Ordinal), parameters.Select(item => item.Name).Order(StringComparer.Ordinal));
        foreach (var (name, parameter) in parameters)
        {
            var wanted = golden.Read(name);
            var off = (wanted - parameter.grad!).abs();
            var excess = (off - Scalars.Of(1e-4) * wanted.abs()).max().item<float>();
            Assert.True(excess <= 5e-5, $"{name}: off by {excess} more than allowed");
            (worst, largest) = (Math.Max(worst, off.max().item<float>()), Math.Max(largest, parameter.grad!.abs().max().item<float>()));
        }

        return (worst, largest);
    }

    /// <summary>Summed log-probabilities of the golden pairs, scored once for all cases.</summary>
    private sealed record GoldenScores(ReferenceLogProbs Policy, ReferenceLogProbs Reference);
}
