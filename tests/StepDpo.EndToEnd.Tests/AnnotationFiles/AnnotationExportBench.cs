using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using StepDpo.Core.AnnotationFiles;
using StepDpo.Core.Auditing;
using StepDpo.Core.Projects;
using StepDpo.Core.Tests.Data;
using StepDpo.EndToEnd.Tests.Annotations;
using StepDpo.EndToEnd.Tests.Support;
using StepDpo.EndToEnd.Tests.Workers;
using StepDpo.Web.AnnotationFiles;

namespace StepDpo.EndToEnd.Tests.AnnotationFiles;

/// <summary>
/// How long a lead waits for the file of 100,000 judged solutions, from the button to the row in the table, and what memory the site's own
/// process takes: <c>bench/annotation-export.sh</c> prints it. It holds nothing by itself (times are not tested); that an export goes batch
/// by batch is held by the tests of <see cref="AnnotationExports"/>.
/// </summary>
public sealed class AnnotationExportBench(ScriptSite browser)
{
    private const int Rows = 100_000;

    [Fact(Explicit = true)]
    public async Task A_hundred_thousand_rows_from_the_page_of_a_published_site()
    {
        var program = Environment.GetEnvironmentVariable("STEPDPO_SITE") ?? throw new InvalidOperationException("STEPDPO_SITE: found nothing, wanted the published StepDpo.Web.dll; bench/annotation-export.sh sets it");
        await using var site = await RealSite.StartedAsync(new() { JudgementsPerSolution = 2 });
        await site.MemberAsync("mina", ProjectRole.Lead);
        var (ada, ben) = (await site.MemberAsync("ada", ProjectRole.Annotator), await site.MemberAsync("ben", ProjectRole.Annotator));
        var run = await new World(site.Database).RunAsync(site.Revision);
        await SeedAsync(site.Database, site.Project.Id, site.Revision.Id, run.Id, ada.Id, ben.Id);
        await site.Get<AuditSigning>().SignDueAsync(TestContext.Current.CancellationToken); // else the site makes up for it while it exports
        await site.StopAsync();

        using var process = SiteProcess.Start(site.Database, site.DataFolder, site.Address, program);
        var page = await browser.BlankAsync();
        await SiteProcess.ReadyAsync(site.Address);
        await site.OpenAsync(page, "mina", "judgements");
        await page.Locator(".owner[data-live]").WaitForAsync();
        var number = 0;
        // The first one once more at the end: what a process does only once (compiling) is then behind it.
        foreach (var format in AnnotationExports.Formats.Append(AnnotationExports.Formats[0]))
        {
            await Task.Delay(2000, TestContext.Current.CancellationToken);
            await page.GetByLabel("Format").SelectOptionAsync(new SelectOptionValue { Label = FormatWords.Of(format) });
            var (before, peak, started) = (process.Resident, 0L, Stopwatch.GetTimestamp());
            await page.GetByRole(AriaRole.Button, new() { Name = "Export", Exact = true }).ClickAsync();
            var written = page.Locator("tbody tr").Nth(number++).WaitForAsync(new() { Timeout = 120_000 });
            while (!written.IsCompleted)
            {
                peak = Math.Max(peak, process.Resident);
                await Task.WhenAny(written, Task.Delay(20));
            }

            await written;
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{format,-16} {seconds:0.0} s, the site's process at most {peak / 1e6:0} MB, {(peak - before) / 1e6:0} MB more than before"));
        }

        await using var context = site.Database.CreateDbContext();
        Assert.All(await context.Set<AnnotationExport>().ToListAsync(TestContext.Current.CancellationToken), export => Assert.Equal(Rows, export.Facts.Rows));
    }

    // Two judgements a solution of nine steps of 120 characters, one solution a problem.
    private static async Task SeedAsync(Database database, long project, long revision, long run, Guid ada, Guid ben)
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
            await AsOwnerAsync("VACUUM ANALYZE");
        }

        // Else PostgreSQL writes what was seeded to the disk while the first export is measured; nobody seeds a second before they export.
        await AsOwnerAsync("CHECKPOINT");

        async Task AsOwnerAsync(string sql)
        {
            await using var command = new Npgsql.NpgsqlCommand(sql, owner) { CommandTimeout = 600 };
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
    }
}
