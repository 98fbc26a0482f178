using StepDpo.Contracts.Models;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Checkpoints;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Modeling;
using StepDpo.Engine.Optimization;
using StepDpo.Engine.Tokenization;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Training;

public sealed class TrainingCheckpointsTests : IDisposable
{
    private readonly TinyRun _run = new();
    private readonly TrainingCheckpoints _checkpoints;
    private readonly IReadOnlyList<TrainingRow> _rows;
    private readonly ReferenceLogProbs _reference;
    private readonly List<string> _told = [];

    public TrainingCheckpointsTests()
    {
        _checkpoints = new TrainingCheckpoints(_run.Folder);
        _rows = TrainingRow.ReadFile(_run.Folder.Pairs, Tokenizer.Load(TinyRun.Model), _run.Description.Template, _run.Description.Options);
        using var model = HuggingFaceFolder.Load(TinyRun.Model);
        _reference = ReferenceLogProbs.Of(model, _rows, microBatch: 2, () => false)!;
    }

    public void Dispose() => _run.Dispose();

    [Fact]
    public void From_every_step_a_resumed_run_ends_with_the_same_bits()
    {
        var undisturbed = TrainOn(from: null, to: 8);
        for (var cut = 1; cut < 8; cut++)
        {
            foreach (var step in _run.Folder.CheckpointSteps()) Directory.Delete(_run.Folder.Checkpoint(step), recursive: true);
            TrainOn(from: null, to: cut);
            Assert.Equal(undisturbed, TrainOn(from: cut, to: 8));
        }
    }

    [Fact]
    public void A_checkpoint_is_a_model_folder_that_loads_and_its_manifest_names_the_weights()
    {
        var weights = TrainOn(from: null, to: 2);
        var manifest = System.Text.Json.JsonSerializer.Deserialize<CheckpointManifest>(
            File.ReadAllText(Path.Combine(_run.Folder.Checkpoint(2), RunFolder.ManifestName)), RunJson.Indented)!;
        Assert.Equal(weights, manifest.WeightsSha256);
        Assert.Equal(weights, HuggingFaceFolder.Describe(_run.Folder.Checkpoint(2)).WeightsSha256);
        Assert.Equal(
            ["config.json", "generation_config.json", "model.safetensors", "optimizer.safetensors", "tokenizer.json", "tokenizer_config.json", "trainer.json"],
            manifest.Files.Keys.Order(StringComparer.Ordinal));
        Assert.NotNull(Tokenizer.Load(_run.Folder.Checkpoint(2)).EosId);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("optimizer.safetensors")]
    [InlineData("trainer.json")]
    [InlineData("manifest.json")]
    public void A_damaged_checkpoint_is_passed_over_with_a_word_and_the_one_before_it_is_taken(string file)
    {
        TrainOn(from: null, to: 2);
        TrainOn(from: 2, to: 3);
        var damaged = Path.Combine(_run.Folder.Checkpoint(3), file);
        var bytes = File.ReadAllBytes(damaged);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(damaged, bytes);

        Assert.Equal(2, _checkpoints.NewestWhole(_told.Add));
        Assert.Contains("passed over", Assert.Single(_told), StringComparison.Ordinal);

        // Training reaches the damaged step again and replaces it.
        TrainOn(from: 2, to: 3);
        Assert.Equal(3, _checkpoints.NewestWhole(_told.Add));
    }

