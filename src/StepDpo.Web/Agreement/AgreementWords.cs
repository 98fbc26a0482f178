using System.Globalization;
using StepDpo.Core.Agreement;
using StepDpo.Core.Annotations;
using StepDpo.Core.Sampling;

namespace StepDpo.Web.Agreement;

/// <summary>Figures of agreement as the page writes them.</summary>
internal static class AgreementWords
{
    /// <summary>"84 %".</summary>
    public static string Percent(double share) => (100 * share).ToString("0", CultureInfo.InvariantCulture) + " %";

    /// <summary>"0.82"; a minus sign, not a hyphen.</summary>
    public static string Number(double number) => number.ToString("0.00", CultureInfo.InvariantCulture).Replace('-', '\u2212');

    /// <summary>"82 to 87 %", or why there is no interval.</summary>
    public static string Percent(Interval interval) => interval.Undefined is { } why ? T($"no interval: {T(why)}") : T($"{100 * interval.Low:0} to {Percent(interval.High)}");

    /// <summary>"0.79 to 0.85", or why there is no interval.</summary>
    public static string Number(Interval interval) => interval.Undefined is { } why ? T($"no interval: {T(why)}") : T($"{Number(interval.Low)} to {Number(interval.High)}");

    /// <summary>"none", or the step.</summary>
    public static string Value(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>How a verdict came about.</summary>
    public static string Provenance(VerdictProvenance provenance) => provenance switch
    {
        VerdictProvenance.Single => T("One judgement asked for"),
        VerdictProvenance.Agreed => T("All agreed"),
        VerdictProvenance.Majority => T("Most agreed"),
        VerdictProvenance.Adjudicated => T("A reviewer decided"),
        VerdictProvenance.Imported => T("It came with a file"),
        _ => throw new ArgumentOutOfRangeException(nameof(provenance), provenance, "found no provenance"),
    };

    /// <summary>What has become of a disputed solution.</summary>
    public static string State(SolutionState state) => state switch
    {
        SolutionState.Waiting => T("one more judges"),
        SolutionState.Adjudication => T("to decide"),
        SolutionState.Discarded => T("set aside"),
        SolutionState.Sampled or SolutionState.Closed or SolutionState.Rectifying or SolutionState.InReview or SolutionState.Paired or SolutionState.NoCandidate or _ => T("decided"),
    };
}
