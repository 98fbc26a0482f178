using System.Diagnostics;
using StepDpo.Contracts.Models;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Checkpoints;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Modeling;
using StepDpo.Engine.Optimization;
using StepDpo.Engine.Tokenization;

namespace StepDpo.Engine.Tests.Training;

/// <summary>Training cut off at every place there is: between any two operations on the disk, by each of them failing, within any accumulation.</summary>
public sealed class CrashSweepTests : IDisposable
{
    private readonly TinyRun _run = new(parent: TemporaryFolder.InMemory);
    private readonly TrainingCheckpoints _checkpoints;
    private readonly IReadOnlyList<TrainingRow> _rows;
    private readonly ReferenceLogProbs _reference;

    public CrashSweepTests()
    {
        _checkpoints = new TrainingCheckpoints(_run.Folder);
        _rows = TrainingRow.ReadFile(_run.Folder.Pairs, Tokenizer.Load(TinyRun.Model), _run.Description.Template, _run.Description.Options);
        using var model = HuggingFaceFolder.Load(TinyRun.Model);
        _reference = ReferenceLogProbs.Of(model, _rows, microBatch: 2, () => false)!;
    }

    public void Dispose()
    {
        DurableFile.Before = null;
        _run.Dispose();
    }

    [Fact]
    public void A_crash_before_any_operation_on_the_disk_leaves_whole_checkpoints_only_and_training_ends_with_the_same_bits()
    {
        var images = new List<(string Operation, RunImage Image)>();
        using var session = new Session(this, from: null);
        session.TrainAndPublish(2);
        session.TrainAndPublish(4);
        DurableFile.Before = (operation, path) => images.Add(($"{operation} {path}", new RunImage(_run.Folder)));
        session.TrainAndPublish(6);
        DurableFile.Before = null;
        var undisturbed = session.TrainAndPublish(8);

        // Eight files and a folder made durable, and the oldest of three removed.
        Assert.True(images.Count >= 35, $"{images.Count} operations");
        var resumedFrom = new HashSet<int>();
        foreach (var (operation, image) in images)
        {
            using var owned = image;
            var newest = RunImage.AssertSound(image.Folder);
            Assert.True(newest is 4 or 6, $"crash before {operation}: the newest checkpoint is {newest}");
            if (!resumedFrom.Add(newest)) continue;
            using var resumed = new Session(this, newest, image.Folder);
            Assert.Equal(undisturbed, resumed.TrainAndPublish(8));
        }

        Assert.Equal([4, 6], resumedFrom.Order());
    }

