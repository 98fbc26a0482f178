using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace StepDpo.Core.Data;

/// <summary>
/// The database. It finds each entity's configuration by scanning this assembly and has no list of sets (use
/// <c>Set&lt;T&gt;()</c>), so it depends on no feature. Take a short-lived one per operation from <c>IDbContextFactory</c>.
/// </summary>
public sealed class StepDpoContext(DbContextOptions<StepDpoContext> options) : DbContext(options)
{
    /// <summary>Name of the assembly that holds the migrations.</summary>
    public const string MigrationsAssembly = "StepDpo.Migrations";

    /// <summary>How every program of this repository talks to the database.</summary>
    public static void Configure(DbContextOptionsBuilder builder, string connectionString) => builder
        .UseNpgsql(connectionString, postgres => postgres.MigrationsAssembly(MigrationsAssembly))
        .UseSnakeCaseNamingConvention();

    /// <inheritdoc/>
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<Enum>().HaveConversion<string>().HaveMaxLength(40);

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(StepDpoContext).Assembly);
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            foreach (var key in entity.GetForeignKeys()) key.DeleteBehavior = DeleteBehavior.Restrict;
            foreach (var property in entity.GetDeclaredProperties()) AllowOnlyNames(entity, property);
        }
    }

    // Statements written by hand bypass the converter: a misspelt state must not get in.
    private static void AllowOnlyNames(IMutableEntityType entity, IMutableProperty property)
    {
        var type = Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType;
        if (!type.IsEnum) return;
        var column = property.GetColumnName();
        entity.AddCheckConstraint(
            $"ck_{entity.GetTableName()}_{column}_names",
            $"{column} IN ({string.Join(", ", Enum.GetNames(type).Select(name => $"'{name}'"))})");
    }
}
