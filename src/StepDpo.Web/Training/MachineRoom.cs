using System.Globalization;
using StepDpo.Core.Training;
using StepDpo.Core.Workers;
using StepDpo.Web.Runs;

namespace StepDpo.Web.Training;

/// <summary>What this machine has left for a training run.</summary>
public sealed class MachineRoom(WorkerOptions worker)
{
    /// <summary>Memory that programs can have now, in bytes (<c>MemAvailable</c>); null where the system does not say.</summary>
    public static long? FreeMemory()
    {
        if (!File.Exists("/proc/meminfo"))
            return null;
        var line = File.ReadLines("/proc/meminfo").FirstOrDefault(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal));
        return line is not null && long.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture, out var kilobytes) ? kilobytes * 1024 : null;
    }

    /// <summary>Bytes left on the disk of the data folder; null before that folder exists.</summary>
    public long? FreeDisk() => Directory.Exists(worker.DataFolder) ? new DriveInfo(worker.DataFolder).AvailableFreeSpace : null;

    /// <summary>What will not fit, with a remedy each.</summary>
    public IEnumerable<string> Warnings(TrainingNeeds needs)
    {
        if (FreeMemory() is { } memory && needs.MemoryBytes > memory)
            yield return T($"The weights alone need {Size(needs.MemoryBytes)}; {Size(memory)} are free here. A device with memory of its own is not counted. Take a smaller model, or copy the run folder to a larger machine.");
        if (FreeDisk() is { } disk && needs.DiskBytes > disk)
            yield return T($"Checkpoints need {Size(needs.DiskBytes)}; {Size(disk)} are free. Make room in the data folder first.");
    }

    /// <summary>"15.2 GB".</summary>
    public static string Size(long bytes) => bytes switch
    {
        >= 1_000_000_000 => T($"{bytes / 1e9:0.0} GB"),
        >= 1_000_000 => T($"{bytes / 1e6:0} MB"),
        _ => T($"{RunWords.Number(bytes / 1000)} kB"),
    };
}
