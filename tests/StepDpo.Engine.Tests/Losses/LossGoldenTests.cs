using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Checkpoints.Safetensors;
using StepDpo.Engine.Devices;
using StepDpo.Engine.Losses;
using StepDpo.Engine.Modeling;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Losses;

/// <summary>The numbers of <c>golden/losses</c>: policy tiny-qwen2-policy, reference tiny-qwen2.</summary>
public sealed class LossGoldenTests
{
    private const double SumTolerance = 5e-4;

    [Theory]
    [InlineData("step", "beta_0.05", 0.05)]
    [InlineData("step", "beta_0.1", 0.1)]
    [InlineData("step", "beta_0.4", 0.4)]
    [InlineData("step", "beta_0.5", 0.5)]
    [InlineData("whole", "beta_0.05", 0.05)]
    [InlineData("whole", "beta_0.1", 0.1)]
    [InlineData("whole", "beta_0.4", 0.4)]
    [InlineData("whole", "beta_0.5", 0.5)]
    public void Log_probabilities_rewards_margins_and_losses_equal_the_golden_ones(string kind, string betaName, double beta)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var policy = Load("tiny-qwen2-policy");
        using var reference = Load("tiny-qwen2");
        var (policyChosen, policyRejected) = (Sums(policy, kind, "chosen"), Sums(policy, kind, "rejected"));
        var (referenceChosen, referenceRejected) = (Sums(reference, kind, "chosen"), Sums(reference, kind, "rejected"));

        var loss = kind == "step"
            ? StepDpoLoss.Of(policyChosen, policyRejected, referenceChosen, referenceRejected, beta)
            : DpoLoss.Of(policyChosen, policyRejected, referenceChosen, referenceRejected, beta);

        for (var i = 0; i < GoldenPairs.Losses.Count; i++)
        {
            var golden = GoldenPairs.Losses[i].GetProperty(kind);
            var logps = golden.GetProperty("logps");
            var wanted = golden.GetProperty(betaName);
            Assert.Equal(logps.GetProperty("policy_chosen").GetDouble(), policyChosen[i].item<double>(), SumTolerance);
            Assert.Equal(logps.GetProperty("policy_rejected").GetDouble(), policyRejected[i].item<double>(), SumTolerance);
            Assert.Equal(logps.GetProperty("reference_chosen").GetDouble(), referenceChosen[i].item<double>(), SumTolerance);
            Assert.Equal(logps.GetProperty("reference_rejected").GetDouble(), referenceRejected[i].item<double>(), SumTolerance);
            AssertLoss(wanted.GetProperty("chosen_reward").GetDouble(), loss.ChosenRewards[i].item<double>());
            AssertLoss(wanted.GetProperty("rejected_reward").GetDouble(), loss.RejectedRewards[i].item<double>());
            AssertLoss(wanted.GetProperty("margin").GetDouble(), (loss.ChosenRewards - loss.RejectedRewards)[i].item<double>());
            AssertLoss(wanted.GetProperty("sigmoid").GetDouble(), loss.Losses[i].item<double>());
        }

