using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Data;

namespace StepDpo.Core.Auditing;

/// <summary>
/// Which tables labels rest on. Signed digests (<see cref="AuditDigest"/>) cover their rows: those columns that the site's role
/// may never update (<see cref="TableRights"/>), so a row's hash holds for good.
/// </summary>
public static class Evidence
{
    private const string Annotation = "StepDpo:Evidence";

    /// <summary>Labels rest on these rows. They need an <c>Id</c> that rises with time.</summary>
    public static void IsEvidence<T>(this EntityTypeBuilder<T> builder) where T : class => builder.HasAnnotation(Annotation, "yes");

    /// <summary>The same for rows that have another key: the database numbers them as they come.</summary>
    public static void IsEvidence<T>(this EntityTypeBuilder<T> builder, Expression<Func<T, long>> number) where T : class
    {
        builder.IsEvidence();
        var column = builder.Property(number).ValueGeneratedOnAdd().UseIdentityByDefaultColumn();
        builder.HasIndex(column.Metadata.Name).IsUnique();
    }

    /// <summary>The tables, by name.</summary>
    internal static IReadOnlyList<EvidenceTable> Tables(StepDpoContext context) =>
    [
        .. context.GetService<IDesignTimeModel>().Model.GetEntityTypes()
            .Where(entity => entity.FindAnnotation(Annotation) is not null)
            .Select(entity => new EvidenceTable(entity.GetTableName()!, LastingColumns(entity)))
            .OrderBy(table => table.Name, StringComparer.Ordinal),
    ];

    private static string[] LastingColumns(IEntityType entity)
    {
        if (entity.FindAnnotation(TableRights.Updates)?.Value is not string updates)
            throw new InvalidOperationException($"{entity.Name}: found evidence whose every column may be updated, wanted AppendOnly or UpdatesOnly");
        var changing = updates.Split(',');
        return [.. entity.GetProperties().Where(p => !p.IsConcurrencyToken && !changing.Contains(p.Name)).Select(p => p.GetColumnName()).Order(StringComparer.Ordinal)];
    }
}

/// <summary>A table of which digests cover some columns.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Columns">The columns, in the order in which they are hashed.</param>
internal sealed record EvidenceTable(string Name, IReadOnlyList<string> Columns);
