using System.Text.Json.Nodes;
using StepDpo.Contracts.Models;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Checkpoints;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Checkpoints.Safetensors;
using StepDpo.Engine.Modeling;
using StepDpo.Engine.Optimization;
using StepDpo.Engine.Tokenization;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Training;

/// <summary>Adapters: PEFT's files, what they compute, and runs that train and resume one.</summary>
public sealed class LoraTests : IDisposable
{
    private static readonly LoraOptions _small = new() { Rank = 4, Alpha = 8, Targets = LoraTargets.Query | LoraTargets.Down, RankStabilised = true };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void PEFTs_files_come_back_as_they_were()
    {
        using var model = LoadBase();
        using var adapter = PeftFolder.Load(Shared.Golden("trajectories/lora-initial"), model);
        PeftFolder.Save(adapter, "tiny-qwen2", _folder.Path);

        Assert.Equal((8, 16, LoraTargets.All, false), (adapter.Options.Rank, adapter.Options.Alpha, adapter.Options.Targets, adapter.Options.RankStabilised));
        Assert.Equal(File.ReadAllBytes(Shared.Golden("trajectories/lora-initial/adapter_model.safetensors")), File.ReadAllBytes(Path.Combine(_folder.Path, "adapter_model.safetensors")));
        var wanted = JsonNode.Parse(File.ReadAllText(Shared.Golden("trajectories/lora-initial/adapter_config.json")))!.AsObject();
        Assert.All(
            JsonNode.Parse(File.ReadAllText(Path.Combine(_folder.Path, "adapter_config.json")))!.AsObject(),
            field => Assert.True(wanted.ContainsKey(field.Key) && JsonNode.DeepEquals(wanted[field.Key], field.Value), $"{field.Key}: {field.Value?.ToJsonString()}"));
    }

    [Fact]
    public void Merged_weights_equal_what_PEFT_merges()
    {
        using var scope = NewDisposeScope();
        using var model = LoadBase();
        using var adapter = PeftFolder.Load(Shared.Golden("trajectories/lora-final"), model);
        using var golden = SafetensorsFile.Open(Shared.Golden("trajectories/lora-merged.safetensors"));
        var parameters = model.NamedParameters().ToDictionary(item => item.Name, item => item.Parameter);

        Assert.Equal(21, golden.Tensors.Count);
        Assert.All(golden.Tensors.Keys, name => Assert.True((golden.Read(name) - adapter.Merged(name, parameters[name])!).abs().max().item<float>() <= 1e-6, name));
        Assert.Null(adapter.Merged("model.norm.weight", parameters["model.norm.weight"]));
    }

    [Fact]
    public void A_saved_model_computes_what_model_and_adapter_compute_and_without_it_stands_the_reference()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var ids = tensor(Enumerable.Range(0, 40).Select(i => (long)i * 7 % 500).ToArray()).view(2, 20);
        using var model = LoadBase();
        var before = model.Forward(ids);
        using var adapter = PeftFolder.Load(Shared.Golden("trajectories/lora-final"), model);
        var adapted = model.Forward(ids);
        HuggingFaceFolder.Save(model, TinyRun.Model, _folder.Path, adapter: adapter);
        using var merged = HuggingFaceFolder.Load(_folder.Path);