    [Fact]
    public void Each_operation_on_the_disk_that_fails_in_turn_leaves_whole_checkpoints_and_no_file_of_its_own_and_the_next_try_succeeds()
    {
        using var session = new Session(this, from: null);
        session.TrainAndPublish(2);
        session.TrainAndPublish(4);
        session.TrainTo(6);
        for (var failing = 1; ; failing++)
        {
            using var image = new RunImage(_run.Folder);
            var done = 0;
            DurableFile.Before = (operation, path) =>
            {
                if (++done == failing) throw new IOException($"{operation} {path}: Input/output error");
            };
            var error = Record.Exception(() => session.Publish(image.Folder));
            DurableFile.Before = null;
            if (error is null)
            {
                Assert.True(failing > 35, $"{failing - 1} operations");
                return;
            }

            Assert.Contains("Input/output error", Assert.IsType<IOException>(error).Message, StringComparison.Ordinal);
            Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(image.Folder.Checkpoints, "*", SearchOption.AllDirectories), path => path.EndsWith(".tmp", StringComparison.Ordinal));
            Assert.True(RunImage.AssertSound(image.Folder) is 4 or 6, $"operation {failing}");
            session.Publish(image.Folder);
            Assert.Equal(6, RunImage.AssertSound(image.Folder));
        }
    }

    [Fact]
    public void Cut_off_before_every_forward_pass_of_every_step_a_run_ends_with_the_same_bits()
    {
        string undisturbed;
        using (var whole = new Session(this, from: null)) undisturbed = whole.TrainAndPublish(whole.Trainer.TotalSteps);
        Directory.Delete(_run.Folder.Checkpoints, recursive: true);

        // An attempt takes up the newest checkpoint and dies before its first pass; the next before its second; and so on, until
        // one gets through the step. Passes accumulate: most cuts lie in the middle of that, most steps in the middle of an epoch.
        var (cuts, final) = (0, "");
        for (var pass = 1; _checkpoints.NewestWhole(Assert.Fail) is not 8; pass++)
        {
            using var attempt = new Session(this, _checkpoints.NewestWhole(Assert.Fail));
            var left = pass;
            if (attempt.Trainer.TakeStep(() => --left == 0) is null)
            {
                cuts++;
                continue;
            }

            final = attempt.Publish(_run.Folder);
            pass = 0;
        }

        Assert.True(cuts >= 20, $"{cuts} cuts");
        Assert.Equal(undisturbed, final);
    }

    [Fact]
    public void A_full_disk_in_the_middle_of_a_checkpoint_leaves_the_one_before_it_and_says_what_is_missing()
    {
        using var mount = new TemporaryFolder();
        if (Mount(mount.Path) is { } refusal)
        {
            // Not root: a limit on the size of a file is a full disk of another kind, and no privilege.
            TestContext.Current.TestOutputHelper!.WriteLine($"mounting a tmpfs is refused ({refusal}); the worker runs into a limit on the size of a file instead, as in TrainVerbTests");
            TrainVerbTests.Fill_the_disk_of_a_worker_by_a_limit_on_files();
            return;
        }

        try
        {
            FillInTheMiddle(mount.Path);
        }
        finally
        {
            Run("umount", "--lazy", mount.Path);
        }
    }

    private void FillInTheMiddle(string disk)
    {
        using var small = new TinyRun(parent: disk);
        using var session = new Session(this, from: null, small.Folder);
        var before = session.TrainAndPublish(2);
        session.TrainTo(4);
        var ballast = Path.Combine(disk, "ballast");
        foreach (var moment in new[] { "optimizer.safetensors.tmp", "model.safetensors.tmp", "manifest.json.tmp", "tokenizer.json.tmp" })
        {
            DurableFile.Before = (operation, path) =>
            {
                if (operation == "create" && path.EndsWith(moment, StringComparison.Ordinal)) Run("sh", "-c", $"cat /dev/zero > {ballast}");
            };
            var error = Assert.Throws<NoRoomException>(() => session.Publish(small.Folder));
            DurableFile.Before = null;
            Assert.StartsWith($"{small.Folder.Path}: the disk was full while the checkpoint of step 4 was written: it takes 19 MB, and ", error.Message, StringComparison.Ordinal);
            Assert.EndsWith("The checkpoint of step 2 is whole, and training goes on from there once there is room.", error.Message, StringComparison.Ordinal);
            Assert.Equal(2, RunImage.AssertSound(small.Folder));
            Assert.Equal(before, ModelFolder.WeightsSha256(small.Folder.Checkpoint(2)));
            HuggingFaceFolder.Load(small.Folder.Checkpoint(2)).Dispose();

            // With no room at the start it is refused before the first byte.
            Assert.Contains("MB free; 1 checkpoints of 19 MB need 19 MB", Assert.Throws<NoRoomException>(() => session.Publish(small.Folder)).Message, StringComparison.Ordinal);
            File.Delete(ballast);
        }

        session.Publish(small.Folder);
        Assert.Equal(4, RunImage.AssertSound(small.Folder));
    }

    private static string? Mount(string path) => Run("mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", path);

    // Null, or what it says when it fails.
    private static string? Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : said.Trim();
    }

    /// <summary>A trainer and where it publishes.</summary>
    private sealed class Session : IDisposable
    {
        private readonly CrashSweepTests _test;
        private readonly RunFolder _folder;
        private readonly CausalLm _model;

        public Session(CrashSweepTests test, int? from, RunFolder? folder = null)
        {
            (_test, _folder) = (test, folder ?? test._run.Folder);
            _model = HuggingFaceFolder.Load(from is { } step ? _folder.Checkpoint(step) : TinyRun.Model);
            Trainer = new Trainer(_model, test._rows, test._reference, test._run.Description.Options);
            if (from is { } restored) new TrainingCheckpoints(_folder).Restore(Trainer, test._run.Description, restored);
        }

        public Trainer Trainer { get; }

        public void TrainTo(int step)
        {
            while (Trainer.Step < step) Trainer.TakeStep();
        }

        public string Publish(RunFolder folder)
        {
            // The later the better: the best is the newest, so that the oldest of three goes.
            new TrainingCheckpoints(folder).Publish(Trainer, _test._run.Description, TinyRun.Model, evalLoss: 1.0 / (1 + Trainer.Step));
            return ModelFolder.WeightsSha256(folder.Checkpoint(Trainer.Step));
        }

        public string TrainAndPublish(int step)
        {
            TrainTo(step);
            return Publish(_folder);
        }

        public void Dispose()
        {
            Trainer.Dispose();
            _model.Dispose();
        }
    }
}
