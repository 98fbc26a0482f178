using System.Text;
using System.Text.Json;
using CsvHelper;
using StepDpo.Contracts;
using StepDpo.Core.Data;

namespace StepDpo.Core.Problems;

/// <summary>Reads problems from JSONL or CSV. Pure: bytes in, rows and faults out.</summary>
public static class ProblemReader
{
    /// <summary>Largest file, in bytes.</summary>
    public const int LargestFile = 20 << 20;

    /// <summary>Reads a whole file.</summary>
    /// <param name="bytes">UTF-8, with or without BOM.</param>
    /// <param name="mapping">Columns by name, or null to recognise the layout.</param>
    /// <returns>The file; refused where it is no UTF-8, too large, empty, or of unknown layout.</returns>
    public static Outcome<ProblemFile> Read(ReadOnlyMemory<byte> bytes, ColumnMapping? mapping = null)
    {
        var faults = new List<RowFault>();
        var read = Records(bytes, faults);
        if (!read.Succeeded) return read.Refusal;
        var records = read.Value;
        if (records.Count == 0)
            return faults.Count > 0 ? Refusal.Invalid("File", $"No line could be read; line {faults[0].Line}: {faults[0].Reason}.") : Refusal.Invalid("File", "The file holds no problems.");

        var columns = Columns(records);
        if ((mapping is null ? ProblemLayout.Recognise(columns) : ProblemLayout.Of(mapping, columns)) is not { } layout)
        {
            return Refusal.Invalid("Mapping", mapping is null
                ? $"The layout is none that is known. Say which columns hold the statement and the answer; the file has {string.Join(", ", columns)}."
                : $"The file has no columns {mapping.Statement} and {mapping.Answer}; it has {string.Join(", ", columns)}.");
        }

        var rows = new List<ProblemRow>();
        foreach (var record in records)
        {
            var row = layout.Read(record);
            if (row.Succeeded) rows.Add(row.Value);
            else faults.Add(new RowFault(record.Line, row.Refusal.Message));
        }

        return new ProblemFile(layout.Format, columns, rows, [.. faults.OrderBy(fault => fault.Line)]);
    }

    /// <summary>The columns of a file in order of appearance, for a form in which a person says which is which; empty where it cannot be read.</summary>
    public static IReadOnlyList<string> ColumnsOf(ReadOnlyMemory<byte> bytes) =>
        Records(bytes, []) is { Succeeded: true } read ? Columns(read.Value) : [];

    /// <summary>A line's fields by column.</summary>
    internal sealed record Record(int Line, IReadOnlyDictionary<string, JsonElement> Fields);

    private static string[] Columns(IReadOnlyList<Record> records) => [.. records.SelectMany(record => record.Fields.Keys).Distinct()];

    private static Outcome<IReadOnlyList<Record>> Records(ReadOnlyMemory<byte> bytes, List<RowFault> faults)
    {
        if (bytes.Length > LargestFile) return Refusal.Invalid("File", $"The file may hold {LargestFile >> 20} MB; found {bytes.Length >> 20} MB.");
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.Span).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException e)
        {
            return Refusal.Invalid("File", $"The file is no UTF-8: found a stray byte at {e.Index}.");
        }

        if (text.AsSpan().TrimStart().StartsWith("[")) return Refusal.Invalid("File", "The file is one JSON list; wanted one object a line, or CSV.");
        return text.AsSpan().TrimStart().StartsWith("{") ? ReadJsonLines(text, faults) : ReadCsv(text, faults);
    }

    private static Outcome<IReadOnlyList<Record>> ReadJsonLines(string text, List<RowFault> faults)
    {
        var records = new List<Record>();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                var element = JsonSerializer.Deserialize<JsonElement>(line);
                if (element.ValueKind == JsonValueKind.Object)
                    records.Add(new Record(number, element.EnumerateObject().DistinctBy(field => field.Name).ToDictionary(field => field.Name, field => field.Value)));
                else faults.Add(new RowFault(number, $"found {JsonWords.Of(element.ValueKind)}, wanted a JSON object"));
            }
            catch (JsonException e)
            {
                faults.Add(new RowFault(number, $"{JsonWords.NoJson(e)}, wanted an object"));
            }
            catch (InvalidOperationException)
            {
                faults.Add(new RowFault(number, "found half a character (a lone surrogate) in the name of a field, wanted text"));
            }
        }

        return records;
    }

    private static Outcome<IReadOnlyList<Record>> ReadCsv(string text, List<RowFault> faults)
    {
        using var csv = CsvReader.FromText(text, new CsvReaderOptions
        {
            TrackLineNumbers = true,
            MalformedData = CsvMalformedDataHandling.Skip,
            OnMalformedRecord = record => faults.Add(new RowFault((int)record.LineNumber!, QuoteFault(record))),
        });
        var records = new List<Record>();
        string[] header = [.. csv.Headers];
        if (header.Distinct().Count() != header.Length) return Refusal.Invalid("File", $"Two columns have one name: {string.Join(", ", header)}.");
        while (csv.Read())
        {
            var line = (int)csv.LineNumber;
            if (csv.FieldCount != header.Length) faults.Add(new RowFault(line, $"found {csv.FieldCount} {(csv.FieldCount == 1 ? "field" : "fields")}, wanted {header.Length}: {string.Join(", ", header)}"));
            else records.Add(new Record(line, header.Select((name, i) => (name, i)).ToDictionary(column => column.name, column => JsonSerializer.SerializeToElement(csv.GetString(column.i)))));
        }

        return records;
    }

    private static string QuoteFault(CsvMalformedRecord record) => record.Reason == CsvMalformedReason.UnterminatedQuote
        ? "found a quote that opens here and never closes, so nothing from here on could be read"
        : "found a quote in the middle of a field, wanted the whole field in quotes and each quote within it twice";
}
