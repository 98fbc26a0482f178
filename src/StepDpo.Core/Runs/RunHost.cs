using System.Globalization;
using StepDpo.Contracts.Runs;

namespace StepDpo.Core.Runs;

/// <summary>The machine that executes runs, as leases and slots name it.</summary>
public sealed record RunHost
{
    private static readonly ProcessIdentity Self = ProcessIdentity.Current();

    /// <summary>Name of the machine.</summary>
    public string Name { get; init; } = Environment.MachineName;

    /// <summary>Its devices; one run at a time may use each.</summary>
    public IReadOnlyList<string> Devices { get; init; } = ["cpu"];

    /// <summary>How many runs may go on beside each other that need no device, for their models are endpoints elsewhere.</summary>
    public int RunsWithoutDevice { get; init; } = 4;

    /// <summary>How long a run stays ours without a heartbeat.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often we beat.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the queue is looked at when nothing wakes us.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Length of the first pause after an error that may pass; each further one is twice as long.</summary>
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>This process as a lease names it: <c>host/pid/start tick</c>. The pid alone would come again.</summary>
    public string Owner => string.Create(CultureInfo.InvariantCulture, $"{Name}/{Self.Pid}/{Self.StartedAt}");

    /// <summary>Whether a lease's owner was a process of this machine that has ended: its runs need not wait for the lease to run out.</summary>
    public bool HasDied(string owner)
    {
        var parts = owner.Split('/');
        return parts.Length == 3 && parts[0] == Name
            && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var pid)
            && long.TryParse(parts[2], CultureInfo.InvariantCulture, out var startedAt)
            && !new ProcessIdentity(pid, startedAt).IsAlive;
    }
}

