using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using StepDpo.Core.Annotations;
using StepDpo.Core.Grading;
using StepDpo.Core.Problems;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>
/// Mr-Ben (Zeng et al. 2024; dvlab-research/Mr-Ben, <c>data/math.json</c>): an object from a question's uuid to a list of solutions.
/// <c>Model_Solution_First_Error_Step</c> counts from 1 and is text, <c>N/A</c> where there is no error. The steps that people rewrote
/// are left out: they are nobody's sample.
/// </summary>
internal sealed partial class MrBenLayout() : JudgedLayout(
    AnnotationFormat.MrBen, "Question", "Ground_Truth_Answer", "Model_Solution_Steps", "Model_Solution_Correctness", "Model_Solution_First_Error_Step")
{
    private const string FirstError = "Model_Solution_First_Error_Step";
    private const string None = "N/A";

    /// <inheritdoc/>
    public override string Extension => "json";

    /// <inheritdoc/>
    public override string Opening => "{";

    /// <inheritdoc/>
    public override string Ending(bool isEmpty) => isEmpty ? "}\n" : "\n]\n}\n";

    /// <inheritdoc/>
    public override string Between(JudgedSolution? before, JudgedSolution now) =>
        before?.Problem == now.Problem ? ",\n" : $"{(before is null ? "" : "\n],")}\n{JsonSerializer.Serialize(Uuid(now))}: [\n";

    /// <inheritdoc/>
    public override string? Write(JudgedSolution solution, FirstErrorJudgement label)
    {
        if (label.Outcome == FirstErrorOutcome.CannotJudge || IsUnexplained(solution, label)) return null;
        return Json(writer =>
        {
            writer.WriteString("Question_UUID", Uuid(solution));
            writer.WriteString("Subject", "math");
            writer.WriteString("Question", solution.Problem);
            writer.WriteString("Options", "");
            writer.WriteString("Ground_Truth_Analysis", solution.WorkedSolution ?? "");
            writer.WriteString("Ground_Truth_Answer", solution.ReferenceAnswer);
            writer.WriteString("Ground_Truth_Answer_Modified", solution.ReferenceAnswer);
            writer.WriteString("Sampled_Model", solution.Model ?? "");
            WriteTexts(writer, "Model_Solution_Steps", solution.Steps.Select((words, i) => $"Step {i + 1}: {words}"));
            writer.WriteString("Model_Solution_Correctness", label.Step is null ? "correct" : "incorrect");
            writer.WriteString(FirstError, label.Step?.ToString(CultureInfo.InvariantCulture) ?? None);
            if (label.Step is null) writer.WriteString("Model_Solution_Error_Reason", None);
            else WriteTexts(writer, "Model_Solution_Error_Reason", solution.Judgements.Where(j => j.Said.Step == label.Step && j.Said.Note.Length > 0).Select(j => j.Said.Note));
            writer.WriteString("Model_Solution_Rectified_First_Error_Step", None);
        });
    }

    /// <inheritdoc/>
    protected override JudgedSolution ReadFields(FileRow row)
    {
        var steps = row.Steps("Model_Solution_Steps");
        var (options, reference) = (row.OptionalText("Options"), row.Text("Ground_Truth_Answer").Trim());
        var (answer, check) = Answer(steps, reference);
        var solution = new JudgedSolution
        {
            Problem = options is null ? row.Text("Question") : $"{row.Text("Question")}\n{options}",
            ReferenceAnswer = reference,
            WorkedSolution = row.OptionalText("Ground_Truth_Analysis"),
            SourceId = row.OptionalText("Question_UUID"),
            Model = row.OptionalText("Sampled_Model"),
            Steps = steps,
            FinalAnswer = answer,
            AnswerCheck = check,
        };
        int? step = NotApplicable.Is(row.OptionalText(FirstError)) ? null : FileRow.Step(FirstError, row.OptionalNumber(FirstError)!.Value, 1, steps.Count);
        var correctness = row.Text("Model_Solution_Correctness");
        if (correctness is not ("correct" or "incorrect")) throw new InvalidDataException($"Model_Solution_Correctness: found {correctness}, wanted correct or incorrect");
        if (correctness == "correct" != step is null)
            return solution with { Contradiction = $"{FirstError}: found {row.OptionalText(FirstError) ?? None}, but Model_Solution_Correctness says {correctness}" };
        if (step is null && check == AnswerCheck.Wrong)
            return solution with { Contradiction = $"Model_Solution_Correctness: found correct, but the answer {answer} is not {reference}" };
        return Judged(solution, ErrorAt(step, Reasons(row)));
    }

    // Two people gave a reason each for one label: it is one judgement, with both.
    private static string Reasons(FileRow row) => row.Fields.GetValueOrDefault("Model_Solution_Error_Reason").ValueKind == JsonValueKind.Array
        ? string.Join('\n', row.Texts("Model_Solution_Error_Reason").Select(reason => reason.Trim()).Where(reason => reason.Length > 0))
        : NotApplicable.OrNull(row.OptionalText("Model_Solution_Error_Reason")) ?? "";

    // Where the reference is a letter, only a choice named in the last step is an answer.
    private static (string? Answer, AnswerCheck Check) Answer(IReadOnlyList<string> steps, string reference)
    {
        if (reference is not { Length: 1 } || !char.IsAsciiLetterUpper(reference[0]))
        {
            var graded = AnswerGrading.Grade(string.Join('\n', steps), reference);
            return (graded.Answer, graded.Check);
        }

        var choice = Choice().Matches(steps[^1]).LastOrDefault()?.Groups[1].Value;
        return (choice, choice is null ? AnswerCheck.NoAnswer : choice == reference ? AnswerCheck.Right : AnswerCheck.Wrong);
    }

    // A problem without a name gets one that is the same in every export.
    private static string Uuid(JudgedSolution solution) => solution.SourceId ?? new Guid(Convert.FromHexString(StatementHash.Of(solution.Problem)[..32]), bigEndian: true).ToString();

    [GeneratedRegex(@"[Cc]hoice(?:\\?_| )\s*([A-E])\b")]
    private static partial Regex Choice();
}
