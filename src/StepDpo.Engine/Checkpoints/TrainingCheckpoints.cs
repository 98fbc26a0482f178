using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using StepDpo.Contracts.Models;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Checkpoints.Safetensors;
using StepDpo.Engine.Devices;
using StepDpo.Engine.Modeling;
using StepDpo.Engine.Optimization;
using static TorchSharp.torch;

namespace StepDpo.Engine.Checkpoints;

/// <summary>
/// The checkpoints of a run. Each is a model folder that any Hugging Face reader opens, and beside the model
/// <c>optimizer.safetensors</c> (moments, and the fp32 weights of a model in bf16) and <c>trainer.json</c>, with which training goes on as if it had never stopped. Where an adapter is
/// trained, it is worked into the model's weights, and stands by itself in <c>adapter</c>, in PEFT's layout.
/// </summary>
/// <remarks>
/// How one is published: a folder under a temporary name; every file written and flushed to disk; <c>manifest.json</c> with the
/// SHA-256 of all of them last; the folder flushed, renamed to <c>step-NNNNNN</c>, its parent flushed. A crash at any point leaves
/// the older checkpoints and at most a temporary folder, which the next attempt removes. The newest two stay, and the one with
/// the lowest validation loss.
/// </remarks>
/// <param name="folder">The run's folder.</param>
public sealed class TrainingCheckpoints(RunFolder folder)
{
    private const int Kept = 2;
    private const string OptimizerName = "optimizer.safetensors";
    private const string StateName = "trainer.json";
    private const string AdapterName = "adapter";

    /// <summary>Bytes of one checkpoint: weights, the optimiser's state of what is trained, an adapter by itself, and the small files.</summary>
    public static long BytesOf(CausalLm model, LoraAdapter? adapter = null)
    {
        var weight = TensorDtype.SizeOf(model.Dtype);
        // Two moments in fp32, and the weights in fp32 where the model's own are narrower.
        var state = (weight < sizeof(float) ? 3 : 2) * sizeof(float);
        return (model.ParameterCount * weight) + (adapter is null ? model.ParameterCount * state : adapter.ParameterCount * (weight + state)) + SmallFiles;
    }

    /// <summary>The folder of a checkpoint's adapter.</summary>
    public string AdapterFolder(int step) => Path.Combine(folder.Checkpoint(step), AdapterName);

    /// <summary>Removes what an attempt that was killed while it wrote or removed a checkpoint has left behind.</summary>
    public void RemoveUnfinished()
    {
        if (!Directory.Exists(folder.Checkpoints)) return;
        var unfinished = Directory.GetDirectories(folder.Checkpoints, ".step-*");
        var halfRemoved = Directory.GetDirectories(folder.Checkpoints, "step-*").Where(path => !File.Exists(Path.Combine(path, RunFolder.ManifestName)));
        foreach (var remains in unfinished.Concat(halfRemoved)) Directory.Delete(remains, recursive: true);
    }

    /// <summary>Refuses a run that would fill the disk: the checkpoints that stay and the one being written must fit.</summary>
    /// <exception cref="NoRoomException">They do not; the message gives the numbers.</exception>
    public void RequireRoom(CausalLm model, LoraAdapter? adapter = null)
    {
        var existing = folder.CheckpointSteps().Count;
        Require(Math.Max(1, Kept + 2 - existing), BytesOf(model, adapter));
    }

    /// <summary>Publishes the state of a trainer as a checkpoint, and removes those that need not stay.</summary>
    /// <param name="trainer">Between two steps.</param>
    /// <param name="description">The run.</param>
    /// <param name="modelFolder">Where config and tokenizer come from: the model that the run started from.</param>
    /// <param name="evalLoss">Validation loss of these weights, where it was measured.</param>
    /// <exception cref="NoRoomException">The disk has no room for it.</exception>
    public void Publish(Trainer trainer, RunDescription description, string modelFolder, double? evalLoss)
    {
        Require(1, BytesOf(trainer.Model, trainer.Adapter));
        var target = folder.Checkpoint(trainer.Step);
        // One of this step that is there already was found to be broken, or training would have gone on from it.
        if (Directory.Exists(target)) Remove(target);
        try
        {
            DurableFile.CreateFolder(target, staging => Fill(staging, trainer, description, modelFolder, evalLoss));
        }
        catch (Exception e) when (DurableFile.IsFull(e))
        {
            throw new NoRoomException(string.Create(
                CultureInfo.InvariantCulture,
                $"{folder.Path}: the disk was full while the checkpoint of step {trainer.Step} was written: it takes {BytesOf(trainer.Model, trainer.Adapter) / 1e6:N0} MB, and {FreeBytes / 1e6:N0} MB are free. {(folder.CheckpointSteps() is [var last, ..] ? $"The checkpoint of step {last} is whole, and training goes on from there once there is room." : "There is no earlier one.")}"));
        }

        foreach (var step in Superfluous()) Remove(folder.Checkpoint(step));
    }

    /// <summary>The newest checkpoint whose files are all there with the hashes of its manifest; null where there is none.</summary>
    /// <param name="tell">Told, in a sentence, why a newer one is passed over.</param>
    public int? NewestWhole(Action<string> tell)
    {
        foreach (var step in folder.CheckpointSteps())
        {
            if (Damage(folder.Checkpoint(step)) is not { } damage) return step;
            tell($"{damage}. This checkpoint is passed over; the one before it is taken.");
        }

        return null;
    }

    /// <summary>What the weights of a checkpoint's run are in: it goes on in nothing else.</summary>
    /// <exception cref="InvalidDataException">The checkpoint does not say it as it should.</exception>
    public Precision PrecisionOf(int step) => ReadJson<TrainerState>(Path.Combine(folder.Checkpoint(step), StateName)).Precision;