    [Fact]
    public void A_missing_file_is_damage_too()
    {
        TrainOn(from: null, to: 1);
        File.Delete(Path.Combine(_run.Folder.Checkpoint(1), "tokenizer.json"));
        Assert.Null(_checkpoints.NewestWhole(_told.Add));
        Assert.Contains("tokenizer.json: found nothing, wanted a file with SHA-256", Assert.Single(_told), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_manifest_and_an_unfinished_one_do_not_count()
    {
        TrainOn(from: null, to: 1);
        Directory.CreateDirectory(_run.Folder.Checkpoint(5));
        var unfinished = Directory.CreateDirectory(Path.Combine(_run.Folder.Checkpoints, ".step-000002.abc.tmp")).FullName;

        _checkpoints.RemoveUnfinished();

        Assert.Equal(1, _checkpoints.NewestWhole(_told.Add));
        Assert.False(Directory.Exists(unfinished));
    }

    [Fact]
    public void The_newest_two_stay_and_the_one_with_the_lowest_validation_loss()
    {
        double?[] losses = [0.7, 0.4, 0.5, null, 0.6, 0.3, 0.9, 0.8];
        using var model = HuggingFaceFolder.Load(TinyRun.Model);
        using var trainer = new Trainer(model, _rows, _reference, _run.Description.Options);
        var kept = new List<string>();
        foreach (var loss in losses)
        {
            trainer.TakeStep();
            _checkpoints.Publish(trainer, _run.Description, TinyRun.Model, loss);
            kept.Add(string.Join(' ', _run.Folder.CheckpointSteps()));
        }

        Assert.Equal(["1", "2 1", "3 2", "4 3 2", "5 4 2", "6 5", "7 6", "8 7 6"], kept);
    }

    [Fact]
    public void A_checkpoint_of_other_pairs_is_refused()
    {
        TrainOn(from: null, to: 1);
        using var model = HuggingFaceFolder.Load(_run.Folder.Checkpoint(1));
        using var trainer = new Trainer(model, _rows, _reference, _run.Description.Options);
        var error = Assert.Throws<InvalidDataException>(() => _checkpoints.Restore(trainer, _run.Description with { PairsSha256 = "other" }, 1));
        Assert.Contains("wanted other, those of the run", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => _checkpoints.Restore(
            trainer, _run.Description with { Options = _run.Description.Options with { Seed = 7 } }, 1));
    }

    [Fact]
    public void A_run_that_would_fill_the_disk_is_refused_with_the_numbers()
    {
        var config = ModelConfigReader.Read(Path.Combine(TinyRun.Model, "config.json")) with { VocabularySize = 100_000_000, HiddenSize = 65_536, HeadDim = 16_384 };
        using var model = new CausalLm(config, ScalarType.Float32, META);
        var error = Assert.Throws<NoRoomException>(() => _checkpoints.RequireRoom(model));
        Assert.Contains(FormattableString.Invariant($" MB free; 4 checkpoints of {TrainingCheckpoints.BytesOf(model) / 1e6:N0} MB need "), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_that_is_asked_to_stop_changes_nothing()
    {
        using var model = HuggingFaceFolder.Load(TinyRun.Model);
        using var trainer = new Trainer(model, _rows, _reference, _run.Description.Options);
        trainer.TakeStep();
        var before = model.NamedParameters().Select(item => item.Parameter.bytes.ToArray()).ToList();
        var asked = 0;

        Assert.Null(trainer.TakeStep(() => ++asked == 2));

        Assert.Equal(1, trainer.Step);
        Assert.Equal(before, model.NamedParameters().Select(item => item.Parameter.bytes.ToArray()));
    }

    [Fact]
    public void A_gradient_that_is_not_a_number_stops_the_step_and_changes_nothing()
    {
        using var model = HuggingFaceFolder.Load(TinyRun.Model);
        using var trainer = new Trainer(model, _rows, _reference, _run.Description.Options);
        trainer.TakeStep();
        using (no_grad()) model.NamedParameters()[^1].Parameter[0] = float.NaN;

        var error = Assert.Throws<TrainingDivergedException>(() => trainer.TakeStep());

        Assert.StartsWith("step 2: the loss is NaN, wanted a finite number; the pairs of it are ", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, trainer.Step);
    }

    [Fact]
    public void Weights_that_are_not_finite_stop_the_run_in_the_step_that_made_them_so()
    {
        using var model = HuggingFaceFolder.Load(TinyRun.Model);
        using var trainer = new Trainer(model, _rows, _reference, _run.Description.Options with { LearningRate = 1e38, WeightDecay = 100, WarmupRatio = 0 });

        var error = Assert.Throws<TrainingDivergedException>(() => trainer.TakeStep());

        Assert.StartsWith("step 1: the norm of the weights after it is ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(" of pairs.jsonl. The last checkpoint is untouched; a lower learning rate may help.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_in_bf16_resumes_with_the_same_bits_and_leaves_models_in_bf16()
    {
        var undisturbed = TrainOn(from: null, to: 8, ScalarType.BFloat16);
        foreach (var cut in new[] { 1, 3, 6 })
        {
            foreach (var step in _run.Folder.CheckpointSteps()) Directory.Delete(_run.Folder.Checkpoint(step), recursive: true);
            TrainOn(from: null, to: cut, ScalarType.BFloat16);
            Assert.Equal(Precision.BFloat16, _checkpoints.PrecisionOf(cut));
            Assert.Equal("bfloat16", HuggingFaceFolder.Describe(_run.Folder.Checkpoint(cut)).Dtype);
            Assert.Equal(undisturbed, TrainOn(from: cut, to: 8, ScalarType.BFloat16));
        }

        Assert.NotEqual(undisturbed, TrainOn(from: null, to: 8));
        Assert.Contains("found weights in Float32, wanted BFloat16", Assert.Throws<InvalidDataException>(() => TrainOn(from: 8, to: 8, ScalarType.BFloat16)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void An_optimiser_with_a_home_of_its_own_gives_the_same_bits_and_checkpoints_that_go_on_without_one(ScalarType dtype)
    {
        var plain = TrainOn(from: null, to: 8, dtype);
        var optimizer = Path.Combine(_run.Folder.Checkpoint(8), "optimizer.safetensors");
        var state = File.ReadAllBytes(optimizer);
        foreach (var step in _run.Folder.CheckpointSteps()) Directory.Delete(_run.Folder.Checkpoint(step), recursive: true);

        Assert.Equal(plain, TrainOn(from: null, to: 8, dtype, home: CPU));
        Assert.Equal(state, File.ReadAllBytes(optimizer));
        TrainOn(from: null, to: 3, dtype, home: CPU);
        TrainOn(from: 3, to: 5, dtype);
        Assert.Equal(plain, TrainOn(from: 5, to: 8, dtype, home: CPU));
    }

    [Fact]
    public void A_run_whose_passes_are_cut_by_tokens_resumes_with_the_same_bits()
    {
        var options = _run.Description.Options with { MicroBatchTokens = 300 };
        var undisturbed = TrainOn(from: null, to: 8, options: options);
        TrainOn(from: null, to: 5, options: options);
        Assert.Equal(undisturbed, TrainOn(from: 5, to: 8, options: options));
        Assert.NotEqual(undisturbed, TrainOn(from: null, to: 8));
    }

    private string TrainOn(int? from, int to, ScalarType dtype = ScalarType.Float32, Device? home = null, TrainingOptions? options = null)
    {
        using var model = HuggingFaceFolder.Load(from is { } step ? _run.Folder.Checkpoint(step) : TinyRun.Model, dtype);
        using var trainer = new Trainer(model, _rows, _reference, options ?? _run.Description.Options, optimizerHome: home);
        if (from is { } restored) _checkpoints.Restore(trainer, _run.Description, restored);
        while (trainer.Step < to) trainer.TakeStep();
        _checkpoints.Publish(trainer, _run.Description, TinyRun.Model, evalLoss: null);
        return ModelFolder.WeightsSha256(_run.Folder.Checkpoint(to));
    }
}
