using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Data;

namespace StepDpo.Core.Runs;

/// <summary>One planner at a time in all processes of the installation: two would queue the same run.</summary>
public sealed class PlanLock(IDbContextFactory<StepDpoContext> contexts)
{
    private const long Key = 0x506C616E;

    /// <summary>Runs the work if nobody else plans; else does nothing.</summary>
    public async Task HoldAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // The lock belongs to the transaction: it ends with the connection, however that ends.
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var held = await context.Database.SqlQuery<bool>($"""SELECT pg_try_advisory_xact_lock({Key}) AS "Value" """).ToListAsync(cancellationToken);
        if (held[0]) await work(cancellationToken);
    }
}
