using StepDpo.Bench.Inputs;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Optimization;
using StepDpo.Engine.Scoring;
using static TorchSharp.torch;

namespace StepDpo.Bench.Contestants;

/// <summary>One optimiser step of ours, as a training run takes it: the reference's log-probabilities are there already.</summary>
internal static class TrainingStep
{
    // baseline.py's: the reference is the same model with its last norm scaled, or the loss would be log 2 whatever is computed.
    private const double ReferenceScale = 1.5;

    // Timed steps on a GPU, where they are short.
    private const int Steps = 5;

    /// <summary>Ways to score answers, by name: a run's own, and that way without one of its parts.</summary>
    public static IReadOnlyDictionary<string, ScoringPass> Passes { get; } = new Dictionary<string, ScoringPass>
    {
        ["fast"] = TreePass.Of,
        ["prefix-twice"] = TreePass.With(new TreePassOptions { SharePrefix = false }),
        ["whole-last-layer"] = TreePass.With(new TreePassOptions { TrimLastLayer = false }),
        ["head-in-one"] = TreePass.With(new TreePassOptions { ChunkRows = int.MaxValue }),
        ["layers-computed-again"] = TreePass.With(new TreePassOptions { SegmentLayers = 1 }),
        ["plain"] = SequencePass.Of,
    };

    /// <summary>Arguments: model folder, file of pairs, pairs of a forward pass, name of the pass, tokens of a training pass in place of pairs (0: by pairs).</summary>
    public static Trial Run(string[] arguments, Place place)
    {
        var pass = Passes[arguments[3]];
        var (folder, rows, microBatch) = (arguments[0], PairIds.Read(arguments[1]), int.Parse(arguments[2]));
        var held = Stopwatches.Memory("VmRSS");
        ReferenceLogProbs reference = null!;
        var (_, referenceCpu) = Stopwatches.Time(() => reference = Reference(folder, place, rows, microBatch));
        using var model = HuggingFaceFolder.Load(folder, place.Dtype, place.Device);
        using var trainer = new Trainer(model, rows, reference, new TrainingOptions
        {
            LearningRate = 5e-7,
            Schedule = ScheduleKind.ConstantWithWarmup,
            WarmupRatio = 0,
            Beta = 0.5,
            BatchSize = rows.Count,
            MicroBatchSize = microBatch,
            MicroBatchTokens = int.Parse(arguments[4]) is > 0 and var tokens ? tokens : null,
            Epochs = 1 + Steps,
        }, pass: pass);
        Warm(trainer, rows[0], pass);
        Stopwatches.ForgetPeak();
        var losses = new List<double>();
        var times = Enumerable.Range(0, place.IsGpu ? 1 + Steps : 1).Select(_ => Stopwatches.Time(() => losses.Add(trainer.TakeStep()!.Loss))).ToList();
        // On a GPU the first step of a size pays for memory that the later ones find ready. A step ends with a norm that is waited for.
        if (place.IsGpu) times.RemoveAt(0);
        return new Trial
        {
            Seconds = [.. times.Select(time => time.Seconds)],
            CpuSeconds = [.. times.Select(time => time.CpuSeconds)],
            Losses = [.. losses],
            Operations = StepWork.Of(model.Config, rows),
            PeakBytes = Stopwatches.Memory("VmHWM"),
            BaseBytes = held,
            StateBytes = model.ParameterCount * 4 * 4,
            ReferenceCpuSeconds = referenceCpu,
        };
    }

    private static ReferenceLogProbs Reference(string folder, Place place, IReadOnlyList<TrainingRow> rows, int microBatch)
    {
        using var model = HuggingFaceFolder.Load(folder, place.Dtype, place.Device);
        using (no_grad()) model.NamedParameters().Single(item => item.Name == "model.norm.weight").Parameter.mul_(ReferenceScale);
        return ReferenceLogProbs.Of(model, rows, microBatch, () => false)!;
    }

    // The first forward and backward pass of a process pays for what later ones find ready.
    private static void Warm(Trainer trainer, TrainingRow row, ScoringPass pass)
    {
        using var scope = NewDisposeScope();
        var scores = pass(trainer.Model, [row.Chosen], [row.Rejected!]);
        (scores.Chosen - scores.Rejected!).sum().backward();
        scores.Backward();
        trainer.Optimizer.ClearGradients();
    }
}
