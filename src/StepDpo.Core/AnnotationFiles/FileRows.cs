using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using CsvHelper;
using StepDpo.Contracts;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>A row that was read, or why it could not be.</summary>
internal readonly record struct ReadRow(int Number, FileRow? Row, string? Fault);

/// <summary>
/// The rows of a file, one after the other: JSON lines, a JSON list, an object of lists (Mr-Ben) or CSV. Only the object of lists
/// is held in memory as a whole.
/// </summary>
internal static class FileRows
{
    private const int LargestObject = 100 << 20;
    private const int LongestLine = 4 << 20;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private enum Kind { Lines, List, ObjectOfLists, Csv }

    /// <summary>What one row is called in messages.</summary>
    public static async Task<string> WordAsync(string path, CancellationToken cancellationToken) =>
        await KindAsync(path, cancellationToken) is Kind.Lines or Kind.Csv ? "Line" : "Row";

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">The file as a whole cannot be read.</exception>
    public static async IAsyncEnumerable<ReadRow> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        switch (await KindAsync(path, cancellationToken))
        {
            case Kind.Lines:
                await foreach (var row in LinesAsync(path, cancellationToken)) yield return row;
                break;
            case Kind.List:
                await foreach (var row in ListAsync(path, cancellationToken)) yield return row;
                break;
            case Kind.ObjectOfLists:
                foreach (var row in ObjectOfLists(await File.ReadAllBytesAsync(path, cancellationToken))) yield return row;
                break;
            case Kind.Csv:
                foreach (var row in Csv(path)) yield return row;
                break;
            default:
                throw new InvalidOperationException("found no kind of file");
        }
    }

    private static async Task<Kind> KindAsync(string path, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(path, Strict);
        try
        {
            string? line;
            do
            {
                line = await reader.ReadLineAsync(cancellationToken);
            }
            while (line is not null && string.IsNullOrWhiteSpace(line));
            if (line is null) throw new InvalidDataException("The file is empty.");
            var start = line.AsSpan().TrimStart();
            if (start.StartsWith("[")) return Kind.List;
            if (!start.StartsWith("{")) return Kind.Csv;
            if (Parsed(line) is { } first) return IsObjectOfLists(first) ? Kind.ObjectOfLists : Kind.Lines;
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException("The file is no UTF-8.", e);
        }

        return new FileInfo(path).Length <= LargestObject && IsWholeObject(await File.ReadAllBytesAsync(path, cancellationToken)) ? Kind.ObjectOfLists : Kind.Lines;
    }

    private static async IAsyncEnumerable<ReadRow> LinesAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(path, Strict);
        for (var number = 1; await NextAsync() is { } line; number++)
        {
            if (!string.IsNullOrWhiteSpace(line)) yield return Line(number, line);
        }

        async Task<string?> NextAsync()
        {
            try
            {
                return await reader.ReadLineAsync(cancellationToken);
            }
            catch (DecoderFallbackException e)
            {
                throw new InvalidDataException("The file is no UTF-8.", e);
            }
        }
    }

    private static ReadRow Line(int number, string line)
    {
        if (line.Length > LongestLine) return new(number, null, $"found {line.Length} characters, wanted at most {LongestLine}");
        try
        {
            return new(number, FileRow.Of(number, JsonSerializer.Deserialize<JsonElement>(line)), null);
        }
        catch (JsonException e)
        {
            return new(number, null, $"{JsonWords.NoJson(e)}, wanted an object");
        }
        catch (InvalidDataException e)
        {
            return new(number, null, e.Message);
        }
    }

    private static async IAsyncEnumerable<ReadRow> ListAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous | FileOptions.SequentialScan);
        await using var items = JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(stream, cancellationToken: cancellationToken).GetAsyncEnumerator(cancellationToken);
        for (var number = 1; ; number++)
        {
            ReadRow row;
            try
            {
                if (!await items.MoveNextAsync()) yield break;
                row = new(number, FileRow.Of(number, items.Current), null);
            }
            catch (InvalidDataException e)
            {
                row = new(number, null, e.Message);
            }
            catch (JsonException e)
            {
                throw new InvalidDataException($"The list breaks off after row {number - 1}: {JsonWords.NoJson(e)}.", e);
            }

            yield return row;
        }
    }

    private static IEnumerable<ReadRow> ObjectOfLists(byte[] bytes)
    {
        using var whole = JsonDocument.Parse(bytes.AsMemory(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? 3 : 0));
        var number = 0;
        foreach (var item in whole.RootElement.EnumerateObject().SelectMany(list => list.Value.EnumerateArray()))
        {
            number++;
            yield return item.ValueKind == JsonValueKind.Object
                ? new(number, FileRow.Of(number, item.Clone()), null)
                : new(number, null, $"found {JsonWords.Of(item.ValueKind)}, wanted an object");
        }
    }

    private static IEnumerable<ReadRow> Csv(string path)
    {
        var faults = new Queue<ReadRow>();
        using var csv = CsvReader.FromFile(path, new CsvReaderOptions
        {
            TrackLineNumbers = true,
            MalformedData = CsvMalformedDataHandling.Skip,
            OnMalformedRecord = record => faults.Enqueue(new((int)record.LineNumber!, null, record.Reason == CsvMalformedReason.UnterminatedQuote
                ? "found a quote that opens here and never closes, so nothing from here on could be read"
                : "found a quote in the middle of a field, wanted the whole field in quotes and each quote within it twice")),
        });
        string[] header = [.. csv.Headers];
        if (header.Distinct().Count() != header.Length) throw new InvalidDataException($"Two columns have one name: {string.Join(", ", header)}.");
        while (csv.Read())
        {
            while (faults.TryDequeue(out var fault)) yield return fault;
            var line = (int)csv.LineNumber;
            yield return csv.FieldCount == header.Length
                ? new(line, new FileRow(line, header.Select((name, i) => (name, i)).ToDictionary(column => column.name, column => Cell(csv.GetString(column.i)))), null)
                : new(line, null, $"found {csv.FieldCount} fields, wanted {header.Length}: {string.Join(", ", header)}");
        }

        while (faults.TryDequeue(out var fault)) yield return fault;
    }

    private static JsonElement Cell(string cell) => JsonSerializer.SerializeToElement(cell.Length == 0 ? null : CsvCell.Read(cell));

    private static JsonElement? Parsed(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsWholeObject(byte[] bytes)
    {
        try
        {
            using var whole = JsonDocument.Parse(bytes.AsMemory(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? 3 : 0));
            return IsObjectOfLists(whole.RootElement);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsObjectOfLists(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Any() && value.EnumerateObject().All(field => field.Value.ValueKind == JsonValueKind.Array);
}
