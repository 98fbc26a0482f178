using System.Text.Json;
using StepDpo.Core.Annotations;
using StepDpo.Core.Grading;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>Our own JSON lines: all that is known, steps from 1. <c>docs/annotation-files.md</c> names the fields.</summary>
internal sealed class PlainLayout() : JudgedLayout(AnnotationFormat.Plain, "problem", "steps", "answer_check", "outcome", "judgements")
{
    /// <inheritdoc/>
    public override string Write(JudgedSolution solution, FirstErrorJudgement label) => Json(writer => Write(writer, solution, label)) + "\n";

    /// <summary>A row's judgements as a list.</summary>
    public static void WriteJudgements(Utf8JsonWriter writer, JudgedSolution solution, FirstErrorJudgement label)
    {
        foreach (var judgement in solution.Judgements)
        {
            writer.WriteStartObject();
            writer.WriteString("annotator", judgement.Annotator);
            WriteSaid(writer, judgement.Said);
            // A person who went on past the step that the verdict names has judged more: of that nothing is written.
            writer.WriteStartArray("neutral_steps");
            foreach (var k in judgement.NeutralSteps.Where(k => label.Step is null || k < label.Step)) writer.WriteNumberValue(k);
            writer.WriteEndArray();
            writer.WriteNumber("active_ms", judgement.Said.ActiveMilliseconds);
            writer.WriteString("guideline_version", judgement.GuidelineVersion);
            WriteSuggestion(writer, judgement.Suggestion);
            writer.WriteEndObject();
        }
    }

    /// <summary>The rows of a list of judgements.</summary>
    public static IReadOnlyList<FileJudgement> ReadJudgements(IEnumerable<FileRow> rows, int steps) => [.. rows.Select(row =>
    {
        var said = Said(row, steps) ?? throw row.Wanted("outcome", "one");
        var before = (said.Step ?? steps + 1) - 1;
        return new FileJudgement(said, row.OptionalText("annotator"), row.OptionalText("guideline_version"))
        {
            NeutralSteps = [.. row.Numbers("neutral_steps").Select(k => FileRow.Step("neutral_steps", k, 1, before)).Distinct().Order()],
            Suggestion = Suggestion(row, steps),
        };
    })];

    /// <summary>Outcome, step, grade, reason and note of a row; null where it has no outcome.</summary>
    public static FirstErrorJudgement? Said(FileRow row, int steps) => row.OptionalName<FirstErrorOutcome>("outcome") is not { } outcome ? null : new FirstErrorJudgement(
        outcome,
        row.OptionalNumber("step") is { } step ? FileRow.Step("step", step, 1, steps) : null,
        row.OptionalName<StepGrade>("grade") ?? (outcome == FirstErrorOutcome.FirstError ? StepGrade.Incorrect : null),
        row.OptionalName<FirstErrorReason>("reason"), row.OptionalText("note") ?? "", row.OptionalNumber("active_ms") ?? 0);

    /// <summary>What a row says beside its judgements.</summary>
    public static JudgedSolution Solution(FileRow row, IReadOnlyList<string> steps)
    {
        var reference = row.OptionalText("answer") ?? "";
        var said = Said(row, steps.Count);
        return new JudgedSolution
        {
            Problem = row.Text("problem"),
            ReferenceAnswer = reference,
            WorkedSolution = row.OptionalText("worked_solution"),
            SourceId = row.OptionalText("source_id"),
            Model = row.OptionalText("model"),
            Steps = steps,
            FinalAnswer = row.OptionalText("final_answer"),
            AnswerCheck = row.OptionalName<AnswerCheck>("answer_check") ?? AnswerGrading.Grade(string.Join('\n', steps), reference).Check,
            FinishReason = row.OptionalName<FinishReason>("finish_reason") ?? FinishReason.Stop,
            Verdict = said is null ? null : new(said, row.OptionalName<VerdictProvenance>("provenance") ?? VerdictProvenance.Imported, row.OptionalText("adjudicator"), row.OptionalText("guideline_version")),
        };
    }

    /// <inheritdoc/>
    protected override bool Fits(FileRow row) => base.Fits(row) && row.Fields["steps"].ValueKind == JsonValueKind.Array;

