using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using StepDpo.Core.Data;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Web.Tests.Search;

/// <summary>Contexts that tell how PostgreSQL answers each query (EXPLAIN ANALYZE), and then ask it.</summary>
internal sealed class Explained(Database database, Action<string> tell) : IDbContextFactory<StepDpoContext>
{
    public StepDpoContext CreateDbContext()
    {
        var options = new DbContextOptionsBuilder<StepDpoContext>();
        options.AddInterceptors(new Teller(tell));
        StepDpoContext.Configure(options, database.ConnectionString);
        return new StepDpoContext(options.Options);
    }

    private sealed class Teller(Action<string> tell) : DbCommandInterceptor
    {
        public override async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            var sql = command.CommandText;
            command.CommandText = "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) " + sql;
            await using (var plan = await command.ExecuteReaderAsync(cancellationToken))
            {
                while (await plan.ReadAsync(cancellationToken)) tell(plan.GetString(0));
            }

            command.CommandText = sql;
            return result;
        }
    }
}
