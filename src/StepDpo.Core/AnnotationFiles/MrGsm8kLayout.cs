using StepDpo.Core.Annotations;
using StepDpo.Core.Grading;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>
/// MR-GSM8K (Zeng et al. 2023; fields of the README of dvlab-research/MR-GSM8K) and MR-MATH (Xia et al. 2024; README of
/// GAIR-NLP/ReasonEval): <c>question, ground_truth_answer, model_output_steps</c> or <c>model_output_step_format</c>,
/// <c>model_output_answer_correctness, model_output_solution_correctness, model_output_solution_first_error_step</c>. Steps count from 1.
/// </summary>
internal sealed class MrGsm8kLayout() : JudgedLayout(AnnotationFormat.MrGsm8k, "question", "model_output_solution_correctness", "model_output_solution_first_error_step")
{
    /// <inheritdoc/>
    public override bool IsWritten => false;

    /// <inheritdoc/>
    public override string? Write(JudgedSolution solution, FirstErrorJudgement label) => null;

    /// <inheritdoc/>
    protected override JudgedSolution ReadFields(FileRow row)
    {
        var steps = row.Steps(row.Fields.ContainsKey("model_output_step_format") ? "model_output_step_format" : "model_output_steps");
        var solution = new JudgedSolution
        {
            Problem = row.Text("question"),
            ReferenceAnswer = row.OptionalText("ground_truth_answer") ?? "",
            WorkedSolution = row.OptionalText("ground_truth_solution"),
            SourceId = row.OptionalText("uuid") ?? row.OptionalText("id"),
            Model = row.OptionalText("generator"),
            Steps = steps,
            FinalAnswer = AnswerExtraction.FinalAnswer(string.Join('\n', steps)),
            AnswerCheck = IsCorrect(row, "model_output_answer_correctness") ? AnswerCheck.Right : AnswerCheck.Wrong,
        };
        const string field = "model_output_solution_first_error_step";
        int? step = NotApplicable.Is(row.OptionalText(field)) ? null : FileRow.Step(field, row.OptionalNumber(field)!.Value, 1, steps.Count);
        if (IsCorrect(row, "model_output_solution_correctness") != step is null)
            return solution with { Contradiction = $"{field}: found {row.OptionalText(field)}, but model_output_solution_correctness says {row.OptionalText("model_output_solution_correctness")}" };
        return Judged(solution, ErrorAt(step, NotApplicable.OrNull(row.OptionalText("model_output_solution_first_error_reason")) ?? ""));
    }

    private static bool IsCorrect(FileRow row, string field) => row.Text(field).ToLowerInvariant() switch
    {
        "correct" => true,
        "wrong" or "incorrect" => false,
        var other => throw new InvalidDataException($"{field}: found {other}, wanted correct or wrong"),
    };
}

/// <summary>N/A, which Mr-Ben and MR-GSM8K write where there is no error.</summary>
internal static class NotApplicable
{
    /// <summary>Whether a text says so.</summary>
    public static bool Is(string? text) => text is null or "N/A";

    /// <summary>The text, or null where it says so.</summary>
    public static string? OrNull(string? text) => Is(text) ? null : text;
}
