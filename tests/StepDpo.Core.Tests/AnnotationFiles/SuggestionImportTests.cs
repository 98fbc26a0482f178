using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.AnnotationFiles;
using StepDpo.Core.Annotations;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Suggestions;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.AnnotationFiles;

/// <summary>Suggestions as JSON lines into a real database.</summary>
public sealed class SuggestionImportTests(Database database) : IClassFixture<Database>, IDisposable
{
    private readonly FileWorld _files = new(database);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private SuggestionImport Import => new(database, TimeProvider.System);

    [Fact]
    public async Task Lines_name_solutions_by_number_or_by_problem_and_steps_and_a_second_time_adds_nothing()
    {
        var (project, lead, solutions) = await SceneAsync(2);
        await _files.ImportAsync(project, lead, _files.Write("""{"problem": "Own  problem?", "answer": "2", "steps": ["1 + 1 = 3.", "So 3."], "answer_check": "Wrong"}"""), AnnotationFormat.Plain);
        await using var context = database.CreateDbContext();
        var own = await context.Set<Solution>().Where(s => s.ProjectId == project).MaxAsync(s => s.Id, Token);
        var path = _files.Write(string.Join('\n',
            $$"""{"solution": {{solutions[0].Id}}, "source": "judge:a", "outcome": "FirstError", "step": 2, "confidence": 0.5, "rationale": "3 - 0 is 3."}""",
            """{"problem": " Own problem?", "steps": ["Step 1: 1 + 1 = 3.", "Step 2: So 3."], "source": "judge:a", "outcome": "NoError"}""",
            $$"""{"solution": {{solutions[1].Id}}, "source": "judge:a", "reply": "Analysis.\nFinal Decision:\nStep 1: correct; Step 2: neutral; Step 3: incorrect"}""",
            $$"""{"solution": {{solutions[1].Id}}, "source": "rollouts", "step": 1}""",
            $$"""{"solution": {{solutions[1].Id}}, "source": "rollouts", "step": 1}"""));
        var preview = (await Import.PreviewAsync(lead, project, new(path, "s.jsonl"), cancellationToken: Token)).Value;
        Assert.Equal((4, 1, 0), (preview.Added, preview.Known, preview.FaultCount));
        Assert.Equal([("judge:a", 3), ("rollouts", 1)], preview.Sources);
        Assert.Empty(await SuggestionsAsync(context, project));

        var first = (await Import.ImportAsync(lead, project, new(path, "s.jsonl"), cancellationToken: Token)).Value;
        Assert.Equal(4, first.Added);
        var stored = await SuggestionsAsync(context, project);
        Assert.Equal(
            [(solutions[0].Id, "judge:a", 2, 0.5, "3 - 0 is 3."), (own, "judge:a", null, null, ""), (solutions[1].Id, "judge:a", 3, null, "Analysis.\nFinal Decision:\nStep 1: correct; Step 2: neutral; Step 3: incorrect"), (solutions[1].Id, "rollouts", 1, null, "")],
            stored.Select(s => (s.SolutionId, s.Source, s.Step, s.Confidence, s.Rationale)));
        var second = (await Import.ImportAsync(lead, project, new(path, "s.jsonl"), cancellationToken: Token)).Value;
        Assert.Equal((0, 5), (second.Added, second.Known));
        Assert.Equal(4, (await SuggestionsAsync(context, project)).Count);
        var run = await context.Set<Run>().Where(r => r.ProjectId == project && r.Kind == RunKind.Import).OrderByDescending(r => r.Id).FirstAsync(Token);
        Assert.Equal("s.jsonl", run.Name);
        Assert.All(stored, s => Assert.Equal(run.Id, s.RunId));
        Assert.Equal(1, await context.Set<AuditEvent>().CountAsync(e => e.ProjectId == project && e.Action == "suggestions.imported", Token));
        // A suggestion is no judgement: nothing else has changed.
        Assert.All(await context.Set<Solution>().Where(s => s.ProjectId == project).ToListAsync(Token), s => Assert.Equal(SolutionState.Waiting, s.State));
        Assert.False(await context.Set<FirstErrorVerdict>().AnyAsync(v => context.Set<Solution>().Any(s => s.Id == v.SolutionId && s.ProjectId == project), Token));
    }

