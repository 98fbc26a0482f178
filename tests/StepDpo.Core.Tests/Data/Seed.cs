using System.Globalization;
using Npgsql;

namespace StepDpo.Core.Tests.Data;

/// <summary>Much data, made by the statements below <c>bench</c>.</summary>
public static class Seed
{
    /// <summary>Adds annotators to a project and lets all its annotators judge. As the owner, who may have the tables counted between.</summary>
    public static Task WorkAsync(Database database, long project, int annotators, int solutions, int perSolution, int days, CancellationToken cancellationToken) =>
        RunAsync(
            database.OwnerConnectionString, ["cockpit/people.sql", "cockpit/seed.sql"],
            [("project", project), ("annotators", annotators), ("solutions", solutions), ("per", perSolution), ("days", days)], cancellationToken);

    /// <summary>Puts words into what <see cref="WorkAsync"/> made: the site's role changes no text.</summary>
    public static Task TextsAsync(Database database, long project, CancellationToken cancellationToken) =>
        RunAsync(database.OwnerConnectionString, ["search/texts.sql"], [("project", project)], cancellationToken);

    private static async Task RunAsync(string connectionString, string[] files, (string Name, long Value)[] values, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        foreach (var file in files)
        {
            var sql = await File.ReadAllTextAsync(Path.Combine(Folder(), file), cancellationToken);
            foreach (var (name, value) in values)
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
            if (File.Exists(Path.Combine(folder.FullName, "StepDpo.sln"))) return Path.Combine(folder.FullName, "bench"); // artifacts has a folder of that name too
        }

        throw new DirectoryNotFoundException($"No StepDpo.sln above {AppContext.BaseDirectory}.");
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
