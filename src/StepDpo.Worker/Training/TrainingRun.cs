using System.Globalization;
using System.Security.Cryptography;
using StepDpo.Contracts;
using StepDpo.Contracts.Models;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Checkpoints;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Devices;
using StepDpo.Engine.Modeling;
using StepDpo.Engine.Optimization;
using StepDpo.Engine.Scoring;
using StepDpo.Engine.Tokenization;
using static TorchSharp.torch;

namespace StepDpo.Worker.Training;

/// <summary>One attempt at a run, from reading its folder to the final checkpoint.</summary>
internal sealed class TrainingRun(RunFolder folder, RunOwnership ownership, StatusFile status, Device device, string? sharedReference, TextWriter log, Func<bool> stopRequested)
{
    private readonly TrainingCheckpoints _checkpoints = new(folder);

    /// <summary>Trains to the end, or until asked to stop.</summary>
    /// <exception cref="InvalidDataException">The input is not what <c>run.json</c> says.</exception>
    /// <exception cref="TrainingDivergedException">A loss, gradient or weight is not finite.</exception>
    /// <exception cref="NoRoomException">The disk has no room for the checkpoints.</exception>
    /// <exception cref="SupersededException">Another worker owns the folder now.</exception>
    public void Train()
    {
        status.Write(WorkerState.Starting, "reading the model and the pairs");
        var input = ReadInput();
        _checkpoints.RemoveUnfinished();
        var resumed = _checkpoints.NewestWhole(Say);
        var precision = input.Options.Precision ?? (resumed is { } newest ? _checkpoints.PrecisionOf(newest) : PrecisionTypes.DefaultOn(device));
        Say($"Computing on {device} in {(precision == Precision.BFloat16 ? "bf16, steps in fp32" : "fp32")}.");
        var plan = PlanMemory(input, precision);
        var reference = ReadReference(input, precision);
        if (stopRequested() || (input.NeedsReference && reference is null))
        {
            Stop(resumed ?? 0);
            return;
        }

        using var model = HuggingFaceFolder.Load(resumed is { } from && input.Options.Lora is null ? folder.Checkpoint(from) : input.ModelFolder, PrecisionTypes.Of(precision), device);
        using var adapter = Attach(model, input.Options, resumed);
        using var trainer = new Trainer(
            model, input.Rows, reference?.Pairs, input.Options, adapter: adapter,
            pass: TreePass.With(new TreePassOptions { SegmentLayers = plan.SegmentLayers }), optimizerHome: plan.OptimizerOnCpu ? CPU : null);
        if (resumed is { } step) _checkpoints.Restore(trainer, input.Description, step);
        _checkpoints.RequireRoom(model, adapter);
        CheckPass(trainer, plan);
        using var metrics = MetricsLog.Open(folder, trainer.Step);
        Say(resumed is null ? $"Training begins: {input.Rows.Count} pairs, {trainer.TotalSteps} steps." : $"Training goes on from the checkpoint of step {trainer.Step} of {trainer.TotalSteps}.");
        status.Progress(trainer.Step, trainer.TotalSteps);
        TakeSteps(trainer, input, reference, metrics);
    }

    // The model beneath an adapter is the run's own at every attempt; a checkpoint's weights have the adapter worked in.
    private LoraAdapter? Attach(CausalLm model, TrainingOptions options, int? resumed) =>
        options.Lora is not { } lora ? null
        : resumed is { } step ? PeftFolder.Load(_checkpoints.AdapterFolder(step), model)
        : LoraAdapter.Attach(model, lora, options.Seed);

    // Before anything is allocated: the machine's own answer to too much would be to kill the process.
    private MemoryPlan PlanMemory(Input input, Precision precision)
    {
        var config = ModelConfigReader.Read(Path.Combine(input.ModelFolder, "config.json"));
        var shapes = CausalLm.Shapes(config);
        var parameters = shapes.Sum(item => item.Shape.Aggregate(1L, (product, size) => product * size));
        // An adapter trains two thin matrices beside each of its targets, and nothing else.
        var trained = input.Options.Lora is { } lora
            ? shapes.Where(item => lora.TargetNames().Any(target => item.Name.EndsWith($".{target}.weight", StringComparison.Ordinal))).Sum(item => lora.Rank * (item.Shape[0] + item.Shape[1]))
            : parameters;
        var (tokens, scored) = WidestPass(input);
        var plan = MemoryPlan.Of(
            config,
            new MemoryDemand(parameters, trained, tokens, scored, precision),
            ComputeDevice.FreeBytes(device),
            device.type == TorchSharp.DeviceType.CPU ? null : MemoryPlan.AvailableHere());
        Say(plan.ToString());
        return plan.Refusal() is { } refusal ? throw new InvalidDataException(refusal) : plan;
    }

