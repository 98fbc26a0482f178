using System.Data;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using StepDpo.Core.Data;

namespace StepDpo.Core.Auditing;

/// <summary>
/// Reads rows in their canonical form: PostgreSQL's <c>json_build_array</c> of the columns in order, times in UTC. Its SHA-256 is
/// computed here, not in the database.
/// </summary>
internal static class EvidenceRows
{
    /// <summary>One snapshot for all tables, in which rows are written the same way whatever the server's settings are.</summary>
    public static async Task<IDbContextTransaction> SnapshotAsync(StepDpoContext context, CancellationToken cancellationToken)
    {
        var transaction = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await context.Database.ExecuteSqlAsync($"SET LOCAL TimeZone = 'UTC'; SET LOCAL extra_float_digits = 1", cancellationToken);
        return transaction;
    }

    /// <summary>The rows with a key above <paramref name="after"/> and up to <paramref name="to"/>, by key, at most <paramref name="most"/>.</summary>
    public static async IAsyncEnumerable<DigestRow> ReadAsync(
        StepDpoContext context, EvidenceTable table, long? after, long? to, int most = int.MaxValue, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (to is null) yield break;
        await using var command = Command(
            context,
            $"SELECT id, json_build_array({string.Join(", ", table.Columns.Select(Quoted))})::text FROM {Quoted(table.Name)} WHERE id > @after AND id <= @to ORDER BY id LIMIT @most",
            ("after", after ?? long.MinValue), ("to", to), ("most", (long)most));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            yield return new(reader.GetInt64(0), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(reader.GetString(1)))));
    }

    /// <summary>How many rows lie above <paramref name="after"/> and up to <paramref name="to"/>.</summary>
    public static async Task<long> CountAsync(StepDpoContext context, EvidenceTable table, long? after, long? to, CancellationToken cancellationToken)
    {
        await using var command = Command(context, $"SELECT count(*) FROM {Quoted(table.Name)} WHERE id > @after AND id <= @to", ("after", after ?? long.MinValue), ("to", to ?? long.MinValue));
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>The highest key of each table.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> HighestAsync(StepDpoContext context, IReadOnlyList<EvidenceTable> tables, CancellationToken cancellationToken)
    {
        await context.Database.OpenConnectionAsync(cancellationToken);
        await using var command = Command(context, string.Join(" UNION ALL ", tables.Select(table => $"SELECT '{table.Name}', max(id) FROM {Quoted(table.Name)}")));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var highest = new Dictionary<string, long>();
        while (await reader.ReadAsync(cancellationToken))
        {
            if (!reader.IsDBNull(1)) highest[reader.GetString(0)] = reader.GetInt64(1);
        }

        return highest;
    }

    /// <summary>The columns of a table that exist today: an old digest may name one that a later version has dropped.</summary>
    public static async Task<IReadOnlySet<string>> ColumnsAsync(StepDpoContext context, string table, CancellationToken cancellationToken) =>
        await context.Database.SqlQuery<string>($"SELECT column_name::text AS \"Value\" FROM information_schema.columns WHERE table_schema = 'public' AND table_name = {table}").ToHashSetAsync(cancellationToken);

    private static NpgsqlCommand Command(StepDpoContext context, string sql, params (string Name, object Value)[] values)
    {
        var command = new NpgsqlCommand(sql, (NpgsqlConnection)context.Database.GetDbConnection(), (NpgsqlTransaction?)context.Database.CurrentTransaction?.GetDbTransaction());
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value);
        return command;
    }

    // Names come from the model or from a signed text; quoted all the same.
    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
