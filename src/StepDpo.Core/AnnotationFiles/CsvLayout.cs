using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StepDpo.Contracts;
using StepDpo.Core.Annotations;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>
/// Ours as CSV, a row a solution: the fields of <see cref="PlainLayout"/>, with steps and judgements as JSON in their cells. An import
/// needs <c>problem</c>, <c>steps</c>, <c>outcome</c> and <c>step</c>; the other columns may be missing. Cells are as <see cref="CsvCell"/> says.
/// </summary>
internal sealed class CsvLayout() : JudgedLayout(AnnotationFormat.Csv, "problem", "steps", "outcome", "step")
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly (string Name, Func<JudgedSolution, FirstErrorJudgement, string?> Value)[] Columns =
    [
        ("problem", (s, _) => s.Problem),
        ("answer", (s, _) => s.ReferenceAnswer),
        ("worked_solution", (s, _) => s.WorkedSolution),
        ("source_id", (s, _) => s.SourceId),
        ("model", (s, _) => s.Model),
        ("steps", (s, _) => List(writer => { foreach (var step in s.Steps) writer.WriteStringValue(step); })),
        ("final_answer", (s, _) => s.FinalAnswer),
        ("answer_check", (s, _) => $"{s.AnswerCheck}"),
        ("finish_reason", (s, _) => $"{s.FinishReason}"),
        ("outcome", (_, label) => $"{label.Outcome}"),
        ("step", (_, label) => label.Step?.ToString(CultureInfo.InvariantCulture)),
        ("grade", (_, label) => label.Grade?.ToString()),
        ("reason", (_, label) => label.Reason?.ToString()),
        ("note", (_, label) => label.Note),
        ("provenance", (s, _) => $"{s.Verdict!.Provenance}"),
        ("adjudicator", (s, _) => s.Verdict!.Adjudicator),
        ("agreeing", (s, _) => s.Agreeing.ToString(CultureInfo.InvariantCulture)),
        ("judged_by", (s, _) => s.Judgements.Count.ToString(CultureInfo.InvariantCulture)),
        ("guideline_version", (s, _) => s.Verdict!.GuidelineVersion),
        ("judgements", (s, label) => List(writer => PlainLayout.WriteJudgements(writer, s, label))),
    ];

    /// <inheritdoc/>
    public override string Extension => "csv";

    /// <inheritdoc/>
    public override string Opening => string.Join(',', Columns.Select(column => column.Name)) + "\r\n";

    /// <inheritdoc/>
    public override string Write(JudgedSolution solution, FirstErrorJudgement label) =>
        string.Join(',', Columns.Select(column => CsvCell.Write(column.Value(solution, label) ?? ""))) + "\r\n";

    /// <inheritdoc/>
    protected override JudgedSolution ReadFields(FileRow row)
    {
        var steps = Parsed(row, "steps").Steps("steps");
        return PlainLayout.Solution(row, steps) with { Judgements = PlainLayout.ReadJudgements(Parsed(row, "judgements").Rows("judgements"), steps.Count) };
    }

    private static FileRow Parsed(FileRow row, string column)
    {
        if (row.OptionalText(column) is not { } text) return new(row.Number, new Dictionary<string, JsonElement>());
        try
        {
            return new(row.Number, new Dictionary<string, JsonElement> { [column] = JsonSerializer.Deserialize<JsonElement>(text) });
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{column}: {JsonWords.NoJson(e)}, wanted a list", e);
        }
    }

    private static string List(Action<Utf8JsonWriter> items)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, Readable))
        {
            writer.WriteStartArray();
            items(writer);
            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}
