using System.Globalization;
using StepDpo.Core.Runs;

namespace StepDpo.Web.Runs;

/// <summary>Runs in words: the same on every page.</summary>
public static class RunWords
{
    /// <summary>"Sampling", "Training".</summary>
    public static string Of(RunKind kind) => kind switch
    {
        RunKind.Sampling => T("Sampling"),
        RunKind.Rectification => T("Rectification"),
        RunKind.Suggestion => T("Suggestions"),
        RunKind.Evaluation => T("Evaluation"),
        RunKind.Training => T("Training"),
        RunKind.Import => T("Import"),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private static string Unit(RunKind kind, int done, int total) => kind switch
    {
        RunKind.Sampling or RunKind.Import => T($"{Number(done)} of {Number(total)} solutions"),
        RunKind.Rectification => T($"{Number(done)} of {Number(total)} prefixes"),
        RunKind.Suggestion => T($"{Number(done)} of {Number(total)} suggestions"),
        RunKind.Evaluation => T($"{Number(done)} of {Number(total)} problems"),
        RunKind.Training => T($"{Number(done)} of {Number(total)} steps"),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private static string Unit(RunKind kind, int done) => kind switch
    {
        RunKind.Sampling or RunKind.Import => T($"{Number(done)} solutions"),
        RunKind.Rectification => T($"{Number(done)} prefixes"),
        RunKind.Suggestion => T($"{Number(done)} suggestions"),
        RunKind.Evaluation => T($"{Number(done)} problems"),
        RunKind.Training => T($"{Number(done)} steps"),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>Shape, word and colour of a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="isPausing">Whether a running run has been asked to pause.</param>
    public static (string Is, string Sign, string Word) Mark(RunState state, bool isPausing) => state switch
    {
        RunState.Queued => ("wait", "clock", T("Queued")),
        RunState.Running when isPausing => ("wait", "clock", T("Pausing")),
        RunState.Running => ("run", "running", T("Running")),
        RunState.Paused => ("none", "pause", T("Paused")),
        RunState.Cancelling => ("wait", "clock", T("Stopping")),
        RunState.Succeeded => ("right", "tick", T("Done")),
        RunState.Failed => ("wrong", "error", T("Failed")),
        RunState.Cancelled => ("none", "dots", T("Stopped")),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    /// <summary>"Step 88 of 134", "120 of 240 solutions", "240 solutions"; "Not begun" before the first.</summary>
    public static string Progress(RunKind kind, int done, int total) => (kind, done, total) switch
    {
        (_, 0, 0) => T("Not begun"),
        (RunKind.Training, _, > 0) => T($"Step {Number(done)} of {Number(total)}"),
        (_, _, > 0) => Unit(kind, done, total),
        _ => Unit(kind, done),
    };

    /// <summary>"412", "13,680".</summary>
    public static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A share as people read it: "87.9 %".</summary>
    public static string Percent(double share, int digits = 1) => (share * 100).ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) + " %";

    /// <summary>"38 s", "29 min", "1 h 25 min", "3 days".</summary>
    public static string Length(TimeSpan time) => time switch
    {
        { TotalSeconds: < 0 } => T("0 s"),
        { TotalSeconds: < 10 } => T($"{time.TotalSeconds:0.#} s"),
        { TotalSeconds: < 100 } => T($"{time.TotalSeconds:0} s"),
        { TotalMinutes: < 100 } => T($"{time.TotalMinutes:0} min"),
        { TotalHours: < 48 } => T($"{(int)time.TotalHours} h {time.Minutes} min"),
        _ => T($"{time.TotalDays:0} days"),
    };

    /// <summary>"just now", "3 min ago".</summary>
    public static string Ago(DateTimeOffset at, DateTimeOffset now) => now - at < TimeSpan.FromSeconds(2) ? T("just now") : T($"{Length(now - at)} ago");
}