        Assert.True((adapted - before).abs().max().item<float>() > 0.1);
        Assert.True((adapted - merged.Forward(ids)).abs().max().item<float>() < 1e-3);
        adapter.IsOn = false;
        Assert.True(before.Equals(model.Forward(ids)));
        adapter.IsOn = true;
        Assert.True(adapted.Equals(model.Forward(ids)));
        adapter.Dispose();
        Assert.True(before.Equals(model.Forward(ids)));
    }

    [Fact]
    public void A_new_adapter_changes_nothing_yet_and_depends_on_the_seed_alone()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var ids = tensor(new long[,] { { 1, 2, 3, 4 } });
        using var model = LoadBase();
        var before = model.Forward(ids);
        Tensor First(long seed)
        {
            using var adapter = LoraAdapter.Attach(model, _small, seed);
            Assert.True(before.Equals(model.Forward(ids)));
            Assert.Equal(4 * (64 + 64 + 128 + 64) * 3, adapter.ParameterCount);
            var a = adapter.NamedParameters().First(item => item.Name.EndsWith("q_proj.lora_A.weight", StringComparison.Ordinal)).Parameter;
            Assert.InRange(a.abs().max().item<float>(), 0.1, 1 / Math.Sqrt(64));
            return a.clone();
        }

        Assert.True(First(1).Equals(First(1)));
        Assert.False(First(1).Equals(First(2)));
        Assert.Equal(4, _small.Scale());
    }

    [Theory]
    [InlineData("\"use_dora\": false", "\"use_dora\": true", "use_dora: found true, wanted false")]
    [InlineData("\"r\": 8", "\"r\": 4", "lora_A.weight: found [8, 128], wanted [4, 128]")]
    [InlineData("\"down_proj\"", "\"lm_head\"", "target_modules: found q_proj")]
    [InlineData("\"r\": 8", "\"r\": \"eight\"", "found no config of a LoRA adapter")]
    public void An_adapter_that_is_not_plain_or_does_not_fit_is_refused(string part, string replacement, string wanted)
    {
        File.Copy(Shared.Golden("trajectories/lora-initial/adapter_model.safetensors"), Path.Combine(_folder.Path, "adapter_model.safetensors"));
        var config = File.ReadAllText(Shared.Golden("trajectories/lora-initial/adapter_config.json"));
        Assert.Contains(part, config, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder.Path, "adapter_config.json"), config.Replace(part, replacement, StringComparison.Ordinal));
        using var model = LoadBase();
        Assert.Contains(wanted, Assert.Throws<InvalidDataException>(() => PeftFolder.Load(_folder.Path, model)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_resumed_run_with_an_adapter_ends_with_the_same_bits_and_leaves_a_model_and_an_adapter(ScalarType dtype)
    {
        using var run = new TinyRun(options => options with { Lora = _small });
        var checkpoints = new TrainingCheckpoints(run.Folder);
        var rows = TrainingRow.ReadFile(run.Folder.Pairs, Tokenizer.Load(TinyRun.Model), run.Description.Template, run.Description.Options);
        ReferenceLogProbs reference;
        using (var model = LoadBase()) reference = ReferenceLogProbs.Of(model, rows, microBatch: 2, () => false)!;
        string TrainOn(int? from, int to)
        {
            using var model = LoadBase(dtype);
            using var adapter = from is { } step ? PeftFolder.Load(checkpoints.AdapterFolder(step), model) : LoraAdapter.Attach(model, _small, seed: 42);
            using var trainer = new Trainer(model, rows, reference, run.Description.Options, adapter: adapter);
            if (from is { } restored) checkpoints.Restore(trainer, run.Description, restored);
            while (trainer.Step < to) trainer.TakeStep();
            checkpoints.Publish(trainer, run.Description, TinyRun.Model, evalLoss: null);
            return ModelFolder.WeightsSha256(run.Folder.Checkpoint(to));
        }

        var undisturbed = TrainOn(from: null, to: 8);
        foreach (var step in run.Folder.CheckpointSteps()) Directory.Delete(run.Folder.Checkpoint(step), recursive: true);
        TrainOn(from: null, to: 3);
        Assert.Equal(undisturbed, TrainOn(from: 3, to: 8));
        Assert.NotEqual(ModelFolder.WeightsSha256(TinyRun.Model), undisturbed);
        Assert.Equal(["adapter_config.json", "adapter_model.safetensors"], Directory.EnumerateFiles(checkpoints.AdapterFolder(8)).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        File.AppendAllText(Path.Combine(checkpoints.AdapterFolder(8), "adapter_config.json"), " ");
        Assert.Equal(3, checkpoints.NewestWhole(_ => { }));
    }

    [Fact]
    public void A_worker_trains_an_adapter_when_the_run_asks_for_one_and_goes_on_with_it_after_a_loss()
    {
        using var run = new TinyRun(options => options with { Lora = _small, Epochs = 1 });
        Assert.Equal(WorkerExitCode.Done, run.Run(attempt: 1));
        var last = run.Folder.CheckpointSteps().Max();
        using var model = LoadBase();
        using var adapter = PeftFolder.Load(new TrainingCheckpoints(run.Folder).AdapterFolder(last), model);
        Assert.Equal(_small, adapter.Options);
        Assert.NotNull(HuggingFaceFolder.Describe(run.Folder.Checkpoint(last)).WeightsSha256);
        var undisturbed = ModelFolder.WeightsSha256(run.Folder.Checkpoint(last));

        File.Delete(run.Folder.Status);
        Directory.Delete(run.Folder.Checkpoint(last), recursive: true);
        Assert.Equal(WorkerExitCode.Done, run.Run(attempt: 2));
        Assert.Contains("goes on from the checkpoint of step 3 of 4", run.Log, StringComparison.Ordinal);
        Assert.Equal(undisturbed, ModelFolder.WeightsSha256(run.Folder.Checkpoint(last)));
        Assert.Contains("use_peft: true\nlora_r: 4\n", File.ReadAllText(run.Folder.TrlConfig), StringComparison.Ordinal);
    }

    private static CausalLm LoadBase(ScalarType dtype = ScalarType.Float32) => HuggingFaceFolder.Load(TinyRun.Model, dtype);
}
