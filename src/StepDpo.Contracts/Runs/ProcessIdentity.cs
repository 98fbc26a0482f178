using System.Globalization;

namespace StepDpo.Contracts.Runs;

/// <summary>
/// Which process is meant by a pid that was written down: the kernel reuses pids, the pair of pid and start time does not come
/// again until the machine restarts. Source: proc_pid_stat(5).
/// </summary>
/// <param name="Pid">Process id.</param>
/// <param name="StartedAt">Start of the process, in clock ticks since boot (field 22 of <c>/proc/PID/stat</c>).</param>
public readonly record struct ProcessIdentity(int Pid, long StartedAt)
{
    /// <summary>The process that asks.</summary>
    public static ProcessIdentity Current() => Of(Environment.ProcessId)
        ?? throw new InvalidOperationException("/proc/self/stat cannot be read: Linux with a mounted /proc is needed");

    /// <summary>The process that has this pid now; null where there is none.</summary>
    public static ProcessIdentity? Of(int pid) => Read(pid) is { } stat ? new ProcessIdentity(pid, stat.StartedAt) : null;

    /// <summary>Whether that very process still runs or could be made to run again; a dead one that nobody has waited for does not count.</summary>
    public bool IsAlive => Read(Pid) is { } stat && stat.StartedAt == StartedAt && stat.State is not ('Z' or 'X');

    /// <summary>Whether it is held by SIGSTOP or by a debugger: alive, and going nowhere.</summary>
    public bool IsStopped => Read(Pid) is { } stat && stat.StartedAt == StartedAt && stat.State is ('T' or 't');

    private static (char State, long StartedAt)? Read(int pid)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            // Field 2 is the program's name in parentheses and may hold spaces and parentheses itself: count from its end.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], long.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // ESRCH while reading: it ended between the open and the read.
        }
    }
}
