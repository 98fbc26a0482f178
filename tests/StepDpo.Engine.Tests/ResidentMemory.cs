using System.Diagnostics;
using System.Globalization;

namespace StepDpo.Engine.Tests;

internal static class ResidentMemory
{
    /// <summary>What the kernel keeps of a process in memory, in bytes.</summary>
    public static long Of(Process process)
    {
        var line = File.ReadLines($"/proc/{process.Id}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(6).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture) * 1024;
    }
}