    // Tokens that a pass reads and scores at most. By pairs: all sides as long as the longest, padded, as the plain way has them.
    private static (long Read, long Scored) WidestPass(Input input)
    {
        List<TrainingRow> rows = [.. input.Rows, .. input.Validation ?? []];
        var answers = rows.SelectMany(row => row.Rejected is { } rejected ? [row.Chosen, rejected] : new[] { row.Chosen }).ToList();
        if (input.Options.MicroBatchTokens is not { } most)
        {
            long sides = input.Options.MicroBatchSize * (input.Options.Loss == LossKind.Sft ? 1 : 2);
            return (sides * answers.Max(answer => answer.Length), sides * answers.Max(answer => answer.Answer.Count));
        }

        var read = (long)most + rows.Max(row => row.TokensRead);
        var densest = rows.Max(row => (row.Chosen.Answer.Count + (row.Rejected?.Answer.Count ?? 0)) / (double)row.TokensRead);
        return (read, (long)(densest * read));
    }

    private void CheckPass(Trainer trainer, MemoryPlan plan)
    {
        if (trainer.Step == trainer.TotalSteps) return;
        var check = plan.SegmentLayers == plan.Layers ? trainer.CheckPass() : trainer.CheckPass(most: 1);
        Say(check.Sentence);
        if (!check.Holds) throw new InvalidDataException($"{check.Sentence} The run does not begin: its numbers could not be relied on.");
    }

    private void TakeSteps(Trainer trainer, Input input, ReferenceCache? reference, MetricsLog metrics)
    {
        var published = trainer.Step;
        while (trainer.Step < trainer.TotalSteps)
        {
            var row = trainer.TakeStep(stopRequested);
            if (!ownership.IsStillOurs()) throw new SupersededException(folder.Path);
            if (row is null)
            {
                if (trainer.Step > published) Publish(trainer, input, metrics, evalLoss: null);
                Stop(trainer.Step);
                return;
            }

            var atCheckpoint = trainer.Step % input.Options.CheckpointEverySteps == 0 || trainer.Step == trainer.TotalSteps;
            if (input.Validation is { } held && (atCheckpoint || trainer.Step % input.Options.ValidateEverySteps == 0))
            {
                var (loss, accuracy, margin) = trainer.Validate(held, reference?.Validation);
                row = row with { EvalLoss = loss, EvalRewardsAccuracies = accuracy, EvalRewardsMargins = margin };
            }

            metrics.Append(row);
            Say(Describe(row, trainer.TotalSteps));
            status.Progress(trainer.Step, trainer.TotalSteps);
            if (!atCheckpoint) continue;
            Publish(trainer, input, metrics, row.EvalLoss);
            published = trainer.Step;
        }

        Say("All steps are done.");
        status.Write(WorkerState.Succeeded);
    }

    private void Publish(Trainer trainer, Input input, MetricsLog metrics, double? evalLoss)
    {
        metrics.FlushToDisk();
        _checkpoints.Publish(trainer, input.Description, input.ModelFolder, evalLoss);
        Say($"Checkpoint of step {trainer.Step} published.");
    }

    private void Stop(int step)
    {
        Say($"Stopped on request after step {step}.");
        status.Write(WorkerState.Stopped, "stopped on request");
    }

    private Input ReadInput()
    {
        var description = folder.ReadDescription();
        if (description.Options.Problems().FirstOrDefault() is { Field: not null } problem) throw new InvalidDataException($"{folder.Description}: {problem.Field}: {problem.Message}");
        if (description.Template.Problem() is { } wrong) throw new InvalidDataException($"{folder.Description}: template: {wrong}");
        Require(folder.Pairs, HashOf(folder.Pairs), description.PairsSha256);
        var modelFolder = Path.GetFullPath(Path.Combine(folder.Path, description.ModelFolder));
        var modelSha256 = ModelFolder.WeightsSha256(modelFolder);
        if (description.ModelSha256 is { } wanted) Require(modelFolder, modelSha256, wanted);
        var tokenizer = Tokenizer.Load(modelFolder);
        IReadOnlyList<TrainingRow> Read(string path) => TrainingRow.ReadFile(path, tokenizer, description.Template, description.Options);
        TrlFiles.Write(folder, description, modelFolder, PreferenceExample.ReadFile(folder.Pairs));
        var validates = description.Options.ValidateEverySteps > 0 && File.Exists(folder.Validation);
        return new Input(description, modelFolder, modelSha256, Read(folder.Pairs), validates ? Read(folder.Validation) : null);
    }

