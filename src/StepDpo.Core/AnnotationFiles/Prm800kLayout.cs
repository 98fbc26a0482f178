using System.Text.Json;
using StepDpo.Core.Annotations;
using StepDpo.Core.Grading;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>
/// PRM800K (Lightman et al. 2023; README of openai/prm800k): <c>question</c> with problem, ground truth and, in phase 2, the
/// <c>pre_generated_steps</c>; <c>label.steps</c> with a rating of each step's completions up to the first error. The solution is the
/// pre-generated one; without it (phase 1) the chosen completions. The first -1 is the first error; 0 is a neutral step.
/// </summary>
internal sealed class Prm800kLayout() : JudgedLayout(AnnotationFormat.Prm800k, "question", "label")
{
    /// <inheritdoc/>
    public override string? Write(JudgedSolution solution, FirstErrorJudgement label)
    {
        if (IsUnexplained(solution, label)) return null;
        var labeler = solution.Judgements is [var only] ? only.Annotator : null;
        return Json(writer =>
        {
            writer.WriteString("labeler", labeler);
            writer.WriteNull("timestamp");
            writer.WriteNull("generation");
            writer.WriteBoolean("is_quality_control_question", false);
            writer.WriteBoolean("is_initial_screening_question", false);
            writer.WriteStartObject("question");
            writer.WriteString("problem", solution.Problem);
            writer.WriteString("ground_truth_solution", solution.WorkedSolution);
            writer.WriteString("ground_truth_answer", solution.ReferenceAnswer);
            WriteTexts(writer, "pre_generated_steps", solution.Steps);
            writer.WriteString("pre_generated_answer", solution.FinalAnswer);
            writer.WriteNull("pre_generated_verifier_score");
            writer.WriteEndObject();
            writer.WriteStartObject("label");
            WriteRatings(writer, solution, label);
            writer.WriteNumber("total_time", solution.Judgements.Sum(judgement => (long)judgement.Said.ActiveMilliseconds));
            writer.WriteString("finish_reason", label.Outcome switch
            {
                FirstErrorOutcome.FirstError => "found_error",
                FirstErrorOutcome.NoError => "solution",
                FirstErrorOutcome.CannotJudge => label.Reason == FirstErrorReason.BadProblem ? "bad_problem" : "give_up",
                FirstErrorOutcome.Undone => throw new InvalidOperationException("a verdict that is taken back is none"),
                _ => throw new InvalidOperationException($"found no outcome {label.Outcome}"),
            });
            writer.WriteEndObject();
        }) + "\n";
    }

    /// <inheritdoc/>
    protected override JudgedSolution ReadFields(FileRow row)
    {
        var (question, label) = (row.Row("question"), row.Row("label"));
        var rated = label.Rows("steps").ToArray();
        var steps = question.Fields.GetValueOrDefault("pre_generated_steps").ValueKind == JsonValueKind.Array ? question.Steps("pre_generated_steps") : Chosen(rated);
        var reference = question.OptionalText("ground_truth_answer") ?? "";
        var answer = question.OptionalText("pre_generated_answer");
        var graded = answer is null ? AnswerGrading.Grade(string.Join('\n', steps), reference) : new(answer, Check(reference, answer));
        var solution = new JudgedSolution
        {
            Problem = question.Text("problem"),
            ReferenceAnswer = reference,
            WorkedSolution = question.OptionalText("ground_truth_solution"),
            Steps = steps,
            FinalAnswer = graded.Answer,
            AnswerCheck = graded.Check,
        };
        return Judge(solution, label, rated, row.OptionalText("labeler"));
    }

