using StepDpo.Core.AnnotationFiles;
using StepDpo.Core.Annotations;
using StepDpo.Core.Grading;
using StepDpo.Core.Projects;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.AnnotationFiles;

/// <summary>
/// Rows as the formats' own sources publish them (each layout's comment names the source), written out here by hand; the rows of MR-GSM8K,
/// MR-MATH, StepVerify and PRM800K are those that the READMEs or the data sets begin with, shortened.
/// </summary>
public sealed class AnnotationFormatTests(Database database) : IClassFixture<Database>, IDisposable
{
    private readonly FileWorld _files = new(database);

    [Fact]
    public async Task ProcessBench_counts_from_0_and_says_minus_1_for_no_error()
    {
        var rows = await _files.ReadAsync(
            """
            [{"id": "gsm8k-0", "generator": "Qwen2-7B-Instruct", "problem": "Sue lives in a fun neighborhood.", "steps": ["Count.", "18 - 6 = 10.", "So 10."], "final_answer_correct": false, "label": 1},
             {"id": "gsm8k-1", "generator": "Qwen2-7B-Instruct", "problem": "Another.", "steps": ["2", "So 2."], "final_answer_correct": true, "label": -1},
             {"id": "gsm8k-2", "generator": "x", "problem": "A third.", "steps": ["2", "So 2."], "final_answer_correct": true, "label": 0},
             {"id": "gsm8k-3", "generator": "x", "problem": "A fourth.", "steps": ["2", "So 2."], "final_answer_correct": false, "label": -1}]
            """);
        Assert.Equal([(FirstErrorOutcome.FirstError, 2), (FirstErrorOutcome.NoError, null), (FirstErrorOutcome.FirstError, 1), (null, (int?)null)], rows.Select(Label));
        Assert.Equal([AnswerCheck.Wrong, AnswerCheck.Right, AnswerCheck.Right, AnswerCheck.Wrong], rows.Select(row => row.AnswerCheck));
        Assert.Equal(("gsm8k-0", "Qwen2-7B-Instruct", ""), (rows[0].SourceId, rows[0].Model, rows[0].ReferenceAnswer));
        Assert.Equal("label: found -1 (no error), but final_answer_correct is false", rows[3].Contradiction);
    }

    [Fact]
    public async Task StepVerify_counts_from_0_and_its_last_lines_are_the_answers()
    {
        var rows = await _files.ReadAsync(
            """
            [{"problem": "Carl sells watermelons.", "topic": "Math Word Problem", "reference_solution": "105 / 3 = 35.\n18 + 35 = 53.\n 53",
              "student_incorrect_solution": ["18 x $3 = $54.", "$105 - $54 = $51.", "51 / $3 = 17.", " 17"], "incorrect_index": 0, "incorrect_step": "18 x $3 = $54.",
              "error_category": "Misunderstanding of a question", "error_description": "18 are left unsold.", "dialog_history": []},
             {"problem": "Avianna bought candles.", "topic": "Math Word Problem", "reference_solution": "72 - 45 = 27\n 27",
              "student_incorrect_solution": ["5:3.", "45/8 = 5.625.", " 17"], "incorrect_index": 1, "incorrect_step": "45/8 = 5.625.", "error_category": "Calculation", "error_description": "", "dialog_history": []},
             {"problem": "A hill.", "topic": "Math Word Problem", "reference_solution": "900\n 900",
              "student_incorrect_solution": ["a", "b", " 1200"], "incorrect_index": 1, "incorrect_step": "a", "error_category": "x", "error_description": "y", "dialog_history": []}]
            """);
        Assert.Equal([(FirstErrorOutcome.FirstError, 1), (FirstErrorOutcome.FirstError, 2), (null, (int?)null)], rows.Select(Label));
        Assert.Equal(("53", "17", AnswerCheck.Wrong, "Misunderstanding of a question: 18 are left unsold."), (rows[0].ReferenceAnswer, rows[0].FinalAnswer, rows[0].AnswerCheck, rows[0].Judgements[0].Said.Note));
        Assert.Equal("incorrect_step: found other words than those of step 2, which incorrect_index names", rows[2].Contradiction);
    }