    // Null where the loss has no reference, or when asked to stop on the way.
    private ReferenceCache? ReadReference(Input input, Precision precision)
    {
        if (!input.NeedsReference) return null;
        var key = ReferenceCache.KeyOf(input.Description, input.ModelSha256, precision, input.Validation is null ? null : HashOf(folder.Validation));
        if (ReferenceCache.Read(folder, key) is { } cached) return cached;
        status.Write(WorkerState.Starting, "scoring the pairs with the reference model");
        Say("Scoring the pairs with the reference model.");
        using var model = HuggingFaceFolder.Load(input.ModelFolder, PrecisionTypes.Of(precision), device);
        var shared = SharedReference.Open(sharedReference, input.ModelSha256, precision);
        Check(shared, model, input);
        if (shared.Of(input.Rows, rows => Score(model, rows, input)) is not { } pairs) return null;
        var validation = input.Validation is { } held ? shared.Of(held, rows => Score(model, rows, input)) : null;
        if (input.Validation is not null && validation is null) return null;
        if (!ownership.IsStillOurs()) throw new SupersededException(folder.Path);
        var reference = new ReferenceCache(key, pairs, validation);
        reference.Write(folder);
        Leave(shared);
        return reference;
    }

    private void Check(SharedReference shared, CausalLm model, Input input)
    {
        if (shared.Count == 0) return;
        var tolerance = PassCheck.ToleranceOf(model.Dtype);
        if (shared.SpotCheck(input.Rows, rows => Score(model, rows, input), tolerance) is not { } off) return;
        Say(string.Create(CultureInfo.InvariantCulture, $"Other runs have scored some of these pairs with this model. A few scored again differ by {off:G2} of their size; {tolerance:G2} is allowed.")
            + (off <= tolerance ? " Their scores are taken." : " Their scores are dropped."));
    }

    // A run does not need what it leaves for others.
    private void Leave(SharedReference shared)
    {
        try
        {
            shared.Leave(Path.GetFileName(folder.Path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Say($"The reference scores could not be left for other runs: {e.Message}");
        }
    }

    private ReferenceLogProbs? Score(CausalLm model, IReadOnlyList<TrainingRow> rows, Input input)
    {
        var scores = ReferenceLogProbs.Of(model, rows, input.Options.MicroBatchSize, stopRequested);
        return scores is null || scores.Chosen.Concat(scores.Rejected).All(double.IsFinite)
            ? scores
            : throw new InvalidDataException($"{input.ModelFolder}: found log-probabilities that are not finite, wanted a working reference model");
    }

    private static string HashOf(string file)
    {
        if (!File.Exists(file)) throw new InvalidDataException($"{file}: found nothing, wanted preference pairs");
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static void Require(string place, string found, string wanted)
    {
        if (found != wanted) throw new InvalidDataException($"{place}: found SHA-256 {found}, wanted {wanted} as run.json says");
    }

    private static string Describe(StepMetrics row, int total) => string.Create(
        CultureInfo.InvariantCulture,
        $"step {row.Step} of {total}: loss {row.Loss:F4}, gradient {row.GradNorm:F3}, rate {row.LearningRate:G3}")
        + (row.RewardsMargins is { } margin ? string.Create(CultureInfo.InvariantCulture, $", margin {margin:F3}, accuracy {row.RewardsAccuracies:F2}") : "")
        + (row.EvalLoss is { } eval ? string.Create(CultureInfo.InvariantCulture, $", validation loss {eval:F4}") : "")
        + string.Create(CultureInfo.InvariantCulture, $", {row.StepSeconds:F2} s");

    private void Say(string line) => log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd HH:mm:ss} {line}"));

    private sealed record Input(RunDescription Description, string ModelFolder, string ModelSha256, IReadOnlyList<TrainingRow> Rows, IReadOnlyList<TrainingRow>? Validation)
    {
        public TrainingOptions Options => Description.Options;

        public bool NeedsReference => Options.Loss != LossKind.Sft;
    }
}
