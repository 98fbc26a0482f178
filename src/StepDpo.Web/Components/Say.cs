using System.Globalization;
using StepDpo.Contracts;

namespace StepDpo.Web.Components;

/// <summary>Numbers and times as pages write them.</summary>
public static class Say
{
    /// <summary>1,247</summary>
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>25 November 2026</summary>
    public static string Day(DateTimeOffset moment) => moment.UtcDateTime.ToString(T("d MMMM yyyy"), CultureInfo.InvariantCulture);

    /// <summary>25 November 2026, 03:05 UTC</summary>
    public static string Moment(DateTimeOffset moment) => moment.UtcDateTime.ToString(T("d MMMM yyyy, HH:mm 'UTC'"), CultureInfo.InvariantCulture);

    /// <summary>1 problem, 2 problems; in the catalogue: "{0} problem", "{0} problems".</summary>
    /// <param name="number">How many.</param>
    /// <param name="one">The noun in the singular.</param>
    /// <param name="many">The noun in the plural; the singular and an s where null.</param>
    public static string Count(long number, string one, string? many = null) =>
        T(new Sentence("{0} " + (number == 1 ? one : many ?? one + "s"), Number(number)));
}
