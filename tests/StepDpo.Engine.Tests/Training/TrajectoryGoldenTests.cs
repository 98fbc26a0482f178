using System.Text.Json;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Checkpoints.Safetensors;
using StepDpo.Engine.Optimization;
using StepDpo.Engine.Scoring;
using StepDpo.Engine.Tests.Losses;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Training;

/// <summary>Whole training runs against <c>golden/trajectories</c>, by the fast pass and by the plain one: every step's numbers and the final weights.</summary>
public sealed class TrajectoryGoldenTests
{
    [Theory]
    [InlineData("dpo-small-lr", 1e-5, 1e-5, false)]
    [InlineData("dpo-small-lr", 1e-5, 1e-5, true)]
    [InlineData("dpo", 1e-4, 1e-6, false)]
    [InlineData("dpo", 1e-4, 1e-6, true)]
    [InlineData("dpo-weight-decay", 1e-4, 1e-6, false)]
    [InlineData("dpo-weight-decay", 1e-4, 1e-6, true)]
    public void A_run_of_Step_DPO_takes_the_golden_steps(string run, double weightTolerance, double meanTolerance, bool plain)
    {
        ScoringPass pass = plain ? SequencePass.Of : TreePass.Of;
        var golden = Shared.ReadJson(Shared.Golden($"trajectories/{run}.json"));
        var options = Options(golden, LossKind.StepDpo, ScheduleKind.Cosine);
        var rows = Pairs();
        using var reference = HuggingFaceFolder.Load(Shared.Golden("models/tiny-qwen2"));
        var referenceLogProbs = ReferenceLogProbs.Of(reference, rows, microBatch: 8, () => false, pass);
        using var policy = HuggingFaceFolder.Load(Shared.Golden("models/tiny-qwen2-policy"));
        using var trainer = new Trainer(policy, rows, referenceLogProbs, options, OrderOf(golden, rows.Count), pass: pass);

        AssertSteps(golden, trainer);
        AssertWeights(trainer, $"trajectories/{run}-final.safetensors", weightTolerance, meanTolerance);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_run_of_SFT_takes_the_golden_steps(bool plain)
    {
        ScoringPass pass = plain ? SequencePass.Of : TreePass.Of;
        var golden = Shared.ReadJson(Shared.Golden("trajectories/sft.json"));
        var options = Options(golden, LossKind.Sft, ScheduleKind.Linear);
        IReadOnlyList<TrainingRow> rows = [.. GoldenPairs.Completions().Select((tokens, index) => new TrainingRow(index + 1, tokens, null))];
        using var model = HuggingFaceFolder.Load(Shared.Golden("models/tiny-qwen2"));
        using var trainer = new Trainer(model, rows, reference: null, options, OrderOf(golden, rows.Count), pass: pass);

        foreach (var wanted in golden.GetProperty("float64").EnumerateArray())
        {
            var found = trainer.TakeStep()!;
            Assert.Equal(wanted.GetProperty("loss").GetDouble(), found.Loss, 1e-5);
            AssertRelative(wanted.GetProperty("grad_norm").GetDouble(), found.GradNorm, 1e-4);
            Assert.Equal(wanted.GetProperty("lr").GetDouble(), found.LearningRate, 1e-15);
            Assert.Null(found.RewardsMargins);
        }

        AssertWeights(trainer, "trajectories/sft-final.safetensors", tolerance: 5e-5, meanTolerance: 5e-5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_run_with_an_adapter_takes_the_golden_steps(bool plain)
    {
        using var scope = NewDisposeScope();
        ScoringPass pass = plain ? SequencePass.Of : TreePass.Of;
        var golden = Shared.ReadJson(Shared.Golden("trajectories/lora.json"));
        var rows = Pairs();
        using var model = HuggingFaceFolder.Load(Shared.Golden("models/tiny-qwen2"));
        var reference = ReferenceLogProbs.Of(model, rows, microBatch: 8, () => false, pass);
        using var adapter = PeftFolder.Load(Shared.Golden("trajectories/lora-initial"), model);
        using var trainer = new Trainer(model, rows, reference, Options(golden, LossKind.StepDpo, ScheduleKind.Cosine), OrderOf(golden, rows.Count), adapter, pass);

        AssertSteps(golden, trainer);

        using var final = SafetensorsFile.Open(Shared.Golden("trajectories/lora-final/adapter_model.safetensors"));
        Assert.Equal(final.Tensors.Keys.Order(StringComparer.Ordinal), adapter.NamedParameters().Select(item => item.Name));
        foreach (var (name, parameter) in adapter.NamedParameters())
        {
            var difference = (final.Read(name) - parameter).abs().max().item<float>();
            Assert.True(difference <= 1e-5, $"{name}: off by {difference}");
        }
    }

    private static IReadOnlyList<TrainingRow> Pairs() =>
        [.. GoldenPairs.Sequences("step", "chosen").Zip(GoldenPairs.Sequences("step", "rejected"), (chosen, rejected) => (chosen, rejected))
            .Select((pair, index) => new TrainingRow(index + 1, pair.chosen, pair.rejected))];

    private static void AssertSteps(JsonElement golden, Trainer trainer)
    {
        foreach (var wanted in golden.GetProperty("float64").EnumerateArray())
        {
            var found = trainer.TakeStep()!;
            Assert.Equal(wanted.GetProperty("step").GetInt32(), found.Step);
            Assert.Equal(wanted.GetProperty("loss").GetDouble(), found.Loss, 1e-4);
            AssertRelative(wanted.GetProperty("grad_norm").GetDouble(), found.GradNorm, 1e-4);
            Assert.Equal(wanted.GetProperty("lr").GetDouble(), found.LearningRate, 1e-15);
            Assert.Equal(wanted.GetProperty("reward_chosen").GetDouble(), found.RewardsChosen!.Value, 1e-3);
            Assert.Equal(wanted.GetProperty("reward_rejected").GetDouble(), found.RewardsRejected!.Value, 1e-3);
            Assert.Equal(wanted.GetProperty("reward_margin").GetDouble(), found.RewardsMargins!.Value, 1e-3);
            Assert.Equal(wanted.GetProperty("reward_accuracy").GetDouble(), found.RewardsAccuracies!.Value);
        }

        Assert.Equal(trainer.TotalSteps, trainer.Step);
    }

    private static TrainingOptions Options(JsonElement golden, LossKind loss, ScheduleKind schedule)
    {
        var settings = golden.GetProperty("settings");
        var micro = settings.GetProperty("micro_batch_pairs").GetInt32();
        return new TrainingOptions
        {
            Loss = loss,
            Schedule = schedule,
            Beta = settings.TryGetProperty("beta", out var beta) ? beta.GetDouble() : 0.5,
            LearningRate = settings.GetProperty("peak_lr").GetDouble(),
            WarmupRatio = settings.GetProperty("warmup_ratio").GetDouble(),
            WeightDecay = settings.GetProperty("weight_decay").GetDouble(),
            MicroBatchSize = micro,
            BatchSize = micro * settings.GetProperty("gradient_accumulation").GetInt32(),
            Epochs = golden.GetProperty("order").GetArrayLength() / GoldenPairs.Rows.Count,
        };
    }

    private static Func<int, int[]> OrderOf(JsonElement golden, int count)
    {
        int[] order = [.. golden.GetProperty("order").EnumerateArray().Select(index => index.GetInt32())];
        return epoch => order[(epoch * count)..((epoch + 1) * count)];
    }

    private static void AssertRelative(double wanted, double found, double tolerance) =>
        Assert.Equal(wanted, found, tolerance * Math.Abs(wanted) + 1e-9);

    private static void AssertWeights(Trainer trainer, string file, double tolerance, double meanTolerance)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var golden = SafetensorsFile.Open(Shared.Golden(file));
        var differences = new List<Tensor>();
        foreach (var (name, parameter) in trainer.Model.NamedParameters())
        {
            var difference = (golden.Read(name) - parameter).abs();
            Assert.True(difference.max().item<float>() <= tolerance, $"{name}: off by {difference.max().item<float>()}");
            differences.Add(difference.flatten());
        }

        var mean = cat(differences).mean().item<float>();
        Assert.True(mean <= meanTolerance, $"mean difference of the weights: {mean}");
    }
}
