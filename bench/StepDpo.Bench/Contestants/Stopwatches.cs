using System.Diagnostics;

namespace StepDpo.Bench.Contestants;

/// <summary>Takes clock and processor time together, and reads memory from <c>/proc</c>.</summary>
internal static class Stopwatches
{
    /// <summary>Times some work.</summary>
    public static (double Seconds, double CpuSeconds) Time(Action work)
    {
        using var process = Process.GetCurrentProcess();
        var (clock, cpu) = (Stopwatch.StartNew(), process.TotalProcessorTime);
        work();
        process.Refresh();
        return (clock.Elapsed.TotalSeconds, (process.TotalProcessorTime - cpu).TotalSeconds);
    }

    /// <summary>Bytes of a field of <c>/proc/self/status</c>: VmRSS, VmHWM.</summary>
    public static long Memory(string field) =>
        long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith(field + ":", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;

    /// <summary>Starts the high-water mark (VmHWM) anew.</summary>
    public static void ForgetPeak() => File.WriteAllText("/proc/self/clear_refs", "5");
}
