using StepDpo.Core.Annotations;
using StepDpo.Core.Grading;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>
/// ProcessBench (Zheng et al. 2024; fields as the README of QwenLM/ProcessBench shows them, published as a JSON list): <c>id, generator,
/// problem, steps, final_answer_correct, label</c>. <c>label</c> counts from 0; -1 is no error. There is no reference answer in it.
/// </summary>
internal sealed class ProcessBenchLayout() : JudgedLayout(AnnotationFormat.ProcessBench, "problem", "steps", "final_answer_correct", "label")
{
    /// <inheritdoc/>
    public override string? Write(JudgedSolution solution, FirstErrorJudgement label)
    {
        // People may hold the answer for right in spite of the grader; "no error" of a text without an answer cannot be said.
        var isRight = solution.AnswerCheck == AnswerCheck.Right || (IsUnexplained(solution, label) && label.Reason is not null);
        if (label.Outcome == FirstErrorOutcome.CannotJudge || (label.Outcome == FirstErrorOutcome.NoError && !isRight)) return null;
        return Json(writer =>
        {
            writer.WriteString("id", solution.SourceId);
            writer.WriteString("generator", solution.Model);
            writer.WriteString("problem", solution.Problem);
            WriteTexts(writer, "steps", solution.Steps);
            writer.WriteBoolean("final_answer_correct", isRight);
            writer.WriteNumber("label", (label.Step ?? 0) - 1);
        }) + "\n";
    }

    /// <inheritdoc/>
    protected override JudgedSolution ReadFields(FileRow row)
    {
        var steps = row.Steps("steps");
        var label = row.OptionalNumber("label") ?? throw row.Wanted("label", "a whole number");
        var solution = new JudgedSolution
        {
            Problem = row.Text("problem"),
            SourceId = row.OptionalText("id"),
            Model = row.OptionalText("generator"),
            Steps = steps,
            FinalAnswer = AnswerExtraction.FinalAnswer(string.Join('\n', steps)),
            AnswerCheck = row.Flag("final_answer_correct") ? AnswerCheck.Right : AnswerCheck.Wrong,
        };
        return label == -1 && solution.AnswerCheck == AnswerCheck.Wrong
            ? solution with { Contradiction = "label: found -1 (no error), but final_answer_correct is false" }
            : Judged(solution, ErrorAt(label == -1 ? null : FileRow.Step("label", label, 0, steps.Count)));
    }
}