        var means = Shared.ReadJson(Shared.Golden("losses/means.json")).GetProperty(kind).GetProperty(betaName);
        AssertLoss(means.GetProperty("sigmoid").GetDouble(), loss.Losses.mean().item<double>());
        Assert.Equal(means.GetProperty("accuracy").GetDouble(), loss.ChosenRewards.gt(loss.RejectedRewards).to_type(ScalarType.Float64).mean().item<double>());
    }

    [Theory]
    [InlineData("step", "beta_0.1", 0.1)]
    [InlineData("step", "beta_0.5", 0.5)]
    [InlineData("whole", "beta_0.1", 0.1)]
    [InlineData("whole", "beta_0.5", 0.5)]
    public void The_other_formulas_equal_the_golden_ones(string kind, string betaName, double beta)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var policy = Load("tiny-qwen2-policy");
        using var reference = Load("tiny-qwen2");
        var (policyChosen, policyRejected) = (Sums(policy, kind, "chosen"), Sums(policy, kind, "rejected"));
        var (referenceChosen, referenceRejected) = (Sums(reference, kind, "chosen"), Sums(reference, kind, "rejected"));
        Tensor Tokens(string side) => tensor(GoldenPairs.Sequences(kind, side).Select(tokens => (double)tokens.Answer.Count).ToArray());

        AssertFormula("sigmoid_label_smoothing_0.1", StepDpoLoss.Of(policyChosen, policyRejected, referenceChosen, referenceRejected, beta, labelSmoothing: 0.1));
        AssertFormula("hinge", HingeLoss.Of(policyChosen, policyRejected, referenceChosen, referenceRejected, beta));
        AssertFormula("ipo", IpoLoss.OfAverages(policyChosen, policyRejected, referenceChosen, referenceRejected, Tokens("chosen"), Tokens("rejected"), beta));
        AssertFormula("ipo_of_sums", IpoLoss.OfSums(policyChosen, policyRejected, referenceChosen, referenceRejected, beta));

        void AssertFormula(string field, PreferenceLoss loss)
        {
            for (var i = 0; i < GoldenPairs.Losses.Count; i++)
            {
                var wanted = GoldenPairs.Losses[i].GetProperty(kind).GetProperty(betaName);
                AssertLoss(wanted.GetProperty(field).GetDouble(), loss.Losses[i].item<double>());
                AssertLoss(wanted.GetProperty("margin").GetDouble(), (loss.ChosenRewards - loss.RejectedRewards)[i].item<double>());
            }

            AssertLoss(Shared.ReadJson(Shared.Golden("losses/means.json")).GetProperty(kind).GetProperty(betaName).GetProperty(field).GetDouble(), loss.Losses.mean().item<double>());
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
        Assert.Equal(means.GetProperty("mean_over_completion_tokens").GetDouble(), SftLoss.Of(tokens, tokens.numel()).item<float>(), 1e-5);
    }

    [Fact]
    public void The_gradient_of_the_step_loss_equals_the_golden_one_in_every_parameter()
    {
        using var scope = NewDisposeScope();
        using var reference = Load("tiny-qwen2");
        using var policy = Load("tiny-qwen2-policy");
        Tensor referenceChosen, referenceRejected;
        using (no_grad()) (referenceChosen, referenceRejected) = (Sums(reference, "step", "chosen"), Sums(reference, "step", "rejected"));
        policy.SetTrainable(true);

        StepDpoLoss.Of(Sums(policy, "step", "chosen"), Sums(policy, "step", "rejected"), referenceChosen, referenceRejected, beta: 0.5).Losses.mean().backward();

        AssertGradients(policy, "losses/gradients-step-sigmoid-beta0.5.safetensors");
    }

    [Fact]
    public void The_gradient_of_the_sft_loss_equals_the_golden_one_in_every_parameter()
    {
        using var scope = NewDisposeScope();
        using var model = Load("tiny-qwen2-policy");
        model.SetTrainable(true);
        var batch = AnswerBatch.Of(GoldenPairs.Completions(), CPU);
        var tokens = TokenLogProbs.Of(model, batch);

        SftLoss.Of(tokens, tokens.numel()).backward();

        AssertGradients(model, "losses/gradients-sft.safetensors");
    }

    private static CausalLm Load(string folder) => HuggingFaceFolder.Load(Shared.Golden($"models/{folder}"));

    private static Tensor Sums(CausalLm model, string kind, string side)
    {
        var batch = AnswerBatch.Of(GoldenPairs.Sequences(kind, side), CPU);
        return TokenLogProbs.SumByRow(TokenLogProbs.Of(model, batch), batch);
    }

    private static void AssertLoss(double wanted, double found) => Assert.Equal(wanted, found, 5e-4 + 1e-4 * Math.Abs(wanted));

    private static void AssertGradients(CausalLm model, string file)
    {
        using var golden = SafetensorsFile.Open(Shared.Golden(file));
        var parameters = model.NamedParameters();
        Assert.Equal(golden.Tensors.Keys.Order(StringComparer.Ordinal), parameters.Select(item => item.Name).Order(StringComparer.Ordinal));
        foreach (var (name, parameter) in parameters)
        {
            var wanted = golden.Read(name);
            var excess = ((wanted - parameter.grad!).abs() - Scalars.Of(1e-4) * wanted.abs()).max().item<float>();
            Assert.True(excess <= 5e-5, $"{name}: off by {excess} more than allowed");
        }
    }
}