    /// <inheritdoc/>
    protected override JudgedSolution ReadFields(FileRow row)
    {
        var steps = row.Steps("steps");
        return Solution(row, steps) with { Judgements = ReadJudgements(row.Rows("judgements"), steps.Count) };
    }

    private static void Write(Utf8JsonWriter writer, JudgedSolution solution, FirstErrorJudgement label)
    {
        writer.WriteString("problem", solution.Problem);
        writer.WriteString("answer", solution.ReferenceAnswer);
        writer.WriteString("worked_solution", solution.WorkedSolution);
        writer.WriteString("source_id", solution.SourceId);
        writer.WriteString("model", solution.Model);
        WriteTexts(writer, "steps", solution.Steps);
        writer.WriteString("final_answer", solution.FinalAnswer);
        writer.WriteString("answer_check", $"{solution.AnswerCheck}");
        writer.WriteString("finish_reason", $"{solution.FinishReason}");
        WriteSaid(writer, label);
        writer.WriteString("provenance", $"{solution.Verdict!.Provenance}");
        writer.WriteString("adjudicator", solution.Verdict.Adjudicator);
        writer.WriteNumber("agreeing", solution.Agreeing);
        writer.WriteNumber("judged_by", solution.Judgements.Count);
        writer.WriteString("guideline_version", solution.Verdict.GuidelineVersion);
        writer.WriteStartArray("judgements");
        WriteJudgements(writer, solution, label);
        writer.WriteEndArray();
    }

    // Flat for who only filters: "after_suggestion" is said of each judgement.
    private static void WriteSuggestion(Utf8JsonWriter writer, FileSuggestion? shown)
    {
        writer.WriteBoolean("after_suggestion", shown?.Blind is not null);
        WriteObject(writer, "suggestion", shown, suggestion =>
        {
            writer.WriteString("source", suggestion.Source);
            WriteWord(writer, suggestion.Step is null ? FirstErrorOutcome.NoError : FirstErrorOutcome.FirstError, suggestion.Step);
        });
        WriteObject(writer, "blind", shown?.Blind, blind => WriteSaid(writer, blind));
    }

    // Rows from before there were suggestions have none of the three fields.
    private static FileSuggestion? Suggestion(FileRow row, int steps)
    {
        var isAfter = row.OptionalFlag("after_suggestion");
        if (row.OptionalRow("suggestion") is not { } shown) return isAfter ? throw row.Wanted("suggestion", "what was suggested, where after_suggestion is true") : null;
        var suggested = Word("suggestion", shown, steps);
        if (isAfter && row.OptionalRow("blind") is null) throw row.Wanted("blind", "what was said before, where after_suggestion is true");
        return new(shown.Text("source"), suggested.Step, isAfter ? Word("blind", row.Row("blind"), steps) : null);
    }

    // "Cannot judge" is shown no suggestion, and suggests nothing.
    private static FirstErrorJudgement Word(string name, FileRow row, int steps)
    {
        var said = Said(row, steps);
        return said is { Outcome: FirstErrorOutcome.FirstError, Step: not null } or { Outcome: FirstErrorOutcome.NoError, Step: null }
            ? said
            : throw new InvalidDataException($"{name}: found {(said is null ? "no outcome" : $"{said.Outcome} {said.Step}".Trim())}, wanted FirstError with a step or NoError without one");
    }

    private static void WriteObject<T>(Utf8JsonWriter writer, string name, T? value, Action<T> fields) where T : class
    {
        if (value is null)
        {
            writer.WriteNull(name);
            return;
        }

        writer.WriteStartObject(name);
        fields(value);
        writer.WriteEndObject();
    }

    private static void WriteWord(Utf8JsonWriter writer, FirstErrorOutcome outcome, int? k)
    {
        writer.WriteString("outcome", $"{outcome}");
        if (k is { } step) writer.WriteNumber("step", step);
        else writer.WriteNull("step");
    }

    private static void WriteSaid(Utf8JsonWriter writer, FirstErrorJudgement said)
    {
        WriteWord(writer, said.Outcome, said.Step);
        writer.WriteString("grade", said.Grade is { } grade ? $"{grade}" : null);
        writer.WriteString("reason", said.Reason is { } reason ? $"{reason}" : null);
        writer.WriteString("note", said.Note);
    }
}
