using System.Linq.Expressions;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Contracts.Runs;

namespace StepDpo.Core.Data;

/// <summary>
/// What an entity's configuration says of its table beside columns: what the site's database role may do with it, beyond
/// reading and inserting. <see cref="DatabaseSetup"/> turns it into grants, so that a bug in a service cannot rewrite what was said.
/// Without a word here every column may be updated, and no row deleted.
/// </summary>
public static class TableRights
{
    internal const string Updates = "StepDpo:Updates";
    internal const string Deletes = "StepDpo:Deletes";
    internal const string Reads = "StepDpo:Reads";

    /// <summary>Rows are only read: the database's own triggers write them.</summary>
    public static void ReadOnly<T>(this EntityTypeBuilder<T> builder) where T : class => builder.HasAnnotation(Reads, "only");

    /// <summary>Rows are written once: no update, no delete.</summary>
    public static void AppendOnly<T>(this EntityTypeBuilder<T> builder) where T : class => builder.HasAnnotation(Updates, "");

    /// <summary>Only these properties are ever updated.</summary>
    public static void UpdatesOnly<T>(this EntityTypeBuilder<T> builder, params Expression<Func<T, object?>>[] properties) where T : class =>
        builder.HasAnnotation(Updates, string.Join(',', properties.Select(Name)));

    /// <summary>Rows may be deleted.</summary>
    public static void MayBeDeleted<T>(this EntityTypeBuilder<T> builder) where T : class => builder.HasAnnotation(Deletes, "yes");

    /// <summary>PostgreSQL's xmin as concurrency token: an update of a row that somebody else has changed since is refused.</summary>
    public static void HasRowVersion<T>(this EntityTypeBuilder<T> builder, Expression<Func<T, uint>> property) where T : class =>
        builder.Property(property).IsRowVersion().HasColumnName("xmin").HasColumnType("xid");

    /// <summary>A record kept as jsonb.</summary>
    public static void HasJson<T, TValue>(this EntityTypeBuilder<T> builder, Expression<Func<T, TValue>> property)
        where T : class where TValue : class =>
        builder.Property(property).HasColumnType("jsonb").HasConversion(
            value => JsonSerializer.Serialize(value, RunJson.Line),
            text => JsonSerializer.Deserialize<TValue>(text, RunJson.Line)!,
            new ValueComparer<TValue>((a, b) => Equals(a, b), value => value.GetHashCode(), value => value));

    private static string Name<T>(Expression<Func<T, object?>> property) =>
        (property.Body is UnaryExpression convert ? convert.Operand : property.Body) is MemberExpression member
            ? member.Member.Name
            : throw new ArgumentException($"{property}: found no property, wanted one");
}