    /// <summary>Gives a new trainer, whose model was loaded from a checkpoint, that checkpoint's optimiser state and step.</summary>
    /// <exception cref="InvalidDataException">The checkpoint belongs to other pairs, another seed or another number of steps, or a file does not fit the model.</exception>
    public void Restore(Trainer trainer, RunDescription description, int step)
    {
        var checkpoint = folder.Checkpoint(step);
        var file = Path.Combine(checkpoint, StateName);
        var state = ReadJson<TrainerState>(file);
        if (state.PairsSha256 != description.PairsSha256) throw new InvalidDataException($"{file}: found pairs {state.PairsSha256}, wanted {description.PairsSha256}, those of the run");
        if ((state.Seed, state.TotalSteps) != (description.Options.Seed, trainer.TotalSteps))
            throw new InvalidDataException($"{file}: found seed {state.Seed} and {state.TotalSteps} steps, wanted {description.Options.Seed} and {trainer.TotalSteps}, those of the run");
        if (state.Precision != PrecisionTypes.Of(trainer.Model.Dtype)) throw new InvalidDataException($"{file}: found weights in {state.Precision}, wanted {PrecisionTypes.Of(trainer.Model.Dtype)}, the precision of the run");
        using var moments = SafetensorsFile.Open(Path.Combine(checkpoint, OptimizerName));
        trainer.Optimizer.Restore(state.Step, (name, moment) =>
        {
            if (!moments.Tensors.TryGetValue(name, out var found) || !found.Shape.SequenceEqual(moment.shape))
                throw new InvalidDataException($"{moments.Path}: {name}: found {found?.ShapeText ?? "nothing"}, wanted {TensorEntry.Describe(moment.shape)}");
            moments.ReadInto(name, moment);
        });
    }

    private const long SmallFiles = 16 << 20;

    private static void Fill(string staging, Trainer trainer, RunDescription description, string modelFolder, double? evalLoss)
    {
        using var scope = NewDisposeScope();
        HuggingFaceFolder.Save(trainer.Model, modelFolder, staging, largestShard: long.MaxValue, trainer.Adapter);
        if (trainer.Adapter is { } adapter) PeftFolder.Save(adapter, modelFolder, Path.Combine(staging, AdapterName));
        SafetensorsWriter.Write(Path.Combine(staging, OptimizerName), trainer.Optimizer.State);
        WriteJson(Path.Combine(staging, StateName), new TrainerState
        {
            Step = trainer.Step,
            TotalSteps = trainer.TotalSteps,
            Seed = description.Options.Seed,
            PairsSha256 = description.PairsSha256,
            Precision = PrecisionTypes.Of(trainer.Model.Dtype),
        });
        WriteManifest(staging, trainer.Step, evalLoss);
    }

    private static void WriteManifest(string staging, int step, double? evalLoss)
    {
        var files = Directory.EnumerateFiles(staging, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .ToDictionary(file => Path.GetRelativePath(staging, file), Hash);
        WriteJson(Path.Combine(staging, RunFolder.ManifestName), new CheckpointManifest
        {
            Step = step,
            Files = files,
            WeightsSha256 = files[ModelFolder.WeightsName],
            EvalLoss = evalLoss,
        });
    }

    private static string? Damage(string checkpoint)
    {
        var file = Path.Combine(checkpoint, RunFolder.ManifestName);
        try
        {
            foreach (var (name, wanted) in ReadJson<CheckpointManifest>(file).Files)
            {
                var path = Path.Combine(checkpoint, name);
                if (!File.Exists(path)) return $"{path}: found nothing, wanted a file with SHA-256 {wanted}";
                if (Hash(path) is var found && found != wanted) return $"{path}: found SHA-256 {found}, wanted {wanted}";
            }

            return null;
        }
        catch (InvalidDataException e)
        {
            return e.Message;
        }
    }

    private IEnumerable<int> Superfluous()
    {
        var steps = folder.CheckpointSteps();
        var losses = steps.Select(step => (Step: step, Loss: LossOf(step))).Where(item => item.Loss is not null).ToList();
        var best = losses.Count == 0 ? -1 : losses.MinBy(item => item.Loss).Step;
        return steps.Skip(Kept).Where(step => step != best);
    }

    private double? LossOf(int step)
    {
        try
        {
            return ReadJson<CheckpointManifest>(Path.Combine(folder.Checkpoint(step), RunFolder.ManifestName)).EvalLoss;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private long FreeBytes => new DriveInfo(folder.Path).AvailableFreeSpace;

    private void Require(int checkpoints, long bytesOfOne)
    {
        var (free, wanted) = (FreeBytes, checkpoints * bytesOfOne);
        if (free < wanted)
        {
            throw new NoRoomException(string.Create(
                CultureInfo.InvariantCulture,
                $"{folder.Path}: the disk has {free / 1e6:N0} MB free; {checkpoints} checkpoints of {bytesOfOne / 1e6:N0} MB need {wanted / 1e6:N0} MB"));
        }
    }

    // The manifest first: half a folder without it does not count.
    private static void Remove(string checkpoint) => DurableFile.RemoveFolder(checkpoint, RunFolder.ManifestName);

    private static string Hash(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static void WriteJson<T>(string file, T value) =>
        DurableFile.Write(file, stream => JsonSerializer.Serialize(stream, value, RunJson.Indented));

    private static T ReadJson<T>(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return JsonSerializer.Deserialize<T>(stream, RunJson.Indented) ?? throw new InvalidDataException($"{file}: found null, wanted an object");
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException)
        {
            throw new InvalidDataException($"{file}: {e.Message}", e);
        }
    }
}
