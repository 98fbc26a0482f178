using System.Globalization;
using Npgsql;

namespace StepDpo.Core.Tests.Data;

/// <summary>Work of many people, made by the statements of <c>bench/cockpit</c> in one transaction of the site's role.</summary>
public static class Seed
{
    /// <summary>Adds annotators to a project and lets all its annotators judge.</summary>
    public static async Task WorkAsync(Database database, long project, int annotators, int solutions, int perSolution, int days, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        foreach (var file in new[] { "people.sql", "seed.sql" })
        {
            var sql = await File.ReadAllTextAsync(Path.Combine(Folder(), file), cancellationToken);
            foreach (var (name, value) in new[] { ("project", project), ("annotators", annotators), ("solutions", solutions), ("per", perSolution), ("days", days) })
                sql = sql.Replace($":{name}", value.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
            // Statement by statement: one that names a table must not be read before the one that makes it.
            foreach (var statement in sql.Split(";\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                await using var command = new NpgsqlCommand(statement, connection, transaction) { CommandTimeout = 0 };
                await command.ExecuteNonQueryAsync(cancellationToken);
            }
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "bench", "cockpit");
            if (Directory.Exists(path)) return path;
        }

        throw new DirectoryNotFoundException($"No bench/cockpit above {AppContext.BaseDirectory}.");
    }

    /// <summary>Lets the server look at what is there, as it does by itself after a while.</summary>
    public static async Task AnalyseAsync(Database database, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(database.OwnerConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("VACUUM (ANALYZE)", connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
