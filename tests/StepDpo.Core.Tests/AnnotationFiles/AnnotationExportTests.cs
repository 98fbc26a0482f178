using System.Data.Common;
using System.Text;
using System.Text.Json;
using CsCheck;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using StepDpo.Core.Accounts;
using StepDpo.Core.AnnotationFiles;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Suggestions;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.AnnotationFiles;

/// <summary>Exports out of a real database, and back.</summary>
public sealed class AnnotationExportTests(Database database) : IClassFixture<Database>, IDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // What breaks files: separators, quotes, line ends, formulas, labels, blanks, other scripts, half a markup.
    private static readonly Gen<string> Words = Gen.Select(
        OneOf("=1+1", "'=x", "''-2", "@a", "+", "-3", "\t", "Step 1: ", "Step 2: Step 2: ", "Stepping ", " ", "", "\r", "'", "\"q\"", "[", "{"),
        OneOf("a,b;c", "line\nbreak", "\r\n", "\\frac{1}{2}", "$5 and \\$7", "你好", "😀", "</script>", "\u2028", "\"", "x "),
        Gen.Int[0, 99], (a, b, i) => $"{a}{b}{i}");

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static readonly Gen<string> Row = Gen.Select(Words, Words.Array[1, 5], Gen.Int[0, 9], Gen.Bool, (problem, steps, k, isNeutral) =>
    {
        var step = Math.Min(k, steps.Length);
        var judgement = new { outcome = step == 0 ? "NoError" : "FirstError", step = step == 0 ? (int?)null : step, grade = step == 0 ? null : isNeutral ? "Neutral" : "Incorrect", note = $"note {problem}", active_ms = k * 1000, annotator = $"p{k % 3}", guideline_version = "7", neutral_steps = Enumerable.Range(1, Math.Max(0, step - 2)), after_suggestion = k % 3 == 2, suggestion = k % 3 == 0 ? null : Word(steps.Length - 1, $"judge {problem}"), blind = k % 3 == 2 ? Word(1, null) : null };
        return JsonSerializer.Serialize(new
        {
            problem = problem + "?",
            answer = "12",
            source_id = k % 2 == 0 ? $"id {problem}" : null,
            model = k % 3 == 0 ? "=model" : null,
            steps,
            final_answer = step == 0 ? "12" : "13",
            answer_check = step == 0 ? "Right" : "Wrong",
            outcome = judgement.outcome,
            judgement.step,
            judgement.grade,
            provenance = "Majority",
            guideline_version = "7",
            judgements = k % 4 == 1 ? new[] { judgement, judgement with { annotator = "p9" } } : new[] { judgement },
        });
    });

    private static object Word(int step, string? source) => new { source, outcome = step == 0 ? "NoError" : "FirstError", step = step == 0 ? (int?)null : step };

    public static TheoryData<AnnotationFormat, CutRule> Ways
    {
        get
        {
            var ways = new TheoryData<AnnotationFormat, CutRule>();
            foreach (var format in AnnotationExports.Formats)
            {
                foreach (var rule in Enum.GetValues<CutRule>()) ways.Add(format, rule);
            }

            return ways;
        }
    }

    private readonly FileWorld _files = new(database);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task What_was_imported_exported_and_imported_again_exports_the_same_bytes(AnnotationFormat format, CutRule rule) =>
        await Row.Array[12, 20].SampleAsync(
            async rows =>
            {
                var settings = new ProjectSettings { CutRule = rule };
                var options = new AnnotationExportOptions { Format = format, CutRule = rule };
                var (project, lead) = await _files.ProjectAsync(settings);
                await _files.ImportAsync(project, lead, _files.Write(string.Join('\n', rows)), AnnotationFormat.Plain);
                var bytes = await _files.ExportAsync(project, lead, options);
                for (var round = 1; round <= 2; round++)
                {
                    var (next, boss) = await _files.ProjectAsync(settings);
                    var report = await _files.ImportAsync(next, boss, _files.Write(Encoding.UTF8.GetString(bytes)));
                    Assert.Equal((format, 0, 0), (report.Format, report.FaultCount, report.Known));
                    var again = await _files.ExportAsync(next, boss, options);
                    // Mr-Ben says nothing of the answer: it is graded anew, and a made-up "no error" contradicts it once.
                    if (round == 2 || format != AnnotationFormat.MrBen)
                    {
                        Assert.Equal(0, report.ContradictionCount);
                        Assert.Equal(Encoding.UTF8.GetString(bytes), Encoding.UTF8.GetString(again));
                    }

                    bytes = again;
                }
            },
            iter: 2, threads: 1);

    [Theory]
    [InlineData("data/mr-ben/math.json", AnnotationFormat.MrBen)]
    [InlineData("data/bigbench-mistake/multistep_arithmetic.jsonl", AnnotationFormat.BigBenchMistake)]
    public async Task Real_files_come_back_the_same(string path, AnnotationFormat format)
    {
        var (project, lead) = await _files.ProjectAsync();
        await _files.ImportAsync(project, lead, Shared.Path(path));
        var first = await _files.ExportAsync(project, lead, new() { Format = format });
        var (next, boss) = await _files.ProjectAsync();
        var report = await _files.ImportAsync(next, boss, _files.Write(Encoding.UTF8.GetString(first)));
        Assert.Equal((format, 0, 0), (report.Format, report.FaultCount, report.ContradictionCount));
        Assert.Equal(first, await _files.ExportAsync(next, boss, new() { Format = format }));
    }

    [Fact]
    public async Task Only_what_a_filter_finds_is_in_the_file_and_the_manifest_says_so()
    {
        var (project, lead) = await _files.ProjectAsync();
        await _files.ImportAsync(project, lead, _files.Write(
            """
            {"problem": "One?", "answer": "1", "steps": ["twenty apples", "b"], "final_answer": "2", "answer_check": "Wrong", "outcome": "FirstError", "step": 2, "grade": "Incorrect", "judgements": []}
            {"problem": "Two?", "answer": "1", "steps": ["twenty pears", "b"], "final_answer": "2", "answer_check": "Wrong", "outcome": "FirstError", "step": 1, "grade": "Incorrect", "judgements": []}
            """));
        var export = (await _files.Exports.CreateAsync(lead, project, new() { Filter = new("apples") }, cancellationToken: Token)).Value;
        Assert.Equal(1, export.Facts.Rows);
        Assert.Equal("apples", JsonSerializer.Deserialize<JsonElement>((await _files.Exports.ManifestAsync(lead, export.Id, Token)).Value).GetProperty("filter").GetProperty("text").GetString());
        Assert.Equal("One?", JsonSerializer.Deserialize<JsonElement>(await _files.ExportAsync(project, lead, new() { Filter = new(Step: 2) })).GetProperty("problem").GetString());
        Assert.Equal(RefusalKind.Conflict, (await _files.Exports.CreateAsync(lead, project, new() { Filter = new("bananas") }, cancellationToken: Token)).Refusal!.Kind);
        Assert.Equal("Text", (await _files.Exports.CreateAsync(lead, project, new() { Filter = new(new string('a', 301)) }, cancellationToken: Token)).Refusal!.Field);
    }

    [Fact]
    public async Task Nothing_is_said_of_the_steps_after_the_first_error()
    {
        var (project, lead) = await _files.ProjectAsync();
        await _files.ImportAsync(project, lead, _files.Write(
            """{"problem": "p", "answer": "1", "steps": ["a", "b", "c", "d"], "final_answer": "2", "answer_check": "Wrong", "outcome": "FirstError", "step": 2, "grade": "Incorrect", "judgements": [{"outcome": "FirstError", "step": 4, "grade": "Incorrect", "neutral_steps": [1, 3]}, {"outcome": "FirstError", "step": 2, "grade": "Incorrect", "neutral_steps": [1]}]}"""));

        var prm = JsonSerializer.Deserialize<JsonElement>(await _files.ExportAsync(project, lead, new() { Format = AnnotationFormat.Prm800k }));
        Assert.Equal([0, -1], prm.GetProperty("label").GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("completions")[0].GetProperty("rating").GetInt32()));
        Assert.Equal(4, prm.GetProperty("question").GetProperty("pre_generated_steps").GetArrayLength());
        var plain = JsonSerializer.Deserialize<JsonElement>(await _files.ExportAsync(project, lead, new()));
        Assert.All(plain.GetProperty("judgements").EnumerateArray(), j => Assert.Equal([1], j.GetProperty("neutral_steps").EnumerateArray().Select(k => k.GetInt32())));
        // The same data, cut by the reference code's rule: step 1 is neutral, and the label ends there.
        var neutral = JsonSerializer.Deserialize<JsonElement>(await _files.ExportAsync(project, lead, new() { Format = AnnotationFormat.ProcessBench, CutRule = CutRule.FirstNeutralOrIncorrect }));
        Assert.Equal(0, neutral.GetProperty("label").GetInt32());
        Assert.Equal(1, JsonSerializer.Deserialize<JsonElement>(await _files.ExportAsync(project, lead, new() { Format = AnnotationFormat.ProcessBench })).GetProperty("label").GetInt32());
    }

    [Fact]
    public async Task Peoples_judgements_leave_under_pseudonyms_and_the_manifest_counts_them()
    {
        var world = new World(database);
        var (project, revision) = await world.ProjectAsync(new ProjectSettings { JudgementsPerSolution = 2 });
        var lead = Actor.Person((await world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id);
        var run = await world.RunAsync(revision);
        var annotators = new[] { await world.UserAsync(projectId: project.Id), await world.UserAsync(projectId: project.Id) };
        foreach (var (steps, provenance) in new[] { (new[] { 2, 2 }, VerdictProvenance.Agreed), ([2, 3], VerdictProvenance.Majority) })
        {
            var solution = await world.SolutionAsync(run, await world.ProblemAsync(project.Id));
            foreach (var (step, i) in steps.Select((step, i) => (step, i)))
            {
                var assignment = World.NewAssignment(solution, annotators[i], i + 1, AssignmentState.Submitted);
                await database.AddAsync(assignment);
                await database.AddAsync(World.NewAnnotation(assignment, solution, revision, step));
            }

            await database.AddAsync(new FirstErrorVerdict { SolutionId = solution.Id, StepCount = solution.StepCount, Outcome = FirstErrorOutcome.FirstError, Step = 2, Grade = StepGrade.Incorrect, Provenance = provenance, RevisionId = revision.Id, CreatedAt = World.Now });
        }

        var export = (await _files.Exports.CreateAsync(lead, project.Id, new(), cancellationToken: Token)).Value;
        Assert.Equal((2, 2, 1), (export.Facts.Rows, export.Facts.JudgedTwice, export.Facts.Unanimous));
        Assert.Equal([2, 2], export.Facts.Annotators.Values);
        Assert.Equal(2, export.Facts.GuidelineVersions["1"]);
        var text = await new StreamReader((await _files.Exports.OpenAsync(lead, export.Id, Token)).Value.File).ReadToEndAsync(Token);
        Assert.All(annotators, annotator => Assert.DoesNotContain($"{annotator.Id}", text, StringComparison.OrdinalIgnoreCase));
        Assert.All(annotators, annotator => Assert.DoesNotContain($"\"{annotator.DisplayName}\"", text, StringComparison.Ordinal));
        Assert.All(export.Facts.Annotators.Keys, pseudonym => Assert.Contains($"\"annotator\":\"{pseudonym}\"", text, StringComparison.Ordinal));
        var manifest = JsonSerializer.Deserialize<JsonElement>((await _files.Exports.ManifestAsync(lead, export.Id, Token)).Value);
        Assert.Equal(export.Sha256, manifest.GetProperty("sha256").GetString());
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(text))), export.Sha256);
        Assert.Equal(export.Id, manifest.GetProperty("dataset_version").GetInt64());
    }

    [Fact]
    public async Task What_was_said_after_a_suggestion_is_marked_counted_and_comes_back()
    {
        var world = new World(database);
        var (project, revision) = await world.ProjectAsync(new ProjectSettings { JudgementsPerSolution = 3 });
        var lead = Actor.Person((await world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id);
        var solution = await world.SolutionAsync(await world.RunAsync(revision), await world.ProblemAsync(project.Id));
        var suggestion = new Suggestion { SolutionId = solution.Id, StepCount = solution.StepCount, Source = "judge:a", Step = 2, RunId = solution.RunId, CreatedAt = World.Now };
        await database.AddAsync(suggestion);
        // One went over to the suggestion, one saw it and let theirs stand, one was shown none.
        foreach (var (slot, blind, isShown, revised) in new[] { (1, 3, true, (int?)2), (2, 2, true, null), (3, 2, false, null) })
        {
            var assignment = World.NewAssignment(solution, await world.UserAsync(projectId: project.Id), slot, AssignmentState.Submitted);
            await database.AddAsync(assignment);
            var first = World.NewAnnotation(assignment, solution, revision, blind);
            await database.AddAsync(first);
            if (isShown) await database.AddAsync(new ShownSuggestion { AnnotationId = first.Id, AssignmentId = assignment.Id, SuggestionId = suggestion.Id, ShownAt = World.Now });
            if (revised is { } step) await database.AddAsync(World.NewAnnotation(assignment, solution, revision, step, supersedesId: first.Id, afterSuggestion: true));
        }

        await database.AddAsync(new FirstErrorVerdict { SolutionId = solution.Id, StepCount = solution.StepCount, Outcome = FirstErrorOutcome.FirstError, Step = 2, Grade = StepGrade.Incorrect, Provenance = VerdictProvenance.Agreed, RevisionId = revision.Id, CreatedAt = World.Now });
        var facts = (await _files.Exports.CreateAsync(lead, project.Id, new(), cancellationToken: Token)).Value.Facts;
        Assert.Equal((1, 1, 1), (facts.AfterSuggestion, facts.JudgedTwice, facts.Unanimous));
        Assert.Equal([new("judge:a", 2)], facts.ShownSuggestions);

        var bytes = await _files.ExportAsync(project.Id, lead, new());
        var judgements = JsonSerializer.Deserialize<JsonElement>(bytes).GetProperty("judgements").EnumerateArray().ToArray();
        Assert.Equal(
            [
                """true {"source":"judge:a","outcome":"FirstError","step":2} {"outcome":"FirstError","step":3,"grade":"Incorrect","reason":null,"note":""}""",
                """false {"source":"judge:a","outcome":"FirstError","step":2} null""",
                "false null null",
            ],
            judgements.Select(j => $"{j.GetProperty("after_suggestion").GetRawText()} {j.GetProperty("suggestion").GetRawText()} {j.GetProperty("blind").GetRawText()}"));
        foreach (var format in new[] { AnnotationFormat.Plain, AnnotationFormat.Csv })
        {
            var (next, boss) = await _files.ProjectAsync();
            await _files.ImportAsync(next, boss, _files.Write(Encoding.UTF8.GetString(await _files.ExportAsync(project.Id, lead, new() { Format = format }))));
            Assert.Equal(Encoding.UTF8.GetString(bytes), Encoding.UTF8.GetString(await _files.ExportAsync(next, boss, new())));
            Assert.Equal(1, (await _files.Exports.ListAsync(boss, next, Token)).Value[0].Facts.AfterSuggestion);
        }
    }

    [Fact]
    public async Task What_cannot_be_said_is_left_out_and_counted()
    {
        var (project, lead) = await _files.ProjectAsync();
        string Solution(string problem, string said) => $$"""{"problem": "{{problem}}", "answer": "1", "steps": ["a", "b"], "final_answer": "2", "answer_check": "Wrong", {{said}}, "judgements": []}""" + "\n";
        await _files.ImportAsync(project, lead, _files.Write(
            Solution("p", "\"outcome\": \"FirstError\", \"step\": 1, \"grade\": \"Neutral\"")
            + Solution("q", "\"outcome\": \"CannotJudge\", \"reason\": \"BadProblem\"")
            + Solution("r", "\"outcome\": \"NoError\", \"reason\": \"EquivalentAnswer\"")
            + Solution("s", "\"outcome\": \"FirstError\", \"step\": 2")));
        var export = (await _files.Exports.CreateAsync(lead, project, new() { Format = AnnotationFormat.BigBenchMistake }, cancellationToken: Token)).Value;
        Assert.Equal((1, 1, 2), (export.Facts.Rows, export.Facts.LeftOutNeutral, export.Facts.LeftOutUnsayable));
        Assert.Equal(2, (await _files.Exports.CreateAsync(lead, project, new() { Format = AnnotationFormat.BigBenchMistake, CutRule = CutRule.FirstNeutralOrIncorrect }, cancellationToken: Token)).Value.Facts.Rows);
        Assert.Equal(RefusalKind.Conflict, (await _files.Exports.CreateAsync(lead, project, new() { IncludesImported = false }, cancellationToken: Token)).Refusal?.Kind);
        Assert.Equal(RefusalKind.Invalid, (await _files.Exports.CreateAsync(lead, project, new() { Format = AnnotationFormat.StepVerify }, cancellationToken: Token)).Refusal?.Kind);
        Assert.Equal(2, Directory.GetFiles(_files.ExportFolder).Length);
    }

    [Fact]
    public async Task No_cell_of_a_csv_begins_as_a_formula()
    {
        var (project, lead) = await _files.ProjectAsync();
        await _files.ImportAsync(project, lead, _files.Write(
            """{"problem": "=HYPERLINK(\"x\")", "answer": "-1", "steps": ["+a"], "model": "@m", "final_answer": "-2", "answer_check": "Wrong", "outcome": "FirstError", "step": 1, "judgements": []}"""));
        var csv = Encoding.UTF8.GetString(await _files.ExportAsync(project, lead, new() { Format = AnnotationFormat.Csv }));
        Assert.StartsWith("\"'=HYPERLINK(\"\"x\"\")\",'-1,,,'@m,\"[\"\"+a\"\"]\",'-2,Wrong,", csv.Split("\r\n")[1], StringComparison.Ordinal);
    }

    private const int CommandsOfABatch = 3; // solutions, judgements, judgements that came by files

    [Fact]
    public async Task An_export_reads_and_writes_batch_by_batch_and_leaves_nothing_when_it_is_stopped()
    {
        var (project, lead) = await _files.ProjectAsync();
        await ManyAsync(project, 3500);
        using var stop = new CancellationTokenSource();
        var (commands, told) = (new Commands(), new List<(int Rows, int Commands, bool IsWritten)>());
        var exports = _files.ExportsOver(new Counted(database, commands));
        var export = await exports.CreateAsync(lead, project, new(), new Inline(rows =>
            told.Add((rows, commands.Count, Directory.GetFiles(_files.ExportFolder, "*.part").Sum(part => new FileInfo(part).Length) > rows * 100L))), Token);

        Assert.Equal(Enumerable.Range(1, 14).Select(i => 250 * i), told.Select(t => t.Rows));
        // Of the batches after the one in the file at most one is being read; each costs as many commands as the one before.
        Assert.All(told, t => Assert.True(t.IsWritten));
        Assert.All(told.Index(), t => Assert.InRange(t.Item.Commands - told[0].Commands, CommandsOfABatch * (t.Index - 1), CommandsOfABatch * (t.Index + 1)));
        Assert.Equal(3500, export.Value.Facts.Rows);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => exports.CreateAsync(lead, project, new() { Format = AnnotationFormat.Csv }, new Inline(_ => stop.Cancel()), stop.Token));
        Assert.Single(Directory.GetFiles(_files.ExportFolder));
        Assert.Single((await _files.Exports.ListAsync(lead, project, Token)).Value);
    }

    public void Dispose() => _files.Dispose();

    private async Task ManyAsync(long project, int count)
    {
        var rows = Enumerable.Range(0, count).Select(i => JsonSerializer.Serialize(new { input = $"{i}?", steps = new[] { "One.", new string('x', 200) }, target = "2", answer = "3", mistake_index = 0 }));
        var lead = Actor.Person((await new World(database).UserAsync(projectId: project, role: ProjectRole.Lead)).Id);
        Assert.Equal(count, (await _files.ImportAsync(project, lead, _files.Write(string.Join('\n', rows)))).Added);
    }

    private sealed class Inline(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }

    private sealed class Counted(Database database, Commands commands) : IDbContextFactory<StepDpoContext>
    {
        public StepDpoContext CreateDbContext()
        {
            var options = new DbContextOptionsBuilder<StepDpoContext>();
            options.AddInterceptors(commands);
            StepDpoContext.Configure(options, database.ConnectionString);
            return new StepDpoContext(options.Options);
        }
    }

    private sealed class Commands : DbCommandInterceptor
    {
        public int Count { get; private set; }

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            Count++;
            return base.ReaderExecutingAsync(command, eventData, result, cancellationToken);
        }
    }
}