    [Theory]
    [InlineData("""{"source": "a", "step": 1}""", "solution: found nothing, wanted the number of a solution, or problem and steps")]
    [InlineData("""{"solution": SOLUTION, "step": 1}""", "source: found nothing, wanted words")]
    [InlineData("""{"solution": SOLUTION, "source": "a"}""", "outcome: found nothing, wanted FirstError or NoError, or the judge's reply")]
    [InlineData("""{"solution": SOLUTION, "source": "a", "outcome": "FirstError"}""", "step: found nothing, wanted the number of the first wrong step")]
    [InlineData("""{"solution": SOLUTION, "source": "a", "outcome": "NoError", "step": 1}""", "step: found 1 with the outcome NoError, wanted none")]
    [InlineData("""{"solution": SOLUTION, "source": "a", "outcome": "CannotJudge"}""", "outcome: found CannotJudge, wanted FirstError or NoError")]
    [InlineData("""{"solution": SOLUTION, "source": "a", "step": 4}""", "step: found 4, wanted 1 to 3: the solution has 3 steps")]
    [InlineData("""{"solution": SOLUTION, "source": "a", "step": 0}""", "step: found 0, wanted 1 to 3: the solution has 3 steps")]
    [InlineData("""{"solution": SOLUTION, "source": "a", "step": 1, "confidence": 1.5}""", "confidence: found 1.5, wanted 0 to 1")]
    [InlineData("""{"solution": SOLUTION, "source": "a", "reply": "Final Decision: Step 1: correct"}""", "reply: found no step called incorrect in it, wanted one; say NoError as outcome where the judge finds none")]
    [InlineData("""{"solution": 1, "source": "a", "step": 1}""", "solution: found 1, wanted one of this project")]
    [InlineData("""{"problem": "Another?", "steps": ["1"], "source": "a", "step": 1}""", "problem, steps: found none like these, wanted a solution of this project")]
    [InlineData("""{"solution": SOLUTION, "source": "judge:a", "step": 3}""", "source: found judge:a once more for solution SOLUTION with other words, wanted a source of another name")]
    [InlineData("nonsense", "found no JSON (wrong at byte 1), wanted an object")]
    public async Task One_bad_line_is_named_and_keeps_the_whole_file_out(string line, string reason)
    {
        var (project, lead, solutions) = await SceneAsync(1);
        string Here(string text) => text.Replace("SOLUTION", $"{solutions[0].Id}", StringComparison.Ordinal);
        var path = _files.Write(Here("""{"solution": SOLUTION, "source": "judge:a", "step": 2}""") + "\n\n" + Here(line) + "\n");
        var preview = (await Import.PreviewAsync(lead, project, new(path, "judge.jsonl"), cancellationToken: Token)).Value;
        Assert.Equal([new(3, Here(reason))], preview.Faults);
        var refusal = (await Import.ImportAsync(lead, project, new(path, "judge.jsonl"), cancellationToken: Token)).Refusal;
        Assert.Equal($"judge.jsonl, line 3: {Here(reason)}. Nothing was added.", refusal?.Message);
        await using var context = database.CreateDbContext();
        Assert.Empty(await SuggestionsAsync(context, project));
        Assert.False(await context.Set<Run>().AnyAsync(r => r.ProjectId == project && r.Kind == RunKind.Import, Token));
    }

    [Fact]
    public async Task An_import_of_many_lines_tells_how_far_it_is_and_stopped_stores_nothing()
    {
        var (project, lead, solutions) = await SceneAsync(1);
        var path = _files.Write(string.Concat(Enumerable.Range(0, 1200).Select(i => $$"""{"solution": {{solutions[0].Id}}, "source": "s{{i}}", "step": 1}""" + "\n")));
        using var stop = new CancellationTokenSource();
        var told = new List<int>();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Import.ImportAsync(lead, project, new(path, "f"), new Inline(read => { told.Add(read); stop.Cancel(); }), stop.Token));
        Assert.Equal([500], told);
        await using var context = database.CreateDbContext();
        Assert.Empty(await SuggestionsAsync(context, project));
        Assert.Equal(1200, (await Import.ImportAsync(lead, project, new(path, "f"), cancellationToken: Token)).Value.Added);
    }

    public void Dispose() => _files.Dispose();

    private sealed class Inline(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }

    private async Task<(long Project, Actor Lead, IReadOnlyList<Solution> Solutions)> SceneAsync(int count)
    {
        var world = new World(database);
        var (project, revision) = await world.ProjectAsync();
        var run = await world.RunAsync(revision);
        var solutions = new List<Solution>();
        for (var i = 0; i < count; i++) solutions.Add(await world.SolutionAsync(run, await world.ProblemAsync(project.Id)));
        return (project.Id, Actor.Person((await world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id), solutions);
    }

    private static Task<List<Suggestion>> SuggestionsAsync(StepDpoContext context, long project) => context.Set<Suggestion>().AsNoTracking()
        .Where(s => context.Set<Solution>().Any(x => x.Id == s.SolutionId && x.ProjectId == project)).OrderBy(s => s.Id).ToListAsync(Token);
}
