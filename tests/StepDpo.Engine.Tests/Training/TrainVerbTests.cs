using System.Text.Json;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Checkpoints.Folders;

namespace StepDpo.Engine.Tests.Training;

/// <summary>The verb <c>train</c> as a supervisor sees it: real worker processes, signals, files and exit codes.</summary>
public sealed class TrainVerbTests
{
    [Fact]
    public void A_worker_killed_again_and_again_ends_with_the_weights_of_an_undisturbed_run()
    {
        using var undisturbed = new TinyRun(validates: true);
        Assert.Equal(WorkerExitCode.Done, undisturbed.Run(attempt: 1));
        Assert.Equal(WorkerState.Succeeded, undisturbed.Folder.ReadStatus()!.State);

        using var disturbed = new TinyRun(validates: true);
        var attempt = 1;
        foreach (var step in new[] { 1, 4, 5, 7 })
        {
            var worker = disturbed.Start(attempt++);
            disturbed.WaitForStep(worker, step);
            worker.Kill();
            worker.WaitForExit();
        }

        Assert.Equal(WorkerExitCode.Done, disturbed.Run(attempt));
        Assert.Equal(undisturbed.FinalSha256(), disturbed.FinalSha256());
        Assert.Equal(Enumerable.Range(1, 8), disturbed.Folder.ReadMetrics().Select(row => row.Step));
        Assert.Equal(undisturbed.Folder.ReadMetrics().Select(WithoutSeconds), disturbed.Folder.ReadMetrics().Select(WithoutSeconds));
        Assert.Equal(attempt, disturbed.Folder.ReadStatus()!.Attempt);

        // A later attempt has nothing to do and says so.
        Assert.Equal(WorkerExitCode.Done, disturbed.Run(attempt + 1));
        Assert.Contains("has succeeded before", disturbed.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_ends_the_worker_which_says_what_is_missing_and_the_next_goes_on() => Fill_the_disk_of_a_worker_by_a_limit_on_files();

    // A limit of 1 MB on any file: weights pass, the moments do not.
    internal static void Fill_the_disk_of_a_worker_by_a_limit_on_files()
    {
        TrainingOptions Longer(TrainingOptions options) => options with { CheckpointEverySteps = 4, Epochs = 4 };
        using var undisturbed = new TinyRun(Longer, parent: TemporaryFolder.InMemory);
        Assert.Equal(WorkerExitCode.Done, undisturbed.Run(attempt: 1));

        using var run = new TinyRun(Longer, parent: TemporaryFolder.InMemory);
        var first = run.Start(attempt: 1);
        run.WaitForStep(first, 5);
        first.Kill();
        first.WaitForExit();
        var whole = RunImage.AssertSound(run.Folder);
        Assert.InRange(whole, 4, 12);

        // .NET keeps its code in a large file in memory unless told otherwise.
        Assert.Equal(WorkerExitCode.BadInput, run.Run(attempt: 2, before: "trap '' XFSZ; export DOTNET_EnableWriteXorExecute=0; ulimit -f 2000"));

        var status = run.Folder.ReadStatus()!;
        Assert.Equal(WorkerState.Failed, status.State);
        Assert.Contains("the disk was full while the checkpoint of step ", status.Message, StringComparison.Ordinal);
        Assert.Contains($"The checkpoint of step {whole} is whole", status.Message, StringComparison.Ordinal);
        Assert.Equal(whole, RunImage.AssertSound(run.Folder));
        Assert.Equal(WorkerExitCode.Done, run.Run(attempt: 3));
        Assert.Equal(undisturbed.FinalSha256(), run.FinalSha256());
    }

    [Theory]
    [InlineData("-TERM")]
    [InlineData("-INT")]
    [InlineData(null)]
    public void A_worker_that_is_asked_to_stop_leaves_a_checkpoint_and_the_next_goes_on_from_it(string? signal)
    {
        using var run = new TinyRun(options => options with { CheckpointEverySteps = 1000, Epochs = 400 });
        var worker = run.Start(attempt: 1);
        run.WaitForStep(worker, 2);
        if (signal is null) File.WriteAllText(run.Folder.Stop, "");
        else TinyRun.Signal(worker, signal);

        Assert.Equal(WorkerExitCode.Done, TinyRun.ExitCodeOf(worker));
        var status = run.Folder.ReadStatus()!;
        Assert.Equal(WorkerState.Stopped, status.State);
        var checkpoint = Assert.Single(run.Folder.CheckpointSteps());
        Assert.InRange(checkpoint, 2, 1599);
        Assert.Equal(checkpoint, run.Folder.ReadMetrics().Count);

        File.Delete(run.Folder.Stop);
        var next = run.Start(attempt: 2);
        run.WaitForStep(next, checkpoint + 1);
        Assert.Contains($"goes on from the checkpoint of step {checkpoint} of 1600", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stopped_process_keeps_the_folder_until_it_is_killed_and_the_next_attempt_takes_it()
    {
        using var run = new TinyRun(options => options with { Epochs = 40 });
        var zombie = run.Start(attempt: 1);
        run.WaitForStep(zombie, 1);
        TinyRun.Signal(zombie, "-STOP");
        var before = run.Folder.ReadMetrics().Count;

        Assert.Equal(WorkerExitCode.Owned, run.Run(attempt: 2));
        Assert.Equal(1, run.Folder.ReadLock()!.Attempt);
        Assert.Equal(before, run.Folder.ReadMetrics().Count);

        zombie.Kill();
        zombie.WaitForExit();
        var next = run.Start(attempt: 2);
        run.WaitForStep(next, before + 1);
        Assert.Equal(2, run.Folder.ReadLock()!.Attempt);
        next.Kill();
        next.WaitForExit();

        Assert.Equal(WorkerExitCode.Owned, run.Run(attempt: 1));
        Assert.Contains("attempt 1 came too late", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void A_worker_whose_lock_names_a_later_attempt_ends_without_another_line()
    {
        using var run = new TinyRun(options => options with { Epochs = 400 });
        var worker = run.Start(attempt: 1);
        run.WaitForStep(worker, 1);
        TinyRun.Signal(worker, "-STOP");
        var mine = run.Folder.ReadLock()!;
        File.WriteAllText(run.Folder.Lock, JsonSerializer.Serialize(mine with { Attempt = 2 }, RunJson.Indented));
        var before = File.ReadAllText(run.Folder.Metrics);

        TinyRun.Signal(worker, "-CONT");

        Assert.Equal(WorkerExitCode.Owned, TinyRun.ExitCodeOf(worker));
        Assert.Equal(before, File.ReadAllText(run.Folder.Metrics));
        Assert.Contains("another worker has taken over", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void Pairs_that_are_not_those_of_the_run_are_refused_and_named()
    {
        using var run = new TinyRun();
        File.AppendAllText(run.Folder.Pairs, File.ReadLines(run.Folder.Pairs).First() + "\n");

        Assert.Equal(WorkerExitCode.BadInput, run.Run(attempt: 1));
        var status = run.Folder.ReadStatus()!;
        Assert.Equal(WorkerState.Failed, status.State);
        Assert.Contains($"pairs.jsonl: found SHA-256", status.Message, StringComparison.Ordinal);
        Assert.Contains(run.Description.PairsSha256, status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_that_is_not_finite_ends_the_run_in_its_step_and_names_the_pairs()
    {
        using var run = new TinyRun(options => options with { Beta = 100 });
        Assert.Equal(WorkerExitCode.Done, run.Run(attempt: 1));
        File.Delete(run.Folder.Status);
        var last = run.Folder.CheckpointSteps().Max();
        Directory.Delete(run.Folder.Checkpoint(last), recursive: true);

        // Rewards beyond the largest number: the reference is said to hold this pair for e^(10^308) times likelier.
        var reference = JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(run.Folder.Reference)).GetRawText();
        File.WriteAllText(run.Folder.Reference, System.Text.RegularExpressions.Regex.Replace(reference, @"-\d+\.\d+", "1e308"));

        Assert.Equal(WorkerExitCode.BadInput, run.Run(attempt: 2));
        var status = run.Folder.ReadStatus()!;
        Assert.Equal(WorkerState.Failed, status.State);
        Assert.StartsWith("step 7: the loss is", status.Message, StringComparison.Ordinal);
        Assert.Contains("of pairs.jsonl", status.Message, StringComparison.Ordinal);
        Assert.Equal(6, run.Folder.CheckpointSteps().Max());
    }

    [Fact]
    public void A_run_in_bf16_says_so_goes_on_in_it_and_leaves_a_model_in_bf16()
    {
        using var run = new TinyRun(options => options with { Precision = Precision.BFloat16, Epochs = 1 });
        Assert.Equal(WorkerExitCode.Done, run.Run(attempt: 1));
        var undisturbed = run.FinalSha256();
        Assert.Contains("Computing on cpu in bf16, steps in fp32.", run.Log, StringComparison.Ordinal);
        Assert.Contains(" and fp32 weights ", run.Log, StringComparison.Ordinal);
        Assert.Equal("bfloat16", HuggingFaceFolder.Describe(run.Folder.Checkpoint(4)).Dtype);

        File.Delete(run.Folder.Status);
        Directory.Delete(run.Folder.Checkpoint(4), recursive: true);
        Assert.Equal(WorkerExitCode.Done, run.Run(attempt: 2));
        Assert.Contains("goes on from the checkpoint of step 3 of 4", run.Log, StringComparison.Ordinal);
        Assert.Equal(undisturbed, run.FinalSha256());
    }

    // .NET takes its own limit for the memory there is, and so does the plan.
    [Fact]
    public void A_worker_with_little_memory_computes_layers_again_and_ends_with_the_same_bits()
    {
        TrainingOptions AtOnce(TrainingOptions options) => options with { MicroBatchSize = 5, Epochs = 1 };
        using var ample = new TinyRun(AtOnce);
        Assert.Equal(WorkerExitCode.Done, ample.Run(attempt: 1));
        Assert.DoesNotContain("computed a second time", ample.Log, StringComparison.Ordinal);

        using var little = new TinyRun(AtOnce);
        Assert.Equal(WorkerExitCode.Done, little.Run(attempt: 1, before: "export DOTNET_GCHeapHardLimit=0x2000000"));
        Assert.Contains(" of 3 layers at a time, and ", little.Log, StringComparison.Ordinal);
        Assert.Equal(ample.FinalSha256(), little.FinalSha256());
    }

    [Fact]
    public void The_run_is_written_for_TRL_too()
    {
        using var run = new TinyRun();
        File.WriteAllText(run.Folder.Stop, "");
        Assert.Equal(WorkerExitCode.Done, run.Run(attempt: 1));
        Assert.Contains("beta: 0.5\n", File.ReadAllText(run.Folder.TrlConfig), StringComparison.Ordinal);
        var first = JsonSerializer.Deserialize<JsonElement>(File.ReadLines(run.Folder.TrlPairs).First());
        Assert.EndsWith("Step 2:", first.GetProperty("prompt").GetString(), StringComparison.Ordinal);
        Assert.Equal(" The pen cost $2 - $1 = $1.", first.GetProperty("chosen").GetString());
    }

    [Fact]
    public void Formula_and_SFT_term_stand_in_TRLs_words()
    {
        using var run = new TinyRun(options => options with { Formula = PreferenceFormula.IpoOfSums, SftWeight = 10 });
        File.WriteAllText(run.Folder.Stop, "");
        Assert.Equal(WorkerExitCode.Done, run.Run(attempt: 1));
        var config = File.ReadAllText(run.Folder.TrlConfig);
        Assert.Contains("loss_type: [ipo, sft]\nloss_weights: [1, 10]\n", config, StringComparison.Ordinal);
        Assert.Contains("its IPO averages over tokens", config, StringComparison.Ordinal);
    }

    private static StepMetrics WithoutSeconds(StepMetrics row) => row with { StepSeconds = 0 };
}
