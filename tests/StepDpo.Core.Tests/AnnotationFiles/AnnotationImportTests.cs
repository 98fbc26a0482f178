using Microsoft.EntityFrameworkCore;
using StepDpo.Core.AnnotationFiles;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Problems;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.AnnotationFiles;

/// <summary>Imports into a real database; Mr-Ben and BIG-Bench Mistake are the real files of <c>../shared</c>.</summary>
public sealed class AnnotationImportTests(Database database) : IClassFixture<Database>, IDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly FileWorld _files = new(database);

    [Fact]
    public async Task Big_bench_mistake_comes_in_and_its_18_contradictory_rows_wait_for_people()
    {
        var (project, lead) = await _files.ProjectAsync();
        var path = Shared.Path("data/bigbench-mistake/multistep_arithmetic.jsonl");
        var report = await _files.ImportAsync(project, lead, path);

        Assert.Equal((AnnotationFormat.BigBenchMistake, 300, 300, 238, 44, 18, 0), (report.Format, report.Added, report.NewProblems, report.FirstErrors, report.NoErrors, report.ContradictionCount, report.FaultCount));
        Assert.Equal([2, 25, 35, 87, 105, 109, 121, 131, 140, 148, 236, 238, 243, 249, 262, 274, 284, 300], report.Contradictions.Select(row => row.Row));
        Assert.Equal("mistake_index: found nothing (no error), but the answer 12 is not the target 88", report.Contradictions[0].Reason);

        await using var context = database.CreateDbContext();
        var solutions = await context.Set<Solution>().Where(s => s.ProjectId == project).OrderBy(s => s.Id).ToListAsync(Token);
        var waiting = solutions.Where(s => s.State == SolutionState.Waiting).ToList();
        Assert.Equal(18, waiting.Count);
        Assert.False(await context.Set<FirstErrorVerdict>().AnyAsync(v => waiting.Select(s => s.Id).Contains(v.SolutionId), Token));
        // 237 of the 238 first errors have a wrong answer: those go on, each with its prefix; index 3 is step 4.
        Assert.Equal(237, solutions.Count(s => s.State == SolutionState.Rectifying));
        var first = await context.Set<Prefix>().SingleAsync(p => p.SolutionId == solutions[0].Id, Token);
        Assert.Equal(4, first.Step);
        Assert.EndsWith("\nStep 4:", first.Text, StringComparison.Ordinal);
        Assert.Equal(RunKind.Import, (await context.Set<Run>().SingleAsync(r => r.Id == solutions[0].RunId, Token)).Kind);
    }

    [Fact]
    public async Task Mr_ben_comes_in_with_step_1_as_1_and_its_lists_of_three()
    {
        var (project, lead) = await _files.ProjectAsync();
        var path = Shared.Path("data/mr-ben/math.json");
        var report = await _files.ImportAsync(project, lead, path);

        Assert.Equal((AnnotationFormat.MrBen, "Row", 918, 769, 147, 2, 0), (report.Format, report.RowWord, report.Added, report.FirstErrors, report.NoErrors, report.ContradictionCount, report.FaultCount));
        await using var context = database.CreateDbContext();
        var rows = await (from solution in context.Set<Solution>()
                          join imported in context.Set<ImportedSolution>() on solution.Id equals imported.SolutionId
                          from verdict in context.Set<FirstErrorVerdict>().Where(v => v.SolutionId == solution.Id).DefaultIfEmpty()
                          where solution.ProjectId == project
                          orderby imported.Row
                          select new { imported.Row, Step = verdict == null ? null : verdict.Step, solution.StepCount, solution.AnswerCheck, imported.Model }).ToListAsync(Token);
        var source = Shared.ReadJson(path).EnumerateObject().SelectMany(list => list.Value.EnumerateArray()).ToList();
        Assert.Equal(Enumerable.Range(1, 918), rows.Select(row => row.Row));
        foreach (var row in rows)
        {
            var said = source[row.Row - 1];
            Assert.Equal(said.GetProperty("Model_Solution_First_Error_Step").GetString(), row.Step is { } k ? $"{k}" : "N/A");
            Assert.Equal(said.GetProperty("Model_Solution_Steps").GetArrayLength(), row.StepCount);
            Assert.Equal(said.GetProperty("Sampled_Model").GetString(), row.Model);
        }

        // Counted from the file by its own letters: 71 flawed solutions choose the right answer.
        Assert.Equal(71, rows.Count(row => row is { Step: not null, AnswerCheck: AnswerCheck.Right }));
        Assert.Equal(162, rows.Count(row => row is { Step: not null, AnswerCheck: AnswerCheck.NoAnswer }));

        var again = await _files.ImportAsync(project, lead, path);
        Assert.Equal((0, 918), (again.Added, again.Known));
        Assert.Equal(1, await context.Set<Run>().CountAsync(r => r.ProjectId == project, Token));
    }

    [Fact]
    public async Task Held_out_problems_stay_out_and_another_reference_answer_is_told()
    {
        var (project, lead) = await _files.ProjectAsync();
        var world = new World(database);
        var (heldOut, pool) = (await world.ProblemAsync(project, Split.Test), await world.ProblemAsync(project));
        var report = await _files.ImportAsync(project, lead, _files.Write(string.Join('\n',
            Bbm($"  {heldOut.Statement} ", "2", "3", "0"),
            Bbm(pool.Statement, "7", "3", "0"),
            Bbm(pool.Statement, "2.0", "3", "1"),
            Bbm(pool.Statement, "2.0", "3", "1"),
            Bbm("New?", "2", "3", "9"),
            "nonsense")));

        Assert.Equal((1, 0, 1), (report.Added, report.NewProblems, report.Known));
        Assert.Equal(
            [
                new(1, "problem: found one of the split Test, wanted one of the pool"),
                new(2, "answer: found 7, but this problem's reference answer here is 2"),
                new(5, "mistake_index: found 9, wanted 0 to 1: the solution has 2 steps"),
                new(6, "found no JSON (wrong at byte 1), wanted an object"),
            ],
            report.Faults.OrderBy(fault => fault.Row));
        await using var context = database.CreateDbContext();
        Assert.Equal(pool.Id, (await context.Set<Solution>().SingleAsync(s => s.ProjectId == project, Token)).ProblemId);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("\"after_suggestion\": false, \"suggestion\": null, \"blind\": null", null)]
    [InlineData("\"after_suggestion\": true", "suggestion: found nothing, wanted what was suggested, where after_suggestion is true")]
    [InlineData("\"after_suggestion\": true, \"suggestion\": {\"source\": \"judge\", \"outcome\": \"NoError\"}", "blind: found nothing, wanted what was said before, where after_suggestion is true")]
    [InlineData("\"suggestion\": {\"source\": \"judge\", \"outcome\": \"CannotJudge\"}", "suggestion: found CannotJudge, wanted FirstError with a step or NoError without one")]
    [InlineData("\"suggestion\": {\"source\": \"judge\", \"step\": 1}", "suggestion: found no outcome, wanted FirstError with a step or NoError without one")]
    [InlineData("\"suggestion\": {\"source\": \"judge\", \"outcome\": \"FirstError\", \"step\": 3}", "step: found 3, wanted 1 to 2: the solution has 2 steps")]
    [InlineData("\"suggestion\": {\"outcome\": \"NoError\"}", "source: found nothing, wanted words")]
    [InlineData("\"after_suggestion\": \"yes\"", "after_suggestion: found text, wanted true or false")]
    public async Task What_a_file_says_of_suggestions_is_whole_or_not_there(string fields, string? fault)
    {
        var (project, lead) = await _files.ProjectAsync();
        var row = """{"problem": "p", "answer": "1", "steps": ["a", "b"], "final_answer": "2", "answer_check": "Wrong", "outcome": "FirstError", "step": 2, "judgements": [{"outcome": "FirstError", "step": 2""" + (fields.Length > 0 ? $", {fields}" : "") + "}]}";
        var report = (await _files.Import.PreviewAsync(lead, project, new(_files.Write(row), "f", "made"), cancellationToken: Token)).Value;
        Assert.Equal(fault is null ? [] : [new(1, fault)], report.Faults);
        Assert.All(report.First, solution => Assert.Null(Assert.Single(solution.Judgements).Suggestion));
    }

    [Fact]
    public async Task A_preview_and_an_import_that_is_stopped_store_nothing()
    {
        var (project, lead) = await _files.ProjectAsync();
        var path = _files.Write(string.Concat(Enumerable.Range(0, 1200).Select(i => Bbm($"{i}?", "2", "3", "0") + "\n")));
        Assert.Equal(1200, (await _files.Import.PreviewAsync(lead, project, new(path, "f", "made"), cancellationToken: Token)).Value.Added);

        using var stop = new CancellationTokenSource();
        var told = new List<int>();
        var progress = new Inline(read => { told.Add(read); stop.Cancel(); });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _files.Import.ImportAsync(lead, project, new(path, "f", "made"), progress, stop.Token));

        Assert.Equal([500], told);
        await using var context = database.CreateDbContext();
        Assert.False(await context.Set<Problem>().AnyAsync(p => p.ProjectId == project, Token));
        Assert.False(await context.Set<Run>().AnyAsync(r => r.ProjectId == project, Token));
    }

    [Theory]
    [InlineData("", "The file is empty.")]
    [InlineData("[{\"input\": \"x\"", "The list breaks off after row 0: found no JSON")]
    [InlineData("{\"what\": 1}", "The format is none that is known; the first row has what.")]
    [InlineData("a,a\n1,2\n", "Two columns have one name: a, a.")]
    [InlineData("{nonsense\n{also\n", "No row could be read; the first is 1: found no JSON (wrong at byte 1), wanted an object.")]
    public async Task A_file_that_cannot_be_read_says_why(string text, string why)
    {
        var (project, lead) = await _files.ProjectAsync();
        var preview = await _files.Import.PreviewAsync(lead, project, new(_files.Write(text), "f", "made"), cancellationToken: Token);
        Assert.Equal(RefusalKind.Invalid, preview.Refusal?.Kind);
        Assert.StartsWith(why, preview.Refusal!.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _files.Dispose();

    private static string Bbm(string input, string target, string answer, string mistake) =>
        $$"""{"input": "{{input}}", "steps": ["One.", "So the answer is {{answer}}"], "target": "{{target}}", "answer": "{{answer}}", "mistake_index": {{mistake}}}""";

    private sealed class Inline(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
