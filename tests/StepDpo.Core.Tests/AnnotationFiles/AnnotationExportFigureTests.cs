using System.Diagnostics;
using System.Text;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.AnnotationFiles;
using StepDpo.Core.Projects;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.AnnotationFiles;

/// <summary>
/// How long 100,000 judged solutions take to be written, and what they need: <c>bench/annotation-export.sh</c> prints it. It holds nothing
/// by itself (times are not tested); that an export goes batch by batch is held by <see cref="AnnotationExportTests"/>.
/// </summary>
public sealed class AnnotationExportFigureTests(Database database) : IClassFixture<Database>
{
    private const int Rows = 100_000;

    [Fact(Explicit = true)]
    public async Task A_hundred_thousand_rows()
    {
        using var files = new FileWorld(database);
        var world = new World(database);
        var (project, revision) = await world.ProjectAsync(new ProjectSettings { JudgementsPerSolution = 2 });
        var lead = Actor.Person((await world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id);
        var run = await world.RunAsync(revision);
        var (ada, ben) = (await world.UserAsync(projectId: project.Id), await world.UserAsync(projectId: project.Id));
        await SeedAsync(project.Id, revision.Id, run.Id, ada.Id, ben.Id);
        // The first one once more at the end: what a process does only once (compiling, reading from the disk) is then behind it.
        foreach (var format in AnnotationExports.Formats.Append(AnnotationExports.Formats[0]))
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true); // what the seeding left
            var before = Process.GetCurrentProcess().WorkingSet64;
            var (peak, started) = (0L, Stopwatch.GetTimestamp());
            var export = await files.Exports.CreateAsync(lead, project.Id, new() { Format = format }, new Inline(() =>
                peak = Math.Max(peak, Process.GetCurrentProcess().WorkingSet64)), TestContext.Current.CancellationToken);
            Console.WriteLine($"{format,-16} {export.Value.Facts.Rows} rows, {export.Value.ByteCount / 1e6:0} MB: {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s, "
                + $"working set at most {peak / 1e6:0} MB (before: {before / 1e6:0} MB)");
        }
    }

    // Two judgements a solution of nine steps of 120 characters, one solution a problem.
    private async Task SeedAsync(long project, long revision, long run, Guid ada, Guid ben)
    {
        await using var context = database.CreateDbContext();
        context.Database.SetCommandTimeout(TimeSpan.FromMinutes(10));
        var steps = new StringBuilder("Ann has $3$ apples; ");
        var offsets = new List<int> { 0 };
        steps.Append('x', 100);
        for (var k = 2; k <= 9; k++)
        {
            steps.Append('\n');
            offsets.Add(steps.Length);
            steps.Append(System.Globalization.CultureInfo.InvariantCulture, $"Step {k}: so $1 + {k} = {k + 1}$, ").Append('y', 100);
        }

        var (text, cuts) = (steps.ToString(), offsets.ToArray());
        // Counted after each: without figures of the tables before it PostgreSQL looks through all of them for each foreign key.
        FormattableString[] inserts =
        [
            $"""
            INSERT INTO problem (project_id, statement, statement_sha256, answer, answer_version, source, split, created_at)
            SELECT {project}, 'What is ' || i || ' + 1? ' || repeat('words ', 30), encode(sha256(i::text::bytea), 'hex'), '2', 1, 'made', 'Pool', now() FROM generate_series(1, {Rows}) i
            """,
            $"""
            INSERT INTO solution (project_id, run_id, problem_id, split, sample_index, text, text_sha256, step_offsets, step_count, finish_reason, extracted_answer, answer_check, answer_version, state, created_at)
            SELECT {project}, {run}, id, 'Pool', 0, {text}, statement_sha256, {cuts}, {cuts.Length}, 'Stop', '3', 'Wrong', 1, 'Rectifying', now() FROM problem WHERE project_id = {project}
            """,
            $"""
            INSERT INTO assignment (solution_id, annotator_id, slot, state, leased_until, created_at)
            SELECT s.id, a.who, a.slot, 'Submitted', now(), now() FROM solution s, (VALUES ({ada}, 1), ({ben}, 2)) a (who, slot) WHERE s.project_id = {project}
            """,
            $"""
            INSERT INTO first_error_annotation (assignment_id, solution_id, annotator_id, step_count, answer_check, outcome, step, grade, note, active_milliseconds, revision_id, client_key, surplus, created_at)
            SELECT a.id, a.solution_id, a.annotator_id, {cuts.Length}, 'Wrong', 'FirstError', 1 + a.solution_id % 9, 'Incorrect', '', 20000, {revision}, gen_random_uuid(), false, now()
            FROM assignment a JOIN solution s ON s.id = a.solution_id WHERE s.project_id = {project}
            """,
            $"""
            INSERT INTO first_error_verdict (solution_id, step_count, outcome, step, grade, provenance, note, revision_id, created_at)
            SELECT id, {cuts.Length}, 'FirstError', 1 + id % 9, 'Incorrect', 'Agreed', '', {revision}, now() FROM solution WHERE project_id = {project}
            """,
        ];
        await using var owner = new Npgsql.NpgsqlConnection(database.OwnerConnectionString);
        await owner.OpenAsync(TestContext.Current.CancellationToken);
        foreach (var insert in inserts)
        {
            await context.Database.ExecuteSqlAsync(insert, TestContext.Current.CancellationToken);
            await using var analyze = new Npgsql.NpgsqlCommand("VACUUM ANALYZE", owner);
            await analyze.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
    }

    private sealed class Inline(Action report) : IProgress<int>
    {
        public void Report(int value) => report();
    }
}
