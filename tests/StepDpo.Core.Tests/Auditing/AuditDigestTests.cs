using System.Diagnostics;
using System.Runtime.Versioning;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Npgsql;
using StepDpo.Core.AnnotationFiles;
using StepDpo.Core.Annotations;
using StepDpo.Core.Auditing;
using StepDpo.Core.Exams;
using StepDpo.Core.Projects;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Auditing;

/// <summary>Digests are made when they are due, cover only what is settled, and find whatever was changed since.</summary>
public sealed class AuditDigestTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_digest_is_made_when_enough_rows_are_there_or_when_the_last_is_a_day_old()
    {
        await using var world = await AuditWorld.CreateAsync();
        Assert.Equal(0, await world.Signing.SignDueAsync(Token));
        await world.AddEventsAsync(2);
        Assert.Equal(1, await world.Signing.SignDueAsync(Token));
        await world.AddEventsAsync(2);
        Assert.Equal(0, await world.Signing.SignDueAsync(Token));
        await world.AddEventsAsync(1);
        Assert.Equal(1, await world.Signing.SignDueAsync(Token));
        await world.AddEventsAsync(1);
        Assert.Equal(0, await world.Signing.SignDueAsync(Token));
        world.Clock.Now += TimeSpan.FromHours(24);
        Assert.Equal(1, await world.Signing.SignDueAsync(Token));
        world.Clock.Now += TimeSpan.FromHours(24);
        Assert.Equal(0, await world.Signing.SignDueAsync(Token));

        // Many rows at once take several digests, seven rows each here.
        await world.AddEventsAsync(20);
        Assert.Equal(3, await world.Signing.SignAllAsync(Token));
        var report = await world.Verification.VerifyAsync(Token);
        Assert.Equal((6, 26, 0), (report.Digests, report.Rows, report.Unsigned));
        Assert.Empty(report.Findings);
    }

    [Fact]
    public async Task The_newest_digest_says_how_far_the_audit_is_signed()
    {
        await using var world = await AuditWorld.CreateAsync();
        await using var context = world.Database.CreateDbContext();
        Assert.Null(await Seal.NewestAsync(context, Token));
        await world.AddEventsAsync(9);
        await world.Signing.SignAllAsync(Token);
        await world.AddEventsAsync(1);
        var seal = await Seal.NewestAsync(context, Token);
        Assert.Equal((2, world.Clock.Now, 9), (seal!.Number, seal.MadeAt, seal.LastEvent));
    }

    [Fact]
    public async Task A_changed_a_removed_and_an_added_row_are_each_named()
    {
        await using var world = await AuditWorld.CreateAsync();
        await world.AddEventsAsync(4);
        await world.AsOwnerAsync("DELETE FROM audit_event WHERE id = 3");
        await world.Signing.SignAllAsync(Token);
        await world.AddEventsAsync(4);
        await world.Signing.SignAllAsync(Token);
        Assert.Empty(await world.FindingsAsync());

        await world.AsOwnerAsync("UPDATE audit_event SET new = '{\"a\": 2}' WHERE id = 2");
        await world.AsOwnerAsync("DELETE FROM audit_event WHERE id = 6");
        await world.AsOwnerAsync("INSERT INTO audit_event (id, at, action, subject, subject_id) VALUES (3, now(), 'x', 'x', 'x')");
        Assert.Equal(["RowChanged 1 audit_event 2", "RowAdded 1 audit_event 3", "RowMissing 2 audit_event 6"], await world.FindingsAsync());
    }

    [Fact]
    public async Task Every_column_of_every_table_is_guarded_against_its_owner()
    {
        await using var world = await AuditWorld.CreateAsync();
        var people = new World(world.Database);
        var (project, revision) = await people.ProjectAsync();
        var problem = await people.ProblemAsync(project.Id);
        var solution = await people.SolutionAsync(await people.RunAsync(revision), problem);
        var assignment = World.NewAssignment(solution, await people.UserAsync());
        await world.Database.AddAsync(assignment);
        var annotation = World.NewAnnotation(assignment, solution, revision);
        await world.Database.AddAsync(annotation, World.NewPrefix(solution, 1), ConstraintTests.NewPair(project.Id, revision.Id));
        var person = assignment.AnnotatorId;
        await world.Database.AddAsync(
            new Flag { SolutionId = solution.Id, AskedById = person, Question = "Is rounding an error?", ClientKey = Guid.NewGuid(), AskedAt = World.Now },
            new GoldItem { ProjectId = project.Id, SolutionId = solution.Id, StepCount = solution.StepCount, Step = 1, CreatedAt = World.Now },
            new AnnotatorPause { ProjectId = project.Id, UserId = person, Right = 1, Total = 4, Requeued = 2, CreatedAt = World.Now },
            new ExamAnswer { ProjectId = project.Id, UserId = person, Attempt = 1, Item = "x", Step = 1, IsRight = true, CreatedAt = World.Now },
            new ExamResult { ProjectId = project.Id, UserId = person, Attempt = 1, Right = 1, Total = 2, Passed = false, RevisionId = revision.Id, CreatedAt = World.Now },
            new ExamRetake { ProjectId = project.Id, UserId = person, Attempt = 2, CreatedAt = World.Now },
            new GuidelinesReading { RevisionId = revision.Id, UserId = person, CreatedAt = World.Now },
            new ImportedSolution { SolutionId = solution.Id, Row = 1 });
        await world.Signing.SignAllAsync(Token);
        Assert.Empty(await world.FindingsAsync());

        foreach (var (table, change) in new[]
        {
            ("annotator_pause", "UPDATE annotator_pause SET \"right\" = 4"),
            ("exam_answer", "UPDATE exam_answer SET step = 2"),
            ("exam_result", "UPDATE exam_result SET passed = true"),
            ("exam_retake", "UPDATE exam_retake SET attempt = 9"),
            ("flag", "UPDATE flag SET question = 'Nothing.'"),
            ("gold_item", "UPDATE gold_item SET step = 2"),
            ("guidelines_reading", "UPDATE guidelines_reading SET created_at = now()"),
            ("imported_solution", "UPDATE imported_solution SET model = 'mine'"),
            ("first_error_annotation", $"UPDATE first_error_annotation SET step = 2 WHERE id = {annotation.Id}"),
            ("prefix", "UPDATE prefix SET text = 'Step 2:'"),
            ("preference_pair", "UPDATE preference_pair SET chosen = 'mine'"),
            ("problem", $"UPDATE problem SET statement = 'Another?' WHERE id = {problem.Id}"),
            ("project_revision", "UPDATE project_revision SET reason = 'for fun'"),
            ("reference_answer", "UPDATE reference_answer SET answer = '3'"),
            ("solution", $"UPDATE solution SET text = text || ' ' WHERE id = {solution.Id}"),
        })
        {
            Assert.True(await world.AsOwnerAsync(change) > 0);
            Assert.Contains(await world.FindingsAsync(), finding => finding.StartsWith("RowChanged", StringComparison.Ordinal) && finding.Contains($" {table} ", StringComparison.Ordinal));
        }

        // What the site itself may change is no tampering.
        var before = await world.FindingsAsync();
        await world.Database.ExecuteAsync($"UPDATE solution SET state = 'Closed' WHERE id = {solution.Id}");
        Assert.Equal(before, await world.FindingsAsync());
    }

    [Fact]
    public async Task A_changed_a_removed_and_a_forged_digest_are_found()
    {
        await using var world = await AuditWorld.CreateAsync();
        foreach (var _ in Enumerable.Range(0, 3))
        {
            await world.AddEventsAsync(3);
            await world.Signing.SignAllAsync(Token);
        }

        // Row and digest changed together: the signature does not fit.
        await world.AsOwnerAsync("UPDATE audit_digest SET text = replace(text, 'number 1', 'number 1 '), sha256 = sha256 WHERE number = 1");
        Assert.Equal(["DigestChanged 1"], await world.FindingsAsync());
        await world.AsOwnerAsync("UPDATE audit_digest SET text = replace(text, 'number 1 ', 'number 1') WHERE number = 1");
        Assert.Empty(await world.FindingsAsync());

        // One gone from the middle, then one from the end.
        await world.AsOwnerAsync("CREATE TABLE kept AS SELECT * FROM audit_digest");
        await world.AsOwnerAsync("DELETE FROM audit_digest WHERE number = 2");
        Assert.Contains("DigestMissing 3", await world.FindingsAsync());
        await world.AsOwnerAsync("INSERT INTO audit_digest SELECT * FROM kept WHERE number = 2; DELETE FROM audit_digest WHERE number = 3");
        Assert.Equal(["DigestMissing 3"], await world.FindingsAsync());
        await world.AsOwnerAsync("INSERT INTO audit_digest SELECT * FROM kept WHERE number = 3");
        Assert.Empty(await world.FindingsAsync());

        // Everything signed anew by a key of one's own: the key is not among ours.
        await using var forger = await AuditWorld.CreateAsync();
        await forger.AddEventsAsync(3);
        await forger.Signing.SignAllAsync(Token);
        await using var context = forger.Database.CreateDbContext();
        var forged = await context.Set<AuditDigest>().SingleAsync(Token);
        await world.AsOwnerAsync($"UPDATE audit_digest SET text = '{forged.Text}', sha256 = '{forged.Sha256}', key_id = '{forged.KeyId}', signature = decode('{Convert.ToHexString(forged.Signature)}', 'hex') WHERE number = 1");
        Assert.Contains("DigestChanged 1", await world.FindingsAsync());
    }

    [Fact]
    public async Task What_a_running_transaction_still_writes_is_waited_for_and_not_called_added()
    {
        await using var world = await AuditWorld.CreateAsync();
        await using var connection = new NpgsqlConnection(world.Database.ConnectionString);
        await connection.OpenAsync(Token);
        await using (var transaction = await connection.BeginTransactionAsync(Token))
        {
            await using var insert = new NpgsqlCommand("INSERT INTO audit_event (at, action, subject, subject_id) VALUES (now(), 'late', 'x', 'x')", connection, transaction);
            await insert.ExecuteNonQueryAsync(Token);
            await world.AddEventsAsync(2);
            Assert.Equal(0, await world.Signing.SignAllAsync(Token));
            await transaction.CommitAsync(Token);
        }

        Assert.Equal(1, await world.Signing.SignAllAsync(Token));
        var report = await world.Verification.VerifyAsync(Token);
        Assert.Equal((3, 0, 0), (report.Rows, report.Unsigned, report.Findings.Count));
    }

    [Fact]
    public async Task Sites_that_sign_and_write_at_once_leave_one_chain_without_a_gap()
    {
        await using var world = await AuditWorld.CreateAsync();
        var writers = Enumerable.Range(0, 4).Select(_ => world.AddEventsAsync(25));
        var signers = Enumerable.Range(0, 3).Select(async _ =>
        {
            for (var i = 0; i < 12; i++) await world.Signing.SignAllAsync(Token);
        });
        await Task.WhenAll([.. writers, .. signers]);
        await world.Signing.SignAllAsync(Token);
        var report = await world.Verification.VerifyAsync(Token);
        Assert.Equal((100, 0), (report.Rows, report.Unsigned));
        Assert.Empty(report.Findings);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_new_key_is_named_by_the_old_one_and_lies_where_only_its_owner_reads_it()
    {
        await using var world = await AuditWorld.CreateAsync();
        await world.AddEventsAsync(3);
        await world.Signing.SignAllAsync(Token);
        var old = (await File.ReadAllTextAsync(Path.Combine(world.Options.Folder, "current"), Token)).Trim();
        var key = Path.Combine(world.Options.Folder, $"{old}.key.pem");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));

        var next = await world.Signing.ChangeKeyAsync(Token);
        Assert.False(File.Exists(key));
        await world.AddEventsAsync(3);
        await world.Signing.SignAllAsync(Token);
        await using var context = world.Database.CreateDbContext();
        Assert.Equal([old, old, next], await context.Set<AuditDigest>().OrderBy(d => d.Number).Select(d => d.KeyId).ToListAsync(Token));
        Assert.Empty(await world.FindingsAsync());

        // A key that the chain does not name, such as one made because the folder was lost, is told.
        File.Delete(Path.Combine(world.Options.Folder, "current"));
        await world.AddEventsAsync(1);
        await world.Signing.SignAllAsync(Token);
        Assert.Equal(["DigestChanged 4"], await world.FindingsAsync());
    }

    [Fact]
    public async Task Anybody_with_the_public_key_verifies_a_digest_by_openssl()
    {
        await using var world = await AuditWorld.CreateAsync();
        await world.AddEventsAsync(3);
        await world.Signing.SignAllAsync(Token);
        var copy = Path.Combine(world.Options.Folder, "digests", "00000001.txt");
        Assert.Equal(0, await OpensslAsync(world, copy));
        await File.AppendAllTextAsync(copy, " ", Token);
        Assert.Equal(1, await OpensslAsync(world, copy));
    }

    [Fact]
    public void Every_table_that_is_only_added_to_is_evidence_or_named_here()
    {
        // Neither carries a label: lines of a run's log, keys of cookies, the digests themselves, the members of an export whose hash is signed.
        string[] others = ["run_event", "protection_key", "audit_digest", "export_pair", "training_input"];
        var database = new Database();
        using var context = database.CreateDbContext();
        var onlyAddedTo = context.GetService<IDesignTimeModel>().Model.GetEntityTypes()
            .Where(entity => entity.FindAnnotation("StepDpo:Updates")?.Value is "" && entity.FindAnnotation("StepDpo:Deletes") is null && entity.FindAnnotation("StepDpo:Evidence") is null)
            .Select(entity => entity.GetTableName()!);
        Assert.Equal([], onlyAddedTo.Except(others));
    }

    private static async Task<int> OpensslAsync(AuditWorld world, string copy)
    {
        var key = Directory.GetFiles(world.Options.Folder, "*.pub.pem").Single();
        using var process = Process.Start(new ProcessStartInfo("openssl", ["dgst", "-sha256", "-verify", key, "-signature", Path.ChangeExtension(copy, ".sig"), copy]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        await process.WaitForExitAsync(Token);
        return process.ExitCode;
    }
}
