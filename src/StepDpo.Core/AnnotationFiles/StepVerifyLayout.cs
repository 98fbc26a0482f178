using StepDpo.Core.Annotations;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>
/// StepVerify (Daheim et al. 2024; fields of <c>dataset/dataset.json</c> in eth-lre/verify-then-generate): <c>problem,
/// reference_solution, student_incorrect_solution, incorrect_index, incorrect_step, error_category, error_description</c>. The index
/// counts from 0; the last step and the last line of the reference are the bare answers.
/// </summary>
internal sealed class StepVerifyLayout() : JudgedLayout(AnnotationFormat.StepVerify, "problem", "reference_solution", "student_incorrect_solution", "incorrect_index")
{
    /// <inheritdoc/>
    public override bool IsWritten => false;

    /// <inheritdoc/>
    public override string? Write(JudgedSolution solution, FirstErrorJudgement label) => null;

    /// <inheritdoc/>
    protected override JudgedSolution ReadFields(FileRow row)
    {
        var (texts, steps, reference) = (row.Texts("student_incorrect_solution"), row.Steps("student_incorrect_solution"), row.Text("reference_solution"));
        var k = FileRow.Step("incorrect_index", row.OptionalNumber("incorrect_index") ?? throw row.Wanted("incorrect_index", "a whole number"), 0, steps.Count);
        var answer = reference[(reference.LastIndexOf('\n') + 1)..].Trim();
        var solution = new JudgedSolution
        {
            Problem = row.Text("problem"),
            ReferenceAnswer = answer,
            WorkedSolution = reference,
            Steps = steps,
            FinalAnswer = steps[^1].Trim(),
            AnswerCheck = Check(answer, steps[^1].Trim()),
        };
        if (row.OptionalText("incorrect_step") is { } words && words != texts[k - 1])
            return solution with { Contradiction = $"incorrect_step: found other words than those of step {k}, which incorrect_index names" };
        var note = string.Join(": ", new[] { row.OptionalText("error_category"), row.OptionalText("error_description") }.OfType<string>());
        return Judged(solution, ErrorAt(k, note));
    }
}
