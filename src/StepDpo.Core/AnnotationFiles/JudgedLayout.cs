using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StepDpo.Core.Annotations;
using StepDpo.Core.Grading;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>How one format says what a <see cref="JudgedSolution"/> holds.</summary>
internal abstract class JudgedLayout(AnnotationFormat format, params string[] columns)
{
    private static readonly JudgedLayout[] All =
    [
        new PlainLayout(), new Prm800kLayout(), new ProcessBenchLayout(), new BigBenchMistakeLayout(), new MrBenLayout(), new MrGsm8kLayout(), new StepVerifyLayout(), new CsvLayout(),
    ];

    /// <summary>The format.</summary>
    public AnnotationFormat Format { get; } = format;

    /// <summary>The layout of a format.</summary>
    public static JudgedLayout Of(AnnotationFormat format) => All.Single(layout => layout.Format == format);

    /// <summary>The layout whose fields a row has, or null.</summary>
    public static JudgedLayout? Recognise(FileRow row) => Array.Find(All, layout => layout.Fits(row));

    /// <summary>Whether files of this format are written too.</summary>
    public virtual bool IsWritten => true;

    /// <summary>What the name of such a file ends with.</summary>
    public virtual string Extension => "jsonl";

    /// <summary>What a file begins with.</summary>
    public virtual string Opening => "";

    /// <summary>What a file of no row or of some ends with.</summary>
    public virtual string Ending(bool isEmpty) => "";

    /// <summary>What stands in front of a row.</summary>
    public virtual string Between(JudgedSolution? before, JudgedSolution now) => "";

    /// <summary>A row's text with its line end; null where the format cannot say what the label says.</summary>
    /// <param name="solution">The solution.</param>
    /// <param name="label">The first error by the export's cut rule. Nothing is written of the steps after it.</param>
    public abstract string? Write(JudgedSolution solution, FirstErrorJudgement label);

    /// <summary>Reads a row, and says where its judgement contradicts itself or the answer.</summary>
    /// <exception cref="InvalidDataException">The row is not of this format; the message names field, found and wanted.</exception>
    public JudgedSolution Read(FileRow row)
    {
        var solution = ReadFields(row);
        if (solution.Contradiction is not null) return solution;
        var whole = solution.FinishReason == Sampling.FinishReason.Length ? solution.Steps.Count - 1 : solution.Steps.Count;
        var said = solution.Judgements.Select(judgement => judgement.Said).Prepend(solution.Verdict?.Said).OfType<FirstErrorJudgement>();
        return said.Select(judgement => judgement.Contradiction(whole, solution.AnswerCheck)).FirstOrDefault(refusal => refusal is not null) is { } contradiction
            ? solution with { Contradiction = contradiction.Message }
            : solution;
    }

    /// <summary>Whether a row has this format's fields.</summary>
    protected virtual bool Fits(FileRow row) => columns.All(row.Fields.ContainsKey);

    /// <summary>Reads the fields.</summary>
    protected abstract JudgedSolution ReadFields(FileRow row);

    /// <summary>A verdict, and the one judgement that it rests on.</summary>
    protected static JudgedSolution Judged(JudgedSolution solution, FirstErrorJudgement said, string? annotator = null, IReadOnlyList<int>? neutralSteps = null) => solution with
    {
        Verdict = new(said with { ActiveMilliseconds = 0, Note = "" }),
        Judgements = [new(said, annotator) { NeutralSteps = neutralSteps ?? [] }],
    };

    /// <summary>The first error at step k, or none.</summary>
    protected static FirstErrorJudgement ErrorAt(int? step, string note = "") =>
        step is null ? new(FirstErrorOutcome.NoError, Note: note) : new(FirstErrorOutcome.FirstError, step, StepGrade.Incorrect, Note: note);

    /// <summary>Whether two answers mean the same; no answer at all is its own word.</summary>
    protected static AnswerCheck Check(string reference, string? answer) =>
        string.IsNullOrWhiteSpace(answer) ? AnswerCheck.NoAnswer : AnswerComparison.Same(reference, answer) ? AnswerCheck.Right : AnswerCheck.Wrong;

    /// <summary>Whether a label calls a wrong answer's solution free of errors: a format without words for the reason cannot say it.</summary>
    protected static bool IsUnexplained(JudgedSolution solution, FirstErrorJudgement label) =>
        label.Outcome == FirstErrorOutcome.NoError && solution.AnswerCheck == AnswerCheck.Wrong;

    /// <summary>A JSON object as one line of text; texts stay readable.</summary>
    protected static string Json(Action<Utf8JsonWriter> fields, bool isIndented = false)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = isIndented, NewLine = "\n" }))
        {
            writer.WriteStartObject();
            fields(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    /// <summary>A list of texts.</summary>
    protected static void WriteTexts(Utf8JsonWriter writer, string name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts) writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}
