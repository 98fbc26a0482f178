using Npgsql;
using StepDpo.Core.Auditing;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Auditing;

/// <summary>A database of its own with a folder of keys, for tests that change rows behind the schema's back.</summary>
internal sealed class AuditWorld : IAsyncDisposable
{
    private AuditWorld(int rowsPerDigest)
    {
        Options = new AuditOptions { Folder = Directory.CreateTempSubdirectory("audit").FullName, RowsPerDigest = rowsPerDigest, MaximumRows = 7, PatienceWithOthers = TimeSpan.FromMilliseconds(200) };
        Keys = new AuditKeys(Options);
    }

    public Database Database { get; } = new();

    public AuditOptions Options { get; }

    public AuditKeys Keys { get; }

    public SettableClock Clock { get; } = new();

    public AuditSigning Signing => new(Database, Keys, Options, Clock);

    public AuditVerification Verification => new(Database, Keys, Options);

    public static async Task<AuditWorld> CreateAsync(int rowsPerDigest = 3)
    {
        var world = new AuditWorld(rowsPerDigest);
        await world.Database.InitializeAsync();
        return world;
    }

    /// <summary>Events as services store them.</summary>
    public async Task AddEventsAsync(int count, string action = "test")
    {
        for (var i = 0; i < count; i++)
            await Database.AddAsync(new AuditEvent { At = World.Now, Action = action, Subject = "Test", SubjectId = $"{i}", New = """{"b": 1.50, "a": "é ∑"}""" });
    }

    /// <summary>What the owner of the tables does; the site's role could not.</summary>
    public async Task<int> AsOwnerAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Database.OwnerConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public async Task<IReadOnlyList<string>> FindingsAsync() =>
        [.. (await Verification.VerifyAsync(TestContext.Current.CancellationToken)).Findings.Select(f => $"{f.Fault} {f.Digest} {f.Table} {f.Id}".TrimEnd())];

    public async ValueTask DisposeAsync()
    {
        Directory.Delete(Options.Folder, recursive: true);
        await Database.DisposeAsync();
    }
}
