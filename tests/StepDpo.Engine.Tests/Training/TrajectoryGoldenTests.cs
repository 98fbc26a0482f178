using System.Text.Json;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Checkpoints.Safetensors;
using StepDpo.Engine.Devices;
using StepDpo.Engine.Losses;
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

        AssertSteps(run, golden, trainer);
        AssertWeights(run, trainer, $"trajectories/{run}-final.safetensors", weightTolerance, meanTolerance);
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

        var off = new FarOff();
        foreach (var wanted in golden.GetProperty("float64").EnumerateArray())
        {
            var found = trainer.TakeStep()!;
            Assert.Equal(wanted.GetProperty("loss").GetDouble(), found.Loss, 1e-5);
            AssertRelative(wanted.GetProperty("grad_norm").GetDouble(), found.GradNorm, 1e-4);
            Assert.Equal(wanted.GetProperty("lr").GetDouble(), found.LearningRate, 1e-15);
            Assert.Null(found.RewardsMargins);
            off.Add(wanted, found.Loss, found.GradNorm, margin: null);
        }

        off.AssertNoFarther("sft");
        AssertWeights("sft", trainer, "trajectories/sft-final.safetensors", tolerance: 5e-5, meanTolerance: 5e-5);
    }

    // The mean of the micro-batches' means over tokens: what trainers took before they counted the tokens of the whole step. Ours does not
    // offer it, for then the loss depends on how a step is cut. It is put together here from the parts of the trainer.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SFT_by_the_older_mean_of_micro_batches_takes_the_golden_steps(bool plain)
    {
        ScoringPass pass = plain ? SequencePass.Of : TreePass.Of;
        var golden = Shared.ReadJson(Shared.Golden("trajectories/sft-mean-of-micro-batches.json"));
        var options = Options(golden, LossKind.Sft, ScheduleKind.Linear);
        var completions = GoldenPairs.Completions();
        using var model = HuggingFaceFolder.Load(Shared.Golden("models/tiny-qwen2"));
        model.SetTrainable(true);
        using var optimizer = new AdamW(model.NamedParameters(), options.AdamBeta1, options.AdamBeta2, options.AdamEpsilon, options.WeightDecay);
        var steps = golden.GetProperty("float64").EnumerateArray().ToList();
        var schedule = new LearningRateSchedule(options.Schedule, options.LearningRate, steps.Count, options.WarmupRatio);
        var off = new FarOff();

        foreach (var wanted in steps)
        {
            using var scope = NewDisposeScope();
            optimizer.ClearGradients();
            var loss = 0.0;
            var micros = GoldenPairs.Ids(wanted, "pairs").Select(index => completions[index]).Chunk(options.MicroBatchSize).ToList();
            foreach (var micro in micros)
            {
                var scores = pass(model, micro, null);
                var share = SftLoss.Of(scores.Chosen, micro.Sum(completion => (long)completion.Answer.Count)).div(Scalars.Of((double)micros.Count));
                share.backward();
                scores.Backward();
                loss += share.item<double>();
            }

            var norm = optimizer.GradientNorm();
            var rate = schedule.Rate(optimizer.StepsTaken);
            optimizer.ClipGradients(norm, options.MaxGradNorm);
            optimizer.Step(rate);
            Assert.Equal(wanted.GetProperty("loss").GetDouble(), loss, 1e-5);
            AssertRelative(wanted.GetProperty("grad_norm").GetDouble(), norm, 1e-4);
            Assert.Equal(wanted.GetProperty("lr").GetDouble(), rate, 1e-15);
            off.Add(wanted, loss, norm, margin: null);
        }

        off.AssertNoFarther("sft-mean-of-micro-batches");
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

        AssertSteps("lora", golden, trainer);

        using var final = SafetensorsFile.Open(Shared.Golden("trajectories/lora-final/adapter_model.safetensors"));
        Assert.Equal(final.Tensors.Keys.Order(StringComparer.Ordinal), adapter.NamedParameters().Select(item => item.Name));
        var worst = 0f;
        foreach (var (name, parameter) in adapter.NamedParameters())
        {
            var difference = (final.Read(name) - parameter).abs().max().item<float>();
            Assert.True(difference <= 1e-5, $"{name}: off by {difference}");
            worst = Math.Max(worst, difference);
        }

        HuggingFaceFp32.AssertNoFarther("lora: weights", FarOff.Theirs("lora", "weights", "max"), worst);
    }

    private static IReadOnlyList<TrainingRow> Pairs() =>
        [.. GoldenPairs.Sequences("step", "chosen").Zip(GoldenPairs.Sequences("step", "rejected"), (chosen, rejected) => (chosen, rejected))
            .Select((pair, index) => new TrainingRow(index + 1, pair.chosen, pair.rejected))];

    private static void AssertSteps(string run, JsonElement golden, Trainer trainer)
    {
        var off = new FarOff();
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
            off.Add(wanted, found.Loss, found.GradNorm, found.RewardsMargins);
        }

        off.AssertNoFarther(run);

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

    private static void AssertWeights(string run, Trainer trainer, string file, double tolerance, double meanTolerance)
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

        var all = cat(differences);
        var mean = all.mean().item<float>();
        Assert.True(mean <= meanTolerance, $"mean difference of the weights: {mean}");
        HuggingFaceFp32.AssertNoFarther($"{run}: weights", FarOff.Theirs(run, "weights", "max"), all.max().item<float>());
        HuggingFaceFp32.AssertNoFarther($"{run}: mean of the weights", FarOff.Theirs(run, "weights", "mean"), mean);
    }

    /// <summary>How far a run's numbers are off float64 at the worst step.</summary>
    private sealed class FarOff
    {
        private readonly Dictionary<string, double> _worst = [];

        public void Add(JsonElement wanted, double loss, double gradNorm, double? margin)
        {
            Add(wanted, "loss", loss);
            Add(wanted, "grad_norm", gradNorm);
            if (margin is { } value) Add(wanted, "reward_margin", value);
        }

        public void AssertNoFarther(string run)
        {
            foreach (var (number, ours) in _worst) HuggingFaceFp32.AssertNoFarther($"{run}: {number}", Theirs(run, number), ours);
        }

        /// <summary>How far the plain loop in Hugging Face's fp32 was off and, where it was run, TRL's own trainer.</summary>
        public static IEnumerable<double> Theirs(string run, params string[] path) =>
            Shared.ReadJson(Shared.Golden("trajectories/differences.json")).GetProperty(run).EnumerateObject()
                .Where(item => item.Name.EndsWith("_against_float64", StringComparison.Ordinal))
                .Select(item => path.Aggregate((JsonElement?)item.Value, (json, name) => json?.TryGetProperty(name, out var value) == true ? value : null))
                .OfType<JsonElement>().Select(value => value.GetDouble());

        // Relative where the number is above 1, as in differences.json.
        private void Add(JsonElement step, string number, double found)
        {
            var wanted = step.GetProperty(number).GetDouble();
            _worst[number] = Math.Max(_worst.GetValueOrDefault(number), Math.Abs(wanted - found) / Math.Max(1, Math.Abs(wanted)));
        }
    }
}
