using Microsoft.EntityFrameworkCore;
using Npgsql;
using StepDpo.Core.Data;

namespace StepDpo.Core.Tests.Data;

/// <summary>
/// A fresh database for a test class, cloned from a template that is migrated once per test process. Services under test connect
/// with the site's role, as they do in life; <see cref="OwnerConnectionString"/> is for what only an owner may do.
/// </summary>
public sealed class Database : IAsyncLifetime, IDbContextFactory<StepDpoContext>
{
    private static readonly string Process = $"stepdpo_test_{Environment.ProcessId}_{Guid.NewGuid():N}"[..30];
    private static readonly string Password = Guid.NewGuid().ToString("N");
    private static readonly Lazy<Task> Template = new(CreateTemplateAsync);
    private static int _count;

    private readonly string _name = $"{Process}_{Interlocked.Increment(ref _count)}";

    /// <summary>The site's role.</summary>
    public static string AppRole => $"{Process}_app";

    /// <summary>A connection of the site's role.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(OwnerConnectionString)
    {
        Username = AppRole,
        Pooling = true,
        Password = Password,
        MaxPoolSize = 50,
    }.ConnectionString;

    /// <summary>A connection of the owner.</summary>
    public string OwnerConnectionString => Server(_name);

    public StepDpoContext CreateDbContext()
    {
        var options = new DbContextOptionsBuilder<StepDpoContext>();
        StepDpoContext.Configure(options, ConnectionString);
        return new StepDpoContext(options.Options);
    }

    public async ValueTask InitializeAsync()
    {
        await Template.Value;
        await ExecuteAsync("postgres", $"CREATE DATABASE {_name} TEMPLATE {Process}");
    }

    public async ValueTask DisposeAsync()
    {
        await using (var connection = new NpgsqlConnection(ConnectionString)) NpgsqlConnection.ClearPool(connection);
        await ExecuteAsync("postgres", $"DROP DATABASE {_name} WITH (FORCE)");
    }

    /// <summary>Runs a statement as the site's role.</summary>
    public async Task<int> ExecuteAsync(FormattableString sql)
    {
        await using var context = CreateDbContext();
        return await context.Database.ExecuteSqlAsync(sql);
    }

    /// <summary>Stores rows as the site's role.</summary>
    public async Task AddAsync(params object[] rows)
    {
        await using var context = CreateDbContext();
        context.AddRange(rows);
        await context.SaveChangesAsync();
    }

    /// <summary>The SQLSTATE with which the database refuses rows, or null where it takes them.</summary>
    public async Task<string?> RefusalOfAsync(params object[] rows)
    {
        try
        {
            await AddAsync(rows);
            return null;
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException refusal)
        {
            return refusal.SqlState;
        }
    }

    private static async Task CreateTemplateAsync()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => DropTemplateAsync().GetAwaiter().GetResult();
        await ExecuteAsync("postgres", $"CREATE ROLE {AppRole} LOGIN PASSWORD '{Password}'");
        await ExecuteAsync("postgres", $"CREATE DATABASE {Process}");
        await DatabaseSetup.MigrateAsync(Server(Process), AppRole);
    }

    private static async Task DropTemplateAsync()
    {
        await ExecuteAsync("postgres", $"DROP DATABASE IF EXISTS {Process} WITH (FORCE)");
        await ExecuteAsync("postgres", $"DROP ROLE IF EXISTS {AppRole}");
    }

    // Without a pool: a template that somebody is connected to cannot be cloned.
    private static string Server(string database) => new NpgsqlConnectionStringBuilder(
        Environment.GetEnvironmentVariable("STEPDPO_TEST_POSTGRES")
        ?? throw new InvalidOperationException("STEPDPO_TEST_POSTGRES: found nothing, wanted the connection string of a PostgreSQL server whose user may create databases and roles; ./stepdpo test sets it"))
    {
        Database = database,
        Pooling = false,
    }.ConnectionString;

    private static async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(Server(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
