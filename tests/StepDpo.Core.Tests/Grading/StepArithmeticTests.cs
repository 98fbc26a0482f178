using System.Globalization;
using System.Text.Json.Nodes;
using StepDpo.Core.Grading;

namespace StepDpo.Core.Tests.Grading;

public sealed class StepArithmeticTests
{
    [Theory]
    [InlineData("So 7 * 8 = 54 eggs.", "7 × 8 = 54", "56")]
    [InlineData("She makes 9 * 2 = $<<9*2=19>>19 a day.", "9×2 = 19", "18")]
    [InlineData("There are $12 \\times 5 = 65$ apples.", "12 × 5 = 65", "60")]
    [InlineData("Total: 1,200 + 300 = 1,600.", "1,200 + 300 = 1,600", "1500")]
    [InlineData("It costs $2.50 * 4 = $11.", "2.50 × 4 = 11", "10")]
    [InlineData("Then 3 + 4 = 7 = 5 + 1.", "7 = 5 + 1", "7")]
    [InlineData("$k = 3 - 5 + 1 = 1$", "3 - 5 + 1 = 1", "-1")]
    [InlineData("We get \\(\\frac{1}{2} \\cdot 8 = 5\\).", "1/2 × 8 = 5", "4")]
    [InlineData("He pays 20% * 50 = 12.", "20% × 50 = 12", "10")]
    [InlineData("3 x 4 = 13", "3×4 = 13", "12")]
    [InlineData("2^3 + 1 = 10", "2^3 + 1 = 10", "9")]
    public void What_does_not_come_out_is_found(string step, string written, string machine) =>
        Assert.Equal([new ArithmeticFinding(written, machine)], StepArithmetic.Findings(step));

    [Theory]
    [InlineData("So 7 * 8 = 56 eggs.")]
    [InlineData("10 / 3 = 3.33 each")]
    [InlineData("10 / 3 = 3 full boxes")]
    [InlineData("20 / 3 = 6 with a remainder of 2")]
    [InlineData("150 / 60 = 2 hours 30 minutes")]
    [InlineData("25 * 4 = $1.00")]
    [InlineData("100% - 20 = 80%")]
    [InlineData("15 / 60 = 25%")]
    [InlineData("Half of 10 + 4 = 9.")]
    [InlineData("20% of 50 + 3 = 13")]
    [InlineData("x + 7 * 8 = 60")]
    [InlineData("2x = 3 + y = 9")]
    [InlineData("f(2) = 3 and 5 + 3² = 14")]
    [InlineData("16 eggs - 3 eggs = 13 eggs")]
    [InlineData("If 3 + 4 = 8, that is false.")]
    [InlineData("7 + 8 = 3 (mod 12)")]
    [InlineData("10:30 + 45 = 11:15")]
    [InlineData("0.33 * 9 = 3")]
    [InlineData("5 * 200 = 1\\,000")]
    [InlineData("sqrt(16) + 3 = 7")]
    [InlineData("a_1 + 2 = 5, 12_3 = 5 + 1x")]
    [InlineData("3 * 2 = 6x")]
    [InlineData("6 / 2(1 + 2) = 1")]
    [InlineData("1 / 0 = 5")]
    [InlineData("2^99999999 = 5")]
    [InlineData("= = = 5 + (3 = 9")]
    public void What_comes_out_or_is_not_understood_is_no_finding(string step) => Assert.Empty(StepArithmetic.Findings(step));

    // Real solutions of ../shared: a finding before the step that a person calls the first error, or in a solution that is right, counts as a false alarm.
    [Fact]
    public void Findings_in_real_solutions_lie_where_people_found_errors()
    {
        int findings = 0, hits = 0, exact = 0, solutions = 0, silent = 0;
        foreach (var row in JsonNode.Parse(File.ReadAllText(Shared.Path("data/mr-ben/math.json")))!.AsObject().SelectMany(problem => problem.Value!.AsArray()))
        {
            var steps = row!["Model_Solution_Steps"]!.AsArray().Select(step => step!.ToString()).ToArray();
            var first = int.TryParse(row["Model_Solution_First_Error_Step"]?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var k) ? k : int.MaxValue;
            solutions++;
            var any = false;
            for (var i = 0; i < steps.Length; i++)
            {
                foreach (var finding in StepArithmetic.Findings(steps[i]))
                {
                    findings++;
                    any = true;
                    if (i + 1 >= first) hits++;
                    if (i + 1 == first) exact++;
                    if (i + 1 < first) TestContext.Current.TestOutputHelper?.WriteLine($"{(first == int.MaxValue ? "right" : $"before {first}")}, step {i + 1}: {finding.Written} (machine: {finding.Machine}) | {steps[i]}");
                }
            }
            if (!any) silent++;
        }

        int wrong = 0, right = 0, rightSolutions = 0, all = 0;
        foreach (var line in File.ReadLines(Shared.Path("data/gsm8k/model_solutions.jsonl")))
        {
            foreach (var sample in JsonNode.Parse(line)!.AsObject().Select(p => p.Value).OfType<JsonObject>())
            {
                all++;
                var isCorrect = sample["is_correct"]!.GetValue<bool>();
                if (isCorrect) rightSolutions++;
                var found = StepArithmetic.Findings(sample["solution"]!.ToString());
                if (isCorrect) right += found.Count;
                else wrong += found.Count;
                foreach (var finding in found.Where(_ => isCorrect)) TestContext.Current.TestOutputHelper?.WriteLine($"gsm8k right: {finding.Written} (machine: {finding.Machine}) | {sample["solution"]!.ToString().Replace('\n', ' ')}");
            }
        }

        int bigBench = 0, atMistake = 0, before = 0, mistakes = 0;
        foreach (var row in Shared.ReadLines(Shared.Path("data/bigbench-mistake/multistep_arithmetic.jsonl")))
        {
            int? mistake = row.GetProperty("mistake_index").ValueKind == System.Text.Json.JsonValueKind.Number ? row.GetProperty("mistake_index").GetInt32() + 1 : null;
            if (mistake is not null) mistakes++;
            var step = 0;
            foreach (var text in row.GetProperty("steps").EnumerateArray())
            {
                step++;
                var found = StepArithmetic.Findings(text.GetString()!);
                bigBench += found.Count;
                if (found.Count > 0 && step == mistake) atMistake++;
                if (mistake is null || step < mistake) before += found.Count;
                foreach (var finding in found.Where(_ => mistake is null || step < mistake)) TestContext.Current.TestOutputHelper?.WriteLine($"BBM before {mistake}, step {step}: {finding.Written} (machine: {finding.Machine}) | {text}");
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"BIG-Bench-Mistake: {bigBench} findings, {before} before the mistake or where people saw none; {atMistake} of {mistakes} first mistakes are found at their step.");
        TestContext.Current.TestOutputHelper?.WriteLine($"Mr-Ben: {findings} findings in {solutions} solutions ({silent} without), {hits} at or after the first error, {exact} at it. GSM8K: {wrong + right} findings in {all} solutions, {right} of them in the {rightSolutions} with a right answer.");
        Assert.True(hits >= 0.9 * findings, $"{hits} of {findings} findings lie at or after the first error");
        Assert.True(findings > 20);
    }
}
