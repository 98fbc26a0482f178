using Npgsql;
using StepDpo.Core.Data;
using StepDpo.Web.Accounts;

namespace StepDpo.Web.Hosting;

/// <summary>The site's database: where it is, and what has to be done before the first request.</summary>
public static class Database
{
    private const string Site = "StepDpo";
    private const string Owner = "StepDpoOwner";

    /// <summary>The connection of the site's own role.</summary>
    /// <exception cref="InvalidOperationException">The setting is missing.</exception>
    public static string SiteConnection(this IConfiguration configuration) => configuration.GetConnectionString(Site) is { Length: > 0 } text
        ? text
        : throw new InvalidOperationException($"Setting ConnectionStrings:{Site}: found nothing, wanted a PostgreSQL connection string. ./stepdpo up sets it.");

    /// <summary>Migrates when the owner's connection is set (else somebody else does), then makes the first admin of an empty installation.</summary>
    public static async Task PrepareDatabaseAsync(this WebApplication app)
    {
        if (app.Configuration.GetConnectionString(Owner) is { Length: > 0 } owner)
        {
            var role = new NpgsqlConnectionStringBuilder(app.Configuration.SiteConnection()).Username
                ?? throw new InvalidOperationException($"Setting ConnectionStrings:{Site}: found no Username, wanted the site's database role.");
            await DatabaseSetup.MigrateAsync(owner, role);
        }
        await using var scope = app.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<FirstSignIn>().EnsureAsync();
    }
}
