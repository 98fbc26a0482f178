using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Runs;

/// <summary>
/// A device of this machine, lent to a person for one request that is no run. The loan is the lock on the slot's row, held by an
/// open transaction: <see cref="RunQueue.ClaimAsync"/> passes locked rows over, and the lock ends with the connection however this
/// process ends. Row locks cannot be listed, so an advisory lock beside it shows the loan to pages.
/// </summary>
public sealed class SlotLoan : IAsyncDisposable
{
    // The first key of the advisory locks; the second is the slot's own.
    private const int AdvisoryKey = 0x536C_6F74;

    private readonly StepDpoContext _context;
    private readonly IDbContextTransaction _transaction;

    private SlotLoan(StepDpoContext context, IDbContextTransaction transaction) => (_context, _transaction) = (context, transaction);

    /// <summary>Takes a free device of this machine, unless a run waits for one: runs go first.</summary>
    /// <param name="contexts">Makes the connection that the loan keeps until it is disposed.</param>
    /// <param name="host">This machine.</param>
    /// <param name="actor">Who asks: runs of projects that they are no member of are not named to them.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<Outcome<SlotLoan>> TakeAsync(
        IDbContextFactory<StepDpoContext> contexts, RunHost host, Actor actor, CancellationToken cancellationToken)
    {
        var context = await contexts.CreateDbContextAsync(cancellationToken);
        var isLent = false;
        try
        {
            var outcome = await LockAsync(context, host, actor, cancellationToken);
            isLent = outcome.Succeeded;
            return outcome;
        }
        finally
        {
            // With the connection goes the lock.
            if (!isLent) await context.DisposeAsync();
        }
    }

    /// <summary>Keys of the slots that are lent at this moment, by any process.</summary>
    internal static async Task<IReadOnlyList<long>> LentAsync(StepDpoContext context, CancellationToken cancellationToken) =>
        await context.Database.SqlQuery<long>($"""
            SELECT objid::bigint AS "Value" FROM pg_locks
            WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid::bigint = {AdvisoryKey}
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """).ToListAsync(cancellationToken);

    /// <summary>Gives the device back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _context.DisposeAsync();
    }

    private static async Task<Outcome<SlotLoan>> LockAsync(StepDpoContext context, RunHost host, Actor actor, CancellationToken cancellationToken)
    {
        var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var free = await context.Database.SqlQuery<long>($"""
            SELECT id AS "Value" FROM slot WHERE host = {host.Name} AND run_id IS NULL AND device = ANY({host.Devices.ToArray()})
            ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
            """).ToListAsync(cancellationToken);
        if (free is not [var slot]) return await ExplainBusyAsync(context, host, actor, cancellationToken);
        if (await ExplainWaitingAsync(context, cancellationToken) is { } wait) return wait;
        await context.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({AdvisoryKey}, {(int)slot})", cancellationToken);
        return new SlotLoan(context, transaction);
    }

    private static async Task<Refusal?> ExplainWaitingAsync(StepDpoContext context, CancellationToken cancellationToken)
    {
        var waiting = await context.Set<Run>().CountAsync(
            r => r.State == RunState.Queued && (r.Kind == RunKind.Training || context.Set<LanguageModel>().Any(m => m.Id == r.ModelId && m.Kind == ModelKind.Folder)),
            cancellationToken);
        if (waiting == 0) return null;
        return waiting == 1 ? Refusal.Conflict("1 run waits for a device and goes first. Try again later.") : Refusal.Conflict($"{waiting} runs wait for a device and go first. Try again later.");
    }

    private static async Task<Refusal> ExplainBusyAsync(StepDpoContext context, RunHost host, Actor actor, CancellationToken cancellationToken)
    {
        var slots = await context.Set<Slot>().AsNoTracking().Where(s => s.Host == host.Name && host.Devices.Contains(s.Device)).OrderBy(s => s.Id).ToListAsync(cancellationToken);
        if (slots.Count == 0) return Refusal.Conflict($"The machine {host.Name} offers no device; models of this installation cannot be sampled on it.");
        if (slots.FirstOrDefault(s => s.RunId is not null) is not { } held) return Refusal.Conflict("Somebody else samples just now. Try again in a moment.");
        var mine = Membership.ProjectsOf(context, actor, ProjectRole.Annotator);
        var name = await context.Set<Run>().Where(r => r.Id == held.RunId && mine.Contains(r.ProjectId)).Select(r => r.Name).SingleOrDefaultAsync(cancellationToken);
        return name is null
            ? Refusal.Conflict($"The device {held.Device} is busy with a run of another project. Try again when it has ended or is paused.")
            : Refusal.Conflict($"The device {held.Device} is busy with run {held.RunId}, {name}. Try again when it has ended or is paused.");
    }
}
