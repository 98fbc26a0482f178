using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using StepDpo.Core.Annotations;
using StepDpo.Core.Sampling;
using StepDpo.Core.Search;

namespace StepDpo.Web.Search;

/// <summary>A filter as an address carries it: the list, its pages, the export and saved filters share it.</summary>
public static class SolutionQuery
{
    /// <summary>Reads it; what cannot be understood lets everything through.</summary>
    public static SolutionFilter Read(Func<string, string?> value) => new(
        value("q"),
        Enum.TryParse<SolutionState>(value("state"), out var state) && Enum.IsDefined(state) ? state : null,
        Enum.TryParse<FirstErrorOutcome>(value("outcome"), out var outcome) && Enum.IsDefined(outcome) ? outcome : null,
        int.TryParse(value("k"), NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : null,
        Guid.TryParse(value("by"), out var annotator) ? annotator : null,
        long.TryParse(value("model"), NumberStyles.None, CultureInfo.InvariantCulture, out var model) ? model : null,
        Day(value("from")), Day(value("to")),
        Flag: Enum.TryParse<FlagFilter>(value("flag"), out var flag) && Enum.IsDefined(flag) ? flag : null,
        IsGold: bool.TryParse(value("gold"), out var gold) ? gold : null);

    /// <summary>Writes it: <c>?q=apples&amp;k=3</c>, or nothing.</summary>
    public static string Write(SolutionFilter filter, long? before = null)
    {
        var parts = new (string Name, string? Value)[]
        {
            ("q", filter.Text), ("state", filter.State?.ToString()), ("outcome", filter.Outcome?.ToString()), ("k", Number(filter.Step)), ("by", filter.AnnotatorId?.ToString()),
            ("model", Number(filter.ModelId)), ("from", Day(filter.From)), ("to", Day(filter.To)), ("flag", filter.Flag?.ToString()), ("gold", filter.IsGold?.ToString()), ("before", Number(before)),
        };
        var query = string.Join('&', parts.Where(part => !string.IsNullOrEmpty(part.Value)).Select(part => $"{part.Name}={Uri.EscapeDataString(part.Value!)}"));
        return query.Length == 0 ? "" : "?" + query;
    }

    /// <summary>Reads the filter of an address.</summary>
    public static SolutionFilter Read(string address)
    {
        var query = QueryHelpers.ParseQuery(new Uri(address).Query);
        return Read(name => query.TryGetValue(name, out var value) ? value.FirstOrDefault() : null);
    }

    /// <summary>A day as a date field writes it.</summary>
    public static string? Day(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Reads such a day. The first and the last that there are have none before or after them, and are none.</summary>
    public static DateOnly? Day(string? text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is > 1900 and < 9999 ? day : null;

    private static string? Number(long? number) => number?.ToString(CultureInfo.InvariantCulture);
}