    private static JudgedSolution Judge(JudgedSolution solution, FileRow label, FileRow[] rated, string? labeler)
    {
        var (reason, time) = (label.OptionalText("finish_reason"), Math.Max(0, label.OptionalNumber("total_time") ?? 0));
        if (reason is "bad_problem" or "give_up")
        {
            var why = reason == "bad_problem" ? FirstErrorReason.BadProblem : FirstErrorReason.Unsure;
            return Judged(solution, new(FirstErrorOutcome.CannotJudge, Reason: why, ActiveMilliseconds: time), labeler);
        }

        if (rated.Length > solution.Steps.Count) throw new InvalidDataException($"label.steps: found {rated.Length} rated steps, wanted at most the {solution.Steps.Count} of the solution");
        var ratings = rated.Select((step, i) => Rating(step, solution.Steps[i], i)).ToArray();
        var wrong = Array.IndexOf(ratings, -1);
        var judged = wrong < 0 ? ratings : ratings[..wrong];
        if (Array.IndexOf(judged, null) is >= 0 and var missing) return solution with { Contradiction = $"label.steps[{missing}]: found no rating, wanted one of every step up to the first error" };
        int[] neutral = [.. judged.Select((rating, i) => (rating, k: i + 1)).Where(step => step.rating == 0).Select(step => step.k)];
        if (wrong >= 0) return Judged(solution, ErrorAt(wrong + 1) with { ActiveMilliseconds = time }, labeler, neutral);
        return reason switch
        {
            // Ours, by the reference code's cut rule: the first neutral step ends it.
            "found_error" when neutral.LastOrDefault() == ratings.Length && neutral.Length > 0 =>
                Judged(solution, new(FirstErrorOutcome.FirstError, ratings.Length, StepGrade.Neutral, ActiveMilliseconds: time), labeler, neutral[..^1]),
            "found_error" => solution with { Contradiction = "finish_reason: found found_error, but no step is rated -1" },
            "solution" when solution.AnswerCheck == AnswerCheck.Wrong =>
                solution with { Contradiction = $"finish_reason: found solution, but the answer {solution.FinalAnswer} is not {solution.ReferenceAnswer}" },
            "solution" when ratings.Length < solution.Steps.Count =>
                solution with { Contradiction = $"finish_reason: found solution, but only {ratings.Length} of {solution.Steps.Count} steps are rated" },
            "solution" => Judged(solution, ErrorAt(null) with { ActiveMilliseconds = time }, labeler, neutral),
            _ => throw new InvalidDataException($"label.finish_reason: found {reason ?? "nothing"}, wanted found_error, solution, bad_problem or give_up"),
        };
    }

    // What the labelers saw at that place; alternatives that they rated after the first error are no steps of this solution.
    private static int? Rating(FileRow step, string words, int index)
    {
        if (step.OptionalNumber("chosen_completion") is null && Human(step) is not null) return 1;
        var completions = step.Rows("completions").ToArray();
        if (completions.Length == 0) throw new InvalidDataException($"label.steps[{index}].completions: found none, wanted at least one");
        var seen = Array.Find(completions, completion => Words(completion, index) == words)
            ?? completions[step.OptionalNumber("chosen_completion") is { } chosen && chosen >= 0 && chosen < completions.Length ? chosen : 0];
        return seen.OptionalNumber("rating") is not { } rating ? null
            : rating is >= -1 and <= 1 ? rating
            : throw new InvalidDataException($"label.steps[{index}].rating: found {rating}, wanted -1, 0 or 1");
    }

    private static string[] Chosen(FileRow[] rated)
    {
        var list = JsonSerializer.SerializeToElement(rated.Select((step, i) =>
        {
            if (step.OptionalNumber("chosen_completion") is not { } chosen) return Human(step) ?? step.Rows("completions").Select(c => c.Text("text")).FirstOrDefault() ?? "";
            var completions = step.Rows("completions").ToArray();
            return chosen >= 0 && chosen < completions.Length
                ? completions[chosen].Text("text")
                : throw new InvalidDataException($"label.steps[{i}].chosen_completion: found {chosen}, wanted 0 to {completions.Length - 1}");
        }));
        return [.. new FileRow(0, new Dictionary<string, JsonElement> { ["label.steps"] = list }).Steps("label.steps")];
    }

    private static string? Human(FileRow step) => step.Fields.GetValueOrDefault("human_completion").ValueKind == JsonValueKind.Object
        ? step.Row("human_completion").OptionalText("text")
        : step.OptionalText("human_completion");

    private static string Words(FileRow completion, int index)
    {
        var label = $"Step {index + 1}: ";
        var text = completion.OptionalText("text") ?? "";
        return text.StartsWith(label, StringComparison.Ordinal) ? text[label.Length..] : text;
    }

    private static void WriteRatings(Utf8JsonWriter writer, JudgedSolution solution, FirstErrorJudgement label)
    {
        var last = label.Outcome == FirstErrorOutcome.CannotJudge ? 0 : label.Step ?? solution.Steps.Count;
        writer.WriteStartArray("steps");
        for (var k = 1; k <= last; k++)
        {
            var isError = k == label.Step;
            writer.WriteStartObject();
            writer.WriteStartArray("completions");
            writer.WriteStartObject();
            writer.WriteString("text", solution.Steps[k - 1]);
            writer.WriteNumber("rating", isError ? (label.Grade == StepGrade.Neutral ? 0 : -1) : solution.NeutralSteps.Contains(k) ? 0 : 1);
            writer.WriteNull("flagged");
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteNull("human_completion");
            if (isError) writer.WriteNull("chosen_completion");
            else writer.WriteNumber("chosen_completion", 0);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
