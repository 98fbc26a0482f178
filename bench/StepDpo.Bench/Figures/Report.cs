using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using StepDpo.Bench.Contestants;

namespace StepDpo.Bench.Figures;

/// <summary>One figure: ours against a named baseline.</summary>
/// <param name="Title">What was measured.</param>
/// <param name="Ours">The contestant whose figure it is.</param>
/// <param name="Baseline">What it is held against; null where nothing is at hand.</param>
/// <param name="Seconds">Ours, by the clock.</param>
/// <param name="CpuSeconds">Ours, processor time.</param>
/// <param name="Times">How many times less time by the clock than the baseline, round by round.</param>
/// <param name="CpuTimes">The same in processor time.</param>
/// <param name="Notes">Everything else: losses, memory, rates.</param>
internal sealed record Figure(string Title, string Ours, string? Baseline, Spread Seconds, Spread CpuSeconds, Spread? Times, Spread? CpuTimes, IReadOnlyList<string> Notes);

/// <summary>The figures of one run, with the machine that they were measured on.</summary>
internal sealed record Report(string Name, IReadOnlyList<Figure> Figures, IReadOnlyDictionary<string, IReadOnlyList<Trial>> Trials)
{
    private static readonly JsonSerializerOptions Json = new(Trial.Json) { WriteIndented = true };

    /// <summary>One contestant's figure against another.</summary>
    public static Figure Compare(string title, string ours, string? baseline, IReadOnlyDictionary<string, IReadOnlyList<Trial>> trials, params string[] notes)
    {
        var own = trials[ours];
        var other = baseline is not null && trials.TryGetValue(baseline, out var found) ? found : null;
        return new Figure(
            title, ours, other is null ? null : baseline,
            Spread.Of(own.SelectMany(trial => trial.Seconds)), Spread.Of(own.SelectMany(trial => trial.CpuSeconds)),
            other is null ? null : Spread.Of(other.Zip(own, (theirs, mine) => theirs.Seconds.Min() / mine.Seconds.Min())),
            other is null ? null : Spread.Of(other.Zip(own, (theirs, mine) => theirs.CpuSeconds.Min() / mine.CpuSeconds.Min())),
            notes);
    }

    /// <summary>Writes figures, trials, options and machine.</summary>
    public void Write(string file, BenchOptions options) => File.WriteAllText(file, JsonSerializer.Serialize(
        new { Name, Date = DateTimeOffset.UtcNow, Machine = Machine(), Options = options, Figures, Trials }, Json) + "\n");

    /// <summary>For people.</summary>
    public string Table()
    {
        var text = new StringBuilder($"\n{Name} ({Machine()})\n");
        foreach (var figure in Figures)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {figure.Title}: {figure.Ours}\n");
            text.Append(CultureInfo.InvariantCulture, $"      {Seconds(figure.Seconds)} s by the clock, {Seconds(figure.CpuSeconds)} s of processor time\n");
            if (figure is { Times: { } times, CpuTimes: { } cpu })
                text.Append(CultureInfo.InvariantCulture, $"      {Seconds(times)} times less than {figure.Baseline} by the clock, {Seconds(cpu)} times less processor time\n");
            foreach (var note in figure.Notes) text.Append(CultureInfo.InvariantCulture, $"      {note}\n");
        }

        return text.ToString();
    }

    private static string Seconds(Spread value) => string.Create(CultureInfo.InvariantCulture, $"{value.Median:G4} ({value.Lowest:G4} to {value.Highest:G4})");

    private static string Machine()
    {
        var model = File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[^1] : null;
        var load = File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
        return string.Create(CultureInfo.InvariantCulture, $"{model ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB, load {load}");
    }
}
