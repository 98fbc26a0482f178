using System.Globalization;
using StepDpo.Core.Runs;

namespace StepDpo.Web.Runs;

/// <summary>Runs in words: the same on every page.</summary>
public static class RunWords
{
    /// <summary>"Sampling", "Training".</summary>
    public static string Of(RunKind kind) => kind switch
    {
        RunKind.Sampling => "Sampling",
        RunKind.Rectification => "Rectification",
        RunKind.Suggestion => "Suggestions",
        RunKind.Evaluation => "Evaluation",
        RunKind.Training => "Training",
        RunKind.Import => "Import",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>What a run counts: "120 of 240 solutions".</summary>
    public static string Unit(RunKind kind) => kind switch
    {
        RunKind.Sampling => "solutions",
        RunKind.Rectification => "prefixes",
        RunKind.Suggestion => "suggestions",
        RunKind.Evaluation => "problems",
        RunKind.Training => "steps",
        RunKind.Import => "solutions",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>Shape, word and colour of a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="isPausing">Whether a running run has been asked to pause.</param>
    public static (string Is, string Sign, string Word) Mark(RunState state, bool isPausing) => state switch
    {
        RunState.Queued => ("wait", "clock", "Queued"),
        RunState.Running when isPausing => ("wait", "clock", "Pausing"),
        RunState.Running => ("run", "running", "Running"),
        RunState.Paused => ("none", "pause", "Paused"),
        RunState.Cancelling => ("wait", "clock", "Stopping"),
        RunState.Succeeded => ("right", "tick", "Done"),
        RunState.Failed => ("wrong", "error", "Failed"),
        RunState.Cancelled => ("none", "dots", "Stopped"),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    /// <summary>"Step 88 of 134", "120 of 240 solutions", "240 solutions"; "Not begun" before the first.</summary>
    public static string Progress(RunKind kind, int done, int total) => (kind, done, total) switch
    {
        (_, 0, 0) => "Not begun",
        (RunKind.Training, _, > 0) => $"Step {Number(done)} of {Number(total)}",
        (_, _, > 0) => $"{Number(done)} of {Number(total)} {Unit(kind)}",
        _ => $"{Number(done)} {Unit(kind)}",
    };

    /// <summary>"412", "13,680".</summary>
    public static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A share as people read it: "87.9 %".</summary>
    public static string Percent(double share, int digits = 1) => (share * 100).ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) + " %";

    /// <summary>"38 s", "29 min", "1 h 25 min", "3 days".</summary>
    public static string Length(TimeSpan time) => time switch
    {
        { TotalSeconds: < 0 } => "0 s",
        { TotalSeconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s"),
        { TotalSeconds: < 100 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s"),
        { TotalMinutes: < 100 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min"),
        { TotalHours: < 48 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalDays:0} days"),
    };

    /// <summary>"just now", "3 min ago".</summary>
    public static string Ago(DateTimeOffset at, DateTimeOffset now) => now - at < TimeSpan.FromSeconds(2) ? "just now" : Length(now - at) + " ago";
}
