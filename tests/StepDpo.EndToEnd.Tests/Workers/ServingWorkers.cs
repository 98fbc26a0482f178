using System.Globalization;

namespace StepDpo.EndToEnd.Tests.Workers;

/// <summary>The serving workers of one test: those whose model lies in its data folder. Other tests of this process serve models at the same time.</summary>
internal static class ServingWorkers
{
    /// <summary>Their process ids.</summary>
    public static List<int> Of(string dataFolder) =>
    [
        .. Directory.GetDirectories("/proc").Where(process => int.TryParse(Path.GetFileName(process), out _) && Serves(process, dataFolder))
            .Select(process => int.Parse(Path.GetFileName(process), CultureInfo.InvariantCulture)),
    ];

    private static bool Serves(string process, string dataFolder)
    {
        try
        {
            var words = File.ReadAllText(Path.Combine(process, "cmdline")).Split('\0');
            return words.Contains("serve") && words.Any(word => word.StartsWith(dataFolder, StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return false; // It ended while we looked.
        }
    }
}
