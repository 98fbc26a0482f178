namespace StepDpo.Core.AnnotationFiles;

/// <summary>
/// A cell of a CSV file (RFC 4180). Spreadsheets run what begins with <c>= + - @</c>, a tab or a carriage return, so such a cell, after
/// any number of apostrophes, gets one apostrophe more in front; reading takes one off again. Nothing else is changed, so every text comes back.
/// </summary>
internal static class CsvCell
{
    private const string Starts = "=+-@\t\r";

    /// <summary>The cell as it is written, quoted where it must be.</summary>
    public static string Write(string text)
    {
        var safe = IsFormula(text) ? "'" + text : text;
        return safe.AsSpan().IndexOfAny(",\"\r\n") >= 0 || safe.AsSpan().Trim().Length != safe.Length ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }

    /// <summary>The text of a cell whose quotes are off.</summary>
    public static string Read(string cell) => cell.StartsWith('\'') && IsFormula(cell) ? cell[1..] : cell;

    private static bool IsFormula(string text) => text.AsSpan().TrimStart('\'') is { Length: > 0 } rest && Starts.Contains(rest[0], StringComparison.Ordinal);
}
