using System.Globalization;
using System.Text.RegularExpressions;
using StepDpo.Contracts;
using StepDpo.Contracts.Prompts;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Optimization;
using StepDpo.Engine.Tests.Serving;
using StepDpo.Engine.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Training;

public sealed partial class TrainingMemoryTests
{
    // STEPDPO_TRAINING_STEPS=500 with the bound of 20 MB is the long form. The short one tells of gross losses only, with a bound
    // that no garbage collector's mood reaches; LifetimeTests count tensors.
    private static readonly int _steps = int.Parse(Environment.GetEnvironmentVariable("STEPDPO_TRAINING_STEPS") ?? "100", CultureInfo.InvariantCulture);

    [Fact]
    public void Many_steps_leave_a_worker_as_large_as_after_fifty()
    {
        using var run = new TinyRun(
            options => options with { LearningRate = 1e-5, BatchSize = 2, MicroBatchSize = 2, Epochs = 1000, CheckpointEverySteps = 100, ValidateEverySteps = 50 },
            validates: true, parent: TemporaryFolder.InMemory, model: ServingProcess.ModelFolder, pairs: Pairs(), template: PromptTemplate.NanoArithmetic);
        var worker = run.Start(attempt: 1);
        run.WaitForStep(worker, 50);
        var before = ResidentMemory.Of(worker);
        run.WaitForStep(worker, 50 + _steps);
        var grown = (ResidentMemory.Of(worker) - before) / 1e6;

        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_steps} steps: {grown:0.0} MB more than {before / 1e6:0} MB"));
        Assert.True(grown < (_steps >= 500 ? 20 : 40), $"{_steps} steps: resident memory grew by {grown:0.0} MB");
    }

    // Finalisers free in the end what no scope holds, so the size alone does not tell.
    [Fact]
    public void A_step_leaves_no_tensor_behind()
    {
        using var scope = NewDisposeScope();
        using var run = new TinyRun();
        var rows = TrainingRow.ReadFile(run.Folder.Pairs, Tokenizer.Load(TinyRun.Model), run.Description.Template, run.Description.Options);
        using var model = HuggingFaceFolder.Load(TinyRun.Model);
        var reference = ReferenceLogProbs.Of(model, rows, microBatch: 2, () => false);
        using var trainer = new Trainer(model, rows, reference, run.Description.Options);
        trainer.TakeStep();
        var before = Unfreed();
        trainer.TakeStep();
        Assert.Equal(before, Unfreed());
    }

    private static long Unfreed()
    {
        var tensors = DisposeScopeManager.Statistics.TensorStatistics;
        return tensors.CreatedInScopeCount + tensors.CreatedOutsideScopeCount - tensors.DisposedInScopeCount - tensors.DisposedOutsideScopeCount;
    }

    // Every step of the model's own solutions, and beside it the same step with another result.
    private static IReadOnlyList<PreferenceExample> Pairs()
    {
        var pairs = new List<PreferenceExample>();
        foreach (var row in Shared.ReadLines(Path.Combine(ServingProcess.ModelFolder, "greedy.jsonl")))
        {
            var (problem, done) = (row.GetProperty("prompt").GetString()!.Split('\n')[0], "Step 1:");
            var steps = row.GetProperty("text").GetString()!.Split("\nStep ");
            foreach (var (index, step) in steps.Index())
            {
                var text = index == 0 ? step : step[step.IndexOf(':', StringComparison.Ordinal)..][1..];
                var wrong = LastNumber().Replace(text, match => $"{int.Parse(match.Value, CultureInfo.InvariantCulture) + 1}");
                pairs.Add(new PreferenceExample("nano", problem, done, text, wrong, text, wrong, "0"));
                done += $"{text}\nStep {index + 2}:";
            }
        }

        return pairs;
    }

    [GeneratedRegex(@"\d+(?=\D*$)")]
    private static partial Regex LastNumber();
}