    [Fact]
    public async Task Mr_gsm8k_counts_from_1_and_takes_labels_off()
    {
        var rows = await _files.ReadAsync(
            """
            [{"uuid": "bd29bebd", "question": "Bob is 75 miles ahead of Tom.", "ground_truth_solution": "75 / 15 = 5\n#### 5", "ground_truth_answer": 5,
              "model_output_steps": ["Step 1:  We know 75 / 55 = 1.4.", "Step 2: 1.4 + 1.4 = 2.8.", "Step 3: #### 2.8"], "model_output_answer_correctness": "wrong", "model_output_solution_correctness": "wrong",
              "model_output_solution_first_error_step": 1, "model_output_solution_first_error_reason": "Bob moves.", "question_type": "original"},
             {"uuid": "x", "question": "Else.", "ground_truth_solution": "", "ground_truth_answer": 4, "model_output_steps": ["Step 1: 4", "Step 2: #### 4"], "model_output_answer_correctness": "correct",
              "model_output_solution_correctness": "correct", "model_output_solution_first_error_step": "N/A", "model_output_solution_first_error_reason": "N/A", "question_type": "POT"},
             {"uuid": "y", "question": "Third.", "ground_truth_solution": "", "ground_truth_answer": 4, "model_output_steps": ["Step 1: 4", "Step 2: #### 4"], "model_output_answer_correctness": "correct",
              "model_output_solution_correctness": "correct", "model_output_solution_first_error_step": 2, "model_output_solution_first_error_reason": "N/A", "question_type": "POT"}]
            """);
        Assert.Equal([(FirstErrorOutcome.FirstError, 1), (FirstErrorOutcome.NoError, null), (null, (int?)null)], rows.Select(Label));
        Assert.Equal([" We know 75 / 55 = 1.4.", "1.4 + 1.4 = 2.8.", "#### 2.8"], rows[0].Steps);
        Assert.Equal(("5", "Bob moves."), (rows[0].ReferenceAnswer, rows[0].Judgements[0].Said.Note));
        Assert.Equal("model_output_solution_first_error_step: found 2, but model_output_solution_correctness says correct", rows[2].Contradiction);
    }

    [Fact]
    public async Task Mr_math_joins_the_lines_of_a_step()
    {
        var row = Assert.Single(await _files.ReadAsync(
            """
            {"id": 3, "question": "Find $6_8 \\cdot 7_8.$", "ground_truth_answer": "52_8", "generator": "Abel13B-001", "model_output": "", "model_output_step_format": [["1. Find."], ["2. 42 = 50_8."], ["3. We have:", "$$x$$"]], "model_output_answer_correctness": "correct", "model_output_solution_correctness": "wrong", "model_output_solution_first_error_step": 2}
            """));
        Assert.Equal((FirstErrorOutcome.FirstError, 2), Label(row));
        Assert.Equal(["1. Find.", "2. 42 = 50_8.", "3. We have:\n$$x$$"], row.Steps);
        Assert.Equal((AnswerCheck.Right, "Abel13B-001", "3"), (row.AnswerCheck, row.Model, row.SourceId));
    }

