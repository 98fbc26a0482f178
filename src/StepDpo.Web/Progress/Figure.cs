using System.Globalization;

namespace StepDpo.Web.Progress;

/// <summary>Numbers within drawings.</summary>
internal static class Figure
{
    /// <summary>A coordinate: one decimal, a point whatever the culture.</summary>
    public static string At(double value) => value.ToString("F1", CultureInfo.InvariantCulture);
}
