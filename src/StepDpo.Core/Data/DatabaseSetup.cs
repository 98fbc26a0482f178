using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Npgsql;

namespace StepDpo.Core.Data;

/// <summary>
/// Brings a database to this version and gives the site's role exactly the rights it needs. Two roles: the owner migrates, the
/// site's role serves and can neither change tables nor rewrite what is append-only (<see cref="TableRights"/>).
/// </summary>
public static class DatabaseSetup
{
    /// <summary>Migrates as the owner, then grants the site's role its rights anew. Safe to call at every start and by several processes at once.</summary>
    /// <param name="ownerConnectionString">A connection of the role that owns the tables.</param>
    /// <param name="appRole">Name of the site's role; it must exist and must not be the owner.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="InvalidOperationException"><paramref name="appRole"/> is the owner itself.</exception>
    public static async Task MigrateAsync(string ownerConnectionString, string appRole, CancellationToken cancellationToken = default)
    {
        var options = new DbContextOptionsBuilder<StepDpoContext>();
        StepDpoContext.Configure(options, ownerConnectionString);
        await using var context = new StepDpoContext(options.Options);
        var owner = new NpgsqlConnectionStringBuilder(ownerConnectionString).Username;
        if (owner == appRole)
            throw new InvalidOperationException($"database roles: found {appRole} as owner and as the site's role, wanted two roles");

        await context.Database.MigrateAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        // Two sites that start at once must not grant at once: PostgreSQL answers "tuple concurrently updated".
        await context.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({GrantLock})", cancellationToken);
        var model = context.GetService<IDesignTimeModel>().Model;
        await context.Database.ExecuteSqlRawAsync(Grants(model, appRole), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private const long GrantLock = 0x53_74_65_70_44_50_4F;

    private static string Grants(IModel model, string appRole)
    {
        var role = Quoted(appRole);
        var sql = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};\n")
            .Append(CultureInfo.InvariantCulture, $"GRANT USAGE ON SCHEMA public TO {role};\n")
            .Append(CultureInfo.InvariantCulture, $"GRANT SELECT ON \"__EFMigrationsHistory\" TO {role};\n");
        foreach (var entity in model.GetEntityTypes())
        {
            var table = Quoted(entity.GetTableName()!);
            if (entity.FindAnnotation(TableRights.Reads) is not null)
            {
                sql.Append(CultureInfo.InvariantCulture, $"GRANT SELECT ON {table} TO {role};\n");
                continue;
            }

            sql.Append(CultureInfo.InvariantCulture, $"GRANT SELECT, INSERT ON {table} TO {role};\n");
            if (entity.FindAnnotation(TableRights.Updates)?.Value is not string updates)
                sql.Append(CultureInfo.InvariantCulture, $"GRANT UPDATE ON {table} TO {role};\n");
            else if (updates.Length > 0)
                sql.Append(CultureInfo.InvariantCulture, $"GRANT UPDATE ({Columns(entity, updates)}) ON {table} TO {role};\n");
            if (entity.FindAnnotation(TableRights.Deletes) is not null)
                sql.Append(CultureInfo.InvariantCulture, $"GRANT DELETE ON {table} TO {role};\n");
        }

        return sql.ToString();
    }

    private static string Columns(IEntityType entity, string properties) =>
        string.Join(", ", properties.Split(',').Select(name => Quoted(entity.FindProperty(name)!.GetColumnName())));

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
