using Microsoft.EntityFrameworkCore;
using Npgsql;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;

namespace StepDpo.Core.Tests.Data;

/// <summary>What the site's role may do, read from the server itself.</summary>
public sealed class TableRightsTests(Database database) : IClassFixture<Database>
{
    private static readonly string[] AppendOnly =
        ["audit_digest", "audit_event", "exam_answer", "exam_result", "exam_retake", "export", "export_pair", "first_error_annotation", "guidelines_reading", "pair_withdrawal", "preference_pair", "prefix", "project_revision", "rectification_review", "reference_answer", "run_event", "suggestion"];

    [Fact]
    public async Task What_was_said_can_be_neither_changed_nor_deleted()
    {
        var rights = await RightsAsync();
        foreach (var table in AppendOnly)
            Assert.Equal(["INSERT", "SELECT"], rights[table]);
    }

    [Fact]
    public async Task Only_these_tables_lose_rows()
    {
        var rights = await RightsAsync();
        Assert.Equal(
            ["allowed_endpoint", "own_key", "project_member", "saved_filter", "slot", "training_metric", "user_claim", "user_login", "user_token"],
            rights.Where(table => table.Value.Contains("DELETE")).Select(table => table.Key));
    }

    [Fact]
    public async Task The_text_of_a_solution_cannot_be_changed_while_its_state_can()
    {
        var world = new World(database);
        var (project, revision) = await world.ProjectAsync();
        var solution = await world.SolutionAsync(await world.RunAsync(revision), await world.ProblemAsync(project.Id));
        Assert.Equal(1, await database.ExecuteAsync($"UPDATE solution SET state = 'Closed' WHERE id = {solution.Id}"));
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync($"UPDATE solution SET text = 'better' WHERE id = {solution.Id}"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    [Fact]
    public async Task The_sites_role_cannot_change_tables()
    {
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync($"DROP TABLE audit_event"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    [Fact]
    public async Task Two_sites_may_start_at_once()
    {
        await database.AddAsync(new AuditEvent { At = World.Now, Action = "test", Subject = "Test", SubjectId = "1" });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => DatabaseSetup.MigrateAsync(database.OwnerConnectionString, Database.AppRole, TestContext.Current.CancellationToken)));
        await using var context = database.CreateDbContext();
        Assert.True(await context.Set<AuditEvent>().AnyAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_migrations_hold_the_whole_model()
    {
        using var context = database.CreateDbContext();
        Assert.False(context.Database.HasPendingModelChanges(), "the model has changed since the last migration");
    }

    private async Task<SortedDictionary<string, string[]>> RightsAsync()
    {
        await using var context = database.CreateDbContext();
        var rights = await context.Database.SqlQuery<Right>(
            $"SELECT table_name AS table, privilege_type AS privilege FROM information_schema.role_table_grants WHERE grantee = current_user").ToListAsync();
        return new(rights.GroupBy(right => right.Table).ToDictionary(group => group.Key, group => group.Select(right => right.Privilege).Order().ToArray()));
    }

    private sealed record Right(string Table, string Privilege);
}
