using StepDpo.Core.Annotations;
using StepDpo.Core.Grading;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>
/// BIG-Bench Mistake (Tyen et al. 2023; fields of the README of WHGTyen/BIG-Bench-Mistake): <c>input, steps, target, answer,
/// mistake_index</c>. The index counts from 0; null is no error, also in rows whose answer is not the target: those contradict themselves.
/// </summary>
internal sealed class BigBenchMistakeLayout() : JudgedLayout(AnnotationFormat.BigBenchMistake, "input", "steps", "target", "mistake_index")
{
    /// <inheritdoc/>
    public override string? Write(JudgedSolution solution, FirstErrorJudgement label)
    {
        if (label.Outcome == FirstErrorOutcome.CannotJudge || IsUnexplained(solution, label)) return null;
        return Json(writer =>
        {
            writer.WriteString("input", solution.Problem);
            WriteTexts(writer, "steps", solution.Steps);
            writer.WriteString("target", solution.ReferenceAnswer);
            writer.WriteString("answer", solution.FinalAnswer ?? "");
            if (label.Step is { } step) writer.WriteNumber("mistake_index", step - 1);
            else writer.WriteNull("mistake_index");
        }) + "\n";
    }

    /// <inheritdoc/>
    protected override JudgedSolution ReadFields(FileRow row)
    {
        var (steps, target, answer) = (row.Steps("steps"), row.OptionalText("target") ?? "", row.OptionalText("answer"));
        var mistake = row.OptionalNumber("mistake_index");
        var solution = new JudgedSolution
        {
            Problem = row.Text("input"),
            ReferenceAnswer = target,
            Steps = steps,
            FinalAnswer = answer,
            AnswerCheck = Check(target, answer),
        };
        return mistake is null && solution.AnswerCheck == AnswerCheck.Wrong
            ? solution with { Contradiction = $"mistake_index: found nothing (no error), but the answer {answer} is not the target {target}" }
            : Judged(solution, ErrorAt(mistake is { } index ? FileRow.Step("mistake_index", index, 0, steps.Count) : null));
    }
}
