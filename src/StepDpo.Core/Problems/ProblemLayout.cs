using System.Text.Json;
using System.Text.RegularExpressions;
using StepDpo.Contracts;
using StepDpo.Core.Data;

namespace StepDpo.Core.Problems;

/// <summary>Which fields of a record make a problem, by layout.</summary>
internal sealed partial record ProblemLayout(ProblemFormat Format, string Statement, string Answer, string? WorkedSolution = null, string? SourceId = null)
{
    private const int LongestText = 50_000;

    // The first whose columns are all there; more columns in front of fewer.
    private static readonly (string[] Columns, ProblemLayout Layout)[] Known =
    [
        (["instruction", "output", "answer"], new(ProblemFormat.StepDpo, "instruction", "answer", "output", "idx")),
        (["question", "options", "correct"], new(ProblemFormat.Aqua, "question", "correct", "rationale")),
        (["Body", "Question", "Answer"], new(ProblemFormat.Svamp, "Question", "Answer", null, "ID")),
        (["unique_id", "problem", "answer"], new(ProblemFormat.Plain, "problem", "answer", "solution", "unique_id")),
        (["problem", "answer"], new(ProblemFormat.Plain, "problem", "answer", "solution", "id")),
        (["question", "answer"], new(ProblemFormat.Gsm8k, "question", "answer", "answer")),
    ];

    public static ProblemLayout? Recognise(string[] columns) =>
        Known.FirstOrDefault(known => known.Columns.All(column => columns.Contains(column))).Layout;

    public static ProblemLayout? Of(ColumnMapping mapping, string[] columns) =>
        columns.Contains(mapping.Statement) && columns.Contains(mapping.Answer)
            ? new(ProblemFormat.Mapped, mapping.Statement, mapping.Answer, mapping.WorkedSolution, mapping.SourceId)
            : null;

    public Outcome<ProblemRow> Read(ProblemReader.Record record)
    {
        if ((Kind(record, Statement, "text") ?? Kind(record, Answer, "text, a number or a list") ?? (Format == ProblemFormat.Svamp ? Kind(record, "Body", "text") : null)) is { } unfit) return unfit;
        var answer = Text(record, Answer);
        var (statement, worked) = (Text(record, Statement), WorkedSolution is null ? null : Text(record, WorkedSolution));
        switch (Format)
        {
            case ProblemFormat.Gsm8k:
                var mark = answer.LastIndexOf("####", StringComparison.Ordinal);
                if (mark < 0) return Refusal.Invalid(Answer, $"{Answer}: found no ####, wanted it in front of the answer");
                answer = answer[(mark + 4)..];
                break;
            case ProblemFormat.Svamp:
                var body = Text(record, "Body").TrimEnd();
                statement = body + (body.Length == 0 || ".?!,".Contains(body[^1], StringComparison.Ordinal) ? " " : ". ") + statement;
                break;
            case ProblemFormat.Aqua:
                if (!record.Fields.TryGetValue("options", out var options) || options.ValueKind != JsonValueKind.Array)
                    return Refusal.Invalid("options", $"options: found {JsonWords.Of(options.ValueKind)}, wanted a list");
                statement += "\nAnswer Choices: " + string.Join(' ', options.EnumerateArray().Select(option => Option().Replace(AsText(option), "($1) ")));
                break;
            case ProblemFormat.Plain or ProblemFormat.StepDpo or ProblemFormat.Mapped:
                break;
        }

        return (Check(statement, Statement) ?? Check(answer, Answer) ?? Long(worked, WorkedSolution)) is { } wrong
            ? wrong
            : new ProblemRow(record.Line, statement.Trim(), answer.Trim(), string.IsNullOrWhiteSpace(worked) ? null : worked, Named(record));
    }

    private string? Named(ProblemReader.Record record) =>
        SourceId is not null && Text(record, SourceId) is { Length: > 0 and <= 200 } name && !name.Contains('\0', StringComparison.Ordinal) ? name : null;

    // Answers are numbers in SVAMP and AIME, and lists of one in the paper's files.
    private static Refusal? Kind(ProblemReader.Record record, string column, string wanted)
    {
        var kind = record.Fields.TryGetValue(column, out var value) ? value.ValueKind : JsonValueKind.Undefined;
        var fits = kind == JsonValueKind.String || (wanted != "text" && kind is JsonValueKind.Number or JsonValueKind.Array);
        return fits ? null : Refusal.Invalid(column, $"{column}: found {JsonWords.Of(kind)}, wanted {wanted}");
    }

    private static Refusal? Check(string text, string column) =>
        string.IsNullOrWhiteSpace(text) ? Refusal.Invalid(column, $"{column}: found only blanks, wanted words or a number") : Long(text, column);

    private static Refusal? Long(string? text, string? column) =>
        text is null ? null
        : text.Contains('\0', StringComparison.Ordinal) ? Refusal.Invalid(column!, $"{column}: found the character U+0000, which cannot be stored")
        : text.Any(char.IsSurrogate) && !IsWhole(text) ? Refusal.Invalid(column!, $"{column}: found half a character (a lone surrogate), which cannot be stored")
        : text.Length > LongestText ? Refusal.Invalid(column!, $"{column}: found {text.Length} characters, wanted at most {LongestText}")
        : null;

    private static bool IsWhole(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) i++;
            else if (char.IsSurrogate(text[i])) return false;
        }

        return true;
    }

    private static string Text(ProblemReader.Record record, string column) => record.Fields.TryGetValue(column, out var value) ? AsText(value) : "";

    // The paper's files hold answers as lists of one; SVAMP's are numbers such as 145.0.
    private static string AsText(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Unescaped(value),
        JsonValueKind.Number => value.TryGetDecimal(out var number) ? number.ToString("0.############################", System.Globalization.CultureInfo.InvariantCulture) : value.GetRawText(),
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(AsText)),
        JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        JsonValueKind.Object or JsonValueKind.Null or JsonValueKind.Undefined => "",
        _ => throw new ArgumentOutOfRangeException(nameof(value), value.ValueKind, "found no kind of JSON value"),
    };

    // An escape of half a surrogate pair cannot become a string; half of one makes the row's check say so.
    private static string Unescaped(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return "\ud800";
        }
    }

    [GeneratedRegex(@"^([A-Z])\)\s*")]
    private static partial Regex Option();
}