    [Fact]
    public async Task Prm800k_takes_the_first_minus_1_of_the_pre_generated_steps_and_no_alternative()
    {
        var rows = await _files.ReadAsync(
            Prm("""["I want the gcd.", "Factor both.", "200,000 = 2^9.", "So 320,000."]""", "320,000", "40,000", "found_error",
                """
                {"completions": [{"text": "I want the gcd.", "rating": 0, "flagged": null}], "human_completion": null, "chosen_completion": 0},
                {"completions": [{"text": "Factor both.", "rating": 1, "flagged": null}], "human_completion": null, "chosen_completion": 0},
                {"completions": [{"text": "An alternative.", "rating": 0, "flagged": false}, {"text": "200,000 = 2^9.", "rating": -1, "flagged": null}], "human_completion": null, "chosen_completion": null}
                """)
            + Prm("null", "null", "4", "solution",
                """
                {"completions": [{"text": "Bad.", "rating": -1}, {"text": "Good.", "rating": 1}], "human_completion": null, "chosen_completion": 1},
                {"completions": [{"text": "Bad too.", "rating": -1}], "human_completion": {"text": "So # Answer\n\n4", "rating": null}, "chosen_completion": null}
                """)
            + Prm("""["a", "So 4."]""", "4", "5", "solution", """{"completions": [{"text": "a", "rating": 1}], "chosen_completion": 0}, {"completions": [{"text": "So 4.", "rating": 1}], "chosen_completion": 0}""")
            + Prm("""["b", "So 4."]""", "4", "5", "bad_problem", "")
            + Prm("""["c", "So 4."]""", "4", "5", "found_error", """{"completions": [{"text": "c", "rating": 1}], "chosen_completion": 0}"""));
        Assert.Equal([(FirstErrorOutcome.FirstError, 3), (FirstErrorOutcome.NoError, null), (null, null), (FirstErrorOutcome.CannotJudge, null), (null, (int?)null)], rows.Select(Label));
        Assert.Equal([1], rows[0].Judgements[0].NeutralSteps);
        Assert.Equal(("340d89bc", 278270), (rows[0].Judgements[0].Annotator, rows[0].Judgements[0].Said.ActiveMilliseconds));
        Assert.Equal(["Good.", "So # Answer\n\n4"], rows[1].Steps);
        Assert.Equal("finish_reason: found solution, but the answer 4 is not 5", rows[2].Contradiction);
        Assert.Equal("finish_reason: found found_error, but no step is rated -1", rows[4].Contradiction);
        // By the reference code's rule the neutral step in front is where the solution is cut.
        Assert.Equal((1, StepGrade.Neutral), (rows[0].Label(CutRule.FirstNeutralOrIncorrect)!.Step, rows[0].Label(CutRule.FirstNeutralOrIncorrect)!.Grade));
    }

    [Fact]
    public async Task Csv_needs_four_columns_and_takes_the_apostrophe_off()
    {
        var row = Assert.Single(await _files.ReadAsync("problem,steps,outcome,step,answer\r\n'=1+1?,\"[\"\"Two.\"\",\"\"So 3.\"\"]\",FirstError,2,'-2\r\n"));
        Assert.Equal(("=1+1?", "-2", AnswerCheck.Wrong), (row.Problem, row.ReferenceAnswer, row.AnswerCheck));
        Assert.Equal((FirstErrorOutcome.FirstError, 2), Label(row));
    }

    public void Dispose() => _files.Dispose();

    private static (FirstErrorOutcome?, int?) Label(JudgedSolution row) => row.Contradiction is null ? (row.Verdict!.Said.Outcome, row.Verdict.Said.Step) : (null, null);

    private static string Prm(string steps, string answer, string truth, string finish, string ratings) => (
        $$$"""
        {"labeler": "340d89bc", "timestamp": "2023-01-22T04:34:27.052924", "generation": 9, "is_quality_control_question": false, "is_initial_screening_question": false, "question": {"problem": "What is the gcd? {{{truth}}} {{{answer}}} {{{finish}}}",
        "ground_truth_solution": "x", "ground_truth_answer": "{{{truth}}}", "pre_generated_steps": {{{steps}}}, "pre_generated_answer": {{{(answer == "null" ? "null" : $"\"{answer}\"")}}}, "pre_generated_verifier_score": 0.01},
        "label": {"steps": [{{{ratings}}}], "total_time": 278270, "finish_reason": "{{{finish}}}"}}
        """).ReplaceLineEndings(" ") + "\n";
}
