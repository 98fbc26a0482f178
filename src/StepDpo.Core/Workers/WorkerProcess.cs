using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using StepDpo.Contracts.Runs;

namespace StepDpo.Core.Workers;

/// <summary>
/// A worker in a session of its own: it hears no Ctrl-C of ours, keeps its log when we die, and takes all that it started with
/// it when its group is killed. Either we started it, or it was found alive and is only watched.
/// </summary>
public sealed class WorkerProcess : IDisposable
{
    private const int Terminate = 15;
    private const int Kill = 9;

    private readonly Process? _child;

    private WorkerProcess(ProcessIdentity identity, Process? child)
    {
        Identity = identity;
        _child = child;
    }

    /// <summary>Which process this is.</summary>
    public ProcessIdentity Identity { get; }

    /// <summary>Whether it was found alive: then the exit code will never be known.</summary>
    public bool Adopted => _child is null;

    /// <summary>Whether it still runs.</summary>
    public bool IsAlive => Identity.IsAlive;

    /// <summary>Its exit code (above 128: ended by signal code minus 128); null while it runs, and for adopted processes.</summary>
    public int? ExitCode => _child is { HasExited: true } ? _child.ExitCode : null;

    /// <summary>Starts a program with its standard input closed and its output appended to a file.</summary>
    /// <param name="commandLine">Program and arguments.</param>
    /// <param name="log">File that takes standard output and error: a file outlives us, a pipe would not.</param>
    /// <param name="threads">Threads of numeric libraries; null leaves their choice.</param>
    public static WorkerProcess Start(IReadOnlyList<string> commandLine, string log, int? threads)
    {
        // exec all the way: the pid that we see is the worker's own. setsid does not fork, for a fresh child leads no group yet.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "log=$1; shift; exec setsid \"$@\" </dev/null >>\"$log\" 2>&1", "sh", log, .. commandLine])
        {
            UseShellExecute = false,
        };
        // OpenMP's threads spin while they wait. With fewer free cores than threads that starves the one that works (measured: 7 times slower).
        start.Environment["GOMP_SPINCOUNT"] = "0";
        if (threads is { } count) start.Environment["OMP_NUM_THREADS"] = count.ToString(CultureInfo.InvariantCulture);
        var child = Process.Start(start)!;
        return ProcessIdentity.Of(child.Id) is { } identity
            ? new WorkerProcess(identity, child)
            : throw new InvalidOperationException($"{commandLine[0]}: the process ended before it could be looked at");
    }

    /// <summary>Watches a process that somebody else started.</summary>
    public static WorkerProcess Adopt(ProcessIdentity identity) => new(identity, child: null);

    /// <summary>Completes when the process has ended, however it ended.</summary>
    /// <param name="poll">How often an adopted one, which sends us no signal, is looked at.</param>
    /// <param name="stop">Ends the waiting, not the process.</param>
    public async Task WaitForEndAsync(TimeSpan poll, CancellationToken stop)
    {
        if (_child is not null)
        {
            await _child.WaitForExitAsync(stop);
            return;
        }

        using var timer = new PeriodicTimer(poll);
        while (IsAlive) await timer.WaitForNextTickAsync(stop);
    }

    /// <summary>Sends SIGTERM.</summary>
    public void AskToEnd()
    {
        if (IsAlive) _ = SendSignal(Identity.Pid, Terminate);
    }

    /// <summary>
    /// Ends the process and all of its group at once. SIGKILL also ends a process that SIGSTOP holds.
    /// Returns when it is gone: no second worker may start beside it.
    /// </summary>
    /// <exception cref="TimeoutException">The kernel does not let it go within 30 s (it hangs in a device driver).</exception>
    public async Task KillAsync()
    {
        if (!IsAlive) return;
        // A worker that somebody started by hand leads no group: then the process alone.
        if (SendSignal(-Identity.Pid, Kill) != 0) _ = SendSignal(Identity.Pid, Kill);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await WaitForEndAsync(TimeSpan.FromMilliseconds(20), limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"process {Identity.Pid} did not end within 30 s of SIGKILL");
        }
    }

    /// <summary>Forgets the process; it goes on.</summary>
    public void Dispose() => _child?.Dispose();

    [DllImport("libc", EntryPoint = "kill", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int pid, int signal);
}
