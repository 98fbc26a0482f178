using System.Globalization;
using StepDpo.Contracts.Runs;

namespace StepDpo.Engine.Tests.Training;

/// <summary>Real workers, ended by SIGKILL at moments that nobody chose. <see cref="CrashSweepTests"/> goes through the chosen ones.</summary>
public sealed class KillTests
{
    // STEPDPO_KILLS=20 is the long form. The seed gives steps and fractions again, not what the machine did in that moment.
    private static readonly int _kills = int.Parse(Environment.GetEnvironmentVariable("STEPDPO_KILLS") ?? "1", CultureInfo.InvariantCulture);
    private static readonly int _seed = int.Parse(Environment.GetEnvironmentVariable("STEPDPO_KILLS_SEED") ?? "1", CultureInfo.InvariantCulture);

    [Fact]
    public void A_worker_killed_at_any_moment_leaves_whole_checkpoints_and_the_next_ends_with_the_same_bits()
    {
        using var undisturbed = NewRun();
        Assert.Equal(WorkerExitCode.Done, undisturbed.Run(attempt: 1));
        var (wanted, rows) = (undisturbed.FinalSha256(), undisturbed.Folder.ReadMetrics());
        Say($"{_kills} kills, seed {_seed}; undisturbed: {rows.Count} steps of {rows.Average(row => row.StepSeconds) * 1000:0} ms, weights {wanted}");

        var random = new Random(_seed);
        var places = Enumerable.Range(0, _kills).Select(_ => Cut(random, rows, wanted)).ToList();
        if (_kills >= 20) Assert.Contains(places, place => place.Contains("mid-epoch", StringComparison.Ordinal));
    }

    // Sixteen pairs: four steps an epoch, each of four forward passes; a checkpoint of every second.
    private static TinyRun NewRun() => new(options => options with { BatchSize = 4, MicroBatchSize = 1, Epochs = 3, CheckpointEverySteps = 2 }, parent: TemporaryFolder.InMemory);

    private static string Cut(Random random, IReadOnlyList<StepMetrics> undisturbed, string wanted)
    {
        while (true)
        {
            using var run = NewRun();
            var after = random.Next(undisturbed.Count);
            var delay = TimeSpan.FromSeconds(random.NextDouble() * undisturbed[after].StepSeconds);
            var worker = run.Start(attempt: 1);
            run.WaitForStep(worker, after);
            Thread.Sleep(delay); // The random moment; nothing depends on how long it is.
            if (worker.HasExited) continue;
            worker.Kill();
            worker.WaitForExit();

            var place = $"{delay.TotalMilliseconds:0} ms after step {after} was written: {PlaceOf(run.Folder)}";
            Assert.Equal(WorkerExitCode.Done, run.Run(attempt: 2));
            Assert.Equal(undisturbed.Count, RunImage.AssertSound(run.Folder));
            Assert.Equal(wanted, run.FinalSha256());
            Assert.Equal(Enumerable.Range(1, undisturbed.Count), run.Folder.ReadMetrics().Select(row => row.Step));
            Say($"{place}; resumed to the same weights");
            return place;
        }
    }

    // What the disk holds tells where the worker was, and all of it must be readable.
    private static string PlaceOf(RunFolder folder)
    {
        var done = folder.ReadMetrics().Count;
        if (!Directory.Exists(folder.Checkpoints)) return done == 0 ? "before the first step was done" : $"in step {done + 1}, no checkpoint yet";
        var publishing = Directory.EnumerateFileSystemEntries(folder.Checkpoints).Count() > folder.CheckpointSteps().Count;
        using var image = new RunImage(folder);
        var newest = folder.CheckpointSteps().Count == 0 ? 0 : RunImage.AssertSound(image.Folder);
        return publishing ? $"while a checkpoint was written, newest whole one {newest}"
            : done % 2 == 0 && newest < done ? $"between step {done} and its checkpoint, newest {newest}"
            : $"in step {done + 1} ({(done % 4 == 0 ? "the epoch's first" : "mid-epoch")}), newest checkpoint {newest}";
    }

    private static void Say(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);
}
