using System.Diagnostics;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Workers;

namespace StepDpo.Core.Tests.Workers;

/// <summary>One trainer a run folder, whatever dies: the spike of issue 4, part 0, kept.</summary>
public sealed class TrainingLauncherTests : IDisposable
{
    private readonly RunFolder _folder = new(Directory.CreateTempSubdirectory("stepdpo-run-").FullName);

    public void Dispose()
    {
        if (TrainingLauncher.OwnerOf(_folder) is { } owner) Signal("KILL", owner.Pid);
        Directory.Delete(_folder.Path, recursive: true);
    }

    [Fact]
    public async Task A_run_goes_through_and_its_progress_is_seen()
    {
        var calls = 0;
        using var worker = await Launcher(steps: 40).StartOrAdoptAsync(_folder, attempt: 1);

        var end = await worker.WatchAsync(() => { calls++; return Task.CompletedTask; }, TestContext.Current.CancellationToken);

        Assert.True(end.Succeeded);
        Assert.Equal(0, end.ExitCode);
        Assert.True(calls >= 1);
        Assert.Equal(Enumerable.Range(1, 40), _folder.ReadMetrics().Select(row => row.Step));
    }

    [Fact]
    public async Task A_worker_outlives_its_killed_supervisor_and_is_adopted_not_doubled()
    {
        using var first = SupervisorProcess.Start(_folder, Options(steps: 150));
        await Until(() => TrainingLauncher.OwnerOf(_folder) is not null);
        first.Kill();
        await first.WaitForExitAsync(TestContext.Current.CancellationToken);
        await Until(() => _folder.ReadMetrics().Count > 5);

        var clock = Stopwatch.StartNew();
        using var worker = await Launcher(steps: 150).StartOrAdoptAsync(_folder, attempt: 2);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"adopted after {clock.Elapsed}");
        Assert.True(worker.Process.Adopted);
        var end = await worker.WatchAsync(() => Task.CompletedTask, TestContext.Current.CancellationToken);

        Assert.True(end.Succeeded);
        Assert.Null(end.ExitCode);
        Assert.Single(ProcessesStarted());
        Assert.Equal(Enumerable.Range(1, 150), _folder.ReadMetrics().Select(row => row.Step));
    }

    [Fact]
    public async Task A_stopped_worker_is_ended_before_another_starts_and_no_step_is_doubled()
    {
        using var first = SupervisorProcess.Start(_folder, Options(steps: 60));
        await Until(() => _folder.CheckpointSteps() is [>= 20, ..]);
        var zombie = TrainingLauncher.OwnerOf(_folder)!.Value;
        Signal("STOP", zombie.Pid);
        await Until(() => zombie.IsStopped);
        first.Kill();

        using var worker = await Launcher(steps: 60).StartOrAdoptAsync(_folder, attempt: 2);

        Assert.False(zombie.IsAlive);
        Assert.False(worker.Process.Adopted);
        var end = await worker.WatchAsync(() => Task.CompletedTask, TestContext.Current.CancellationToken);
        Assert.True(end.Succeeded);
        Assert.Equal(2, ProcessesStarted().Length);
        Assert.Equal(Enumerable.Range(1, 60), _folder.ReadMetrics().Select(row => row.Step));
    }

    [Fact]
    public async Task Stop_writes_a_checkpoint_and_the_next_start_goes_on_from_it()
    {
        using (var worker = await Launcher(steps: 100).StartOrAdoptAsync(_folder, attempt: 1))
        {
            await Until(() => _folder.ReadMetrics().Count > 3);
            await worker.StopAsync();
            var end = await worker.WatchAsync(() => Task.CompletedTask, TestContext.Current.CancellationToken);
            Assert.True(end.Stopped);
            Assert.Equal(0, end.ExitCode);
        }

        var reached = _folder.CheckpointSteps()[0];
        Assert.InRange(reached, 4, 99);
        using var second = await Launcher(steps: 100).StartOrAdoptAsync(_folder, attempt: 2);
        var last = await second.WatchAsync(() => Task.CompletedTask, TestContext.Current.CancellationToken);
        Assert.True(last.Succeeded);
        Assert.Equal(Enumerable.Range(1, 100), _folder.ReadMetrics().Select(row => row.Step));
    }

    [Fact]
    public async Task A_crash_is_explained_by_exit_code_and_last_log_lines()
    {
        using var worker = await Launcher(steps: 100, crashAt: 7).StartOrAdoptAsync(_folder, attempt: 1);

        var end = await worker.WatchAsync(() => Task.CompletedTask, TestContext.Current.CancellationToken);

        Assert.False(end.IsFinal);
        Assert.Equal(
            "The training worker ended with exit code 9.\nLast lines of its log:\nstep 7: out of memory", end.Explain(_folder));
    }

    [Fact]
    public async Task A_worker_killed_by_a_signal_says_so()
    {
        using var worker = await Launcher(steps: 100_000).StartOrAdoptAsync(_folder, attempt: 1);
        await Until(() => TrainingLauncher.OwnerOf(_folder) is not null);
        Signal("SEGV", worker.Process.Identity.Pid);

        var end = await worker.WatchAsync(() => Task.CompletedTask, TestContext.Current.CancellationToken);

        Assert.StartsWith("The training worker was ended by signal 11.", end.Explain(_folder), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_hangs_is_killed_after_the_silence_limit()
    {
        var options = Options(steps: 100_000) with { SilenceLimit = TimeSpan.FromSeconds(1) };
        using var worker = await new TrainingLauncher(options).StartOrAdoptAsync(_folder, attempt: 1);
        await Until(() => _folder.ReadMetrics().Count > 3);
        Signal("STOP", worker.Process.Identity.Pid);

        var end = await worker.WatchAsync(() => Task.CompletedTask, TestContext.Current.CancellationToken);

        Assert.Equal(128 + 9, end.ExitCode);
    }

    private static TrainingLauncher Launcher(int steps, int crashAt = 0) => new(Options(steps, crashAt));

    private static WorkerOptions Options(int steps, int crashAt = 0) => new()
    {
        Command = ["/bin/bash", Path.Combine(AppContext.BaseDirectory, "Workers", "fake-worker.sh"), $"{steps}", $"{crashAt}"],
        DataFolder = Path.GetTempPath(),
        Niceness = 0,
    };

    private string[] ProcessesStarted() => File.ReadAllLines(Path.Combine(_folder.Path, "started.txt"));

    private static void Signal(string name, int pid) => Process.Start("kill", [$"-{name}", $"{pid}"]).WaitForExit();

    // What we wait for happens in another process: looked at until a deadline.
    private static async Task Until(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), "waited 30 s");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
