using System.Globalization;
using StepDpo.Core.Annotations;
using StepDpo.Core.Progress;
using StepDpo.Core.Sampling;
using StepDpo.Core.Statistics;
using StepDpo.Web.Components;

namespace StepDpo.Web.Progress;

/// <summary>How pages about people's work write numbers, judgements and verdicts.</summary>
public static class ProgressWords
{
    /// <summary>"84 %"; a tenth below 1 % and above 99 %, so that few is not none and nearly all not all.</summary>
    public static string Percent(double share) =>
        (share * 100).ToString(share is > 0 and < 0.01 or > 0.99 and < 1 ? "F1" : "F0", CultureInfo.InvariantCulture) + " %";

    /// <summary>"82 to 87 %"</summary>
    public static string Interval(Proportion share) => T($"{Percent(share.Low)[..^2]} to {Percent(share.High)}");

    /// <summary>"41 s", "6.4 s"</summary>
    public static string Seconds(double seconds) => T($"{Figure(seconds)} s");

    /// <summary>"40 to 43 s"</summary>
    public static string Interval(MeanEstimate mean) => T($"{Figure(Math.Max(0, mean.Low))} to {Figure(mean.High)} s");

    private static string Figure(double seconds) => seconds.ToString(seconds < 10 ? "F1" : "F0", CultureInfo.InvariantCulture);

    /// <summary>"23.5 h"</summary>
    public static string Hours(double hours) => T($"{hours:N1} h");

    /// <summary>"20.1 to 25.3 h"</summary>
    public static string Hours(double low, double high) => T($"{low:N1} to {high:N1} h");

    /// <summary>"27.6"</summary>
    public static string Rate(double number) => number.ToString(number < 100 ? "F1" : "N0", CultureInfo.InvariantCulture);

    /// <summary>"17:40 today", "29 November, 04:10" within three days, then "3 December"; UTC, as everywhere.</summary>
    public static string When(DateTimeOffset moment, DateTimeOffset now) => moment.UtcDateTime.Date == now.UtcDateTime.Date
        ? T($"{moment.UtcDateTime:HH:mm} today")
        : moment.UtcDateTime.ToString((moment - now).Duration().TotalDays < 3 ? T("d MMMM, HH:mm") : moment.UtcDateTime.Year == now.UtcDateTime.Year ? T("d MMMM") : T("d MMMM yyyy"), CultureInfo.InvariantCulture);

    /// <summary>"just now", "40 min", "3 h", "2 days"</summary>
    public static string Ago(TimeSpan time) => time switch
    {
        { TotalMinutes: < 1 } => T("just now"),
        { TotalHours: < 1 } => T($"{(int)time.TotalMinutes} min"),
        { TotalDays: < 1 } => T($"{(int)time.TotalHours} h"),
        _ => Say.Count((int)time.TotalDays, "day"),
    };

    /// <summary>"Step 3", "No error", "Cannot judge"</summary>
    public static string Claim(FirstErrorOutcome outcome, int? step) => outcome switch
    {
        FirstErrorOutcome.FirstError => T($"Step {step}"),
        FirstErrorOutcome.NoError => T("No error"),
        FirstErrorOutcome.CannotJudge or FirstErrorOutcome.Undone or _ => T("Cannot judge"),
    };

    /// <summary>The sign of a claim in the sprite.</summary>
    public static string Sign(FirstErrorOutcome outcome, StepGrade? grade) => outcome switch
    {
        FirstErrorOutcome.FirstError => grade == StepGrade.Neutral ? "neutral" : "error",
        FirstErrorOutcome.NoError => "tick",
        FirstErrorOutcome.CannotJudge or FirstErrorOutcome.Undone or _ => "warn",
    };

    /// <summary>A choice of <see cref="StepChoices"/>: "step 1", "step 9 or later", "no error".</summary>
    public static string Choice(int index) => index switch { 9 => T("no error"), 8 => T("step 9 or later"), _ => T($"step {index + 1}") };

    /// <summary>What became of a judgement, in one line.</summary>
    public static string Fate(JudgedItem item) => item switch
    {
        { Surplus: true } => T("Kept, not counted"),
        { Decision: null, State: SolutionState.Adjudication } => T("The judgements differ: a reviewer decides"),
        { Decision: null } => T("Not told yet"),
        { State: SolutionState.Paired, Agrees: true } => T("Agreed, and a pair was made"),
        { Agrees: true } => T($"Agreed, {How(item.Decision.Provenance)}"),
        _ => T($"{Claim(item.Decision.Outcome, item.Decision.Step)} was decided, {How(item.Decision.Provenance)}"),
    };

    private static string How(VerdictProvenance provenance) => provenance switch
    {
        VerdictProvenance.Adjudicated => T("by a reviewer"),
        VerdictProvenance.Majority => T("by most"),
        VerdictProvenance.Agreed => T("by all"),
        VerdictProvenance.Imported => T("as the file says that it came with"),
        VerdictProvenance.Single or _ => T("one judgement was asked for"),
    };
}
