using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Data;

namespace StepDpo.Core.Runs;

/// <summary>
/// Hands runs to processes: claim, heartbeat, rescue, settle. Each is one conditional statement on the database's clock; what
/// it changed is what it was allowed to change. People's orders are in <see cref="RunControl"/>.
/// </summary>
public sealed class RunQueue(IDbContextFactory<StepDpoContext> contexts, RunHost host, RunNotifier notifier)
{
    /// <summary>Writes this machine's devices into the table of slots; those of devices that are gone are taken out when nobody holds them.</summary>
    public async Task RegisterSlotsAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        foreach (var device in host.Devices)
        {
            await context.Database.ExecuteSqlAsync($"""
                INSERT INTO slot (host, device, seen_at) VALUES ({host.Name}, {device}, now())
                ON CONFLICT (host, device) DO UPDATE SET seen_at = now()
                """, cancellationToken);
        }

        await context.Set<Slot>().Where(s => s.Host == host.Name && s.RunId == null && !host.Devices.Contains(s.Device)).ExecuteDeleteAsync(cancellationToken);
    }

    /// <summary>
    /// Takes the next run that this machine can execute: queued ones, and those whose owner let the lease run out. Training goes
    /// before everything else; within that the oldest first. A run that uses a model of this installation also takes a device.
    /// </summary>
    /// <param name="withoutDevice">Whether runs that need no device may be taken.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The claim, or null when there is nothing to do.</returns>
    public async Task<RunClaim?> ClaimAsync(bool withoutDevice, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var slot = await context.Database.SqlQuery<long?>($"""
            SELECT id AS "Value" FROM slot WHERE host = {host.Name} AND run_id IS NULL AND device = ANY({host.Devices.ToArray()})
            ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
            """).ToListAsync(cancellationToken);
        var claimed = (await context.Database.SqlQuery<ClaimedRow>($"""
            UPDATE run SET
              state = CASE WHEN run.state = 'Cancelling' THEN 'Cancelling' ELSE 'Running' END,
              attempt = run.attempt + 1, lease_owner = {host.Owner}, lease_until = now() + {host.Lease}, heartbeat_at = now(),
              started_at = COALESCE(run.started_at, now())
            FROM (
              SELECT r.id, r.kind = 'Training' OR COALESCE(m.kind = 'Folder', FALSE) AS needs_device
              FROM run r LEFT JOIN language_model m ON m.id = r.model_id
              WHERE (r.state = 'Queued' OR (r.state IN ('Running', 'Cancelling') AND r.lease_until < now()))
                AND CASE WHEN r.kind = 'Training' OR COALESCE(m.kind = 'Folder', FALSE)
                    THEN {slot.Count > 0} OR EXISTS (SELECT FROM slot s WHERE s.run_id = r.id AND s.host = {host.Name})
                    ELSE {withoutDevice} END
              ORDER BY r.kind = 'Training' DESC, r.id
              LIMIT 1 FOR UPDATE OF r SKIP LOCKED) AS picked
            WHERE run.id = picked.id
            RETURNING run.id, run.project_id, run.kind, run.attempt, picked.needs_device
            """).ToListAsync(cancellationToken)).SingleOrDefault();
        if (claimed is null) return null;

        await TakeSlotAsync(context, claimed, slot.SingleOrDefault(), cancellationToken);
        var claim = new RunClaim(claimed.Id, claimed.ProjectId, Enum.Parse<RunKind>(claimed.Kind), claimed.Attempt);
        AddEvent(context, claim, RunEventKind.State, claim.Attempt == 1 ? $"Started on {host.Name}." : $"Taken up again on {host.Name}.");
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        notifier.Tell(new RunChange(claim.RunId, ByPeople: false));
        return claim;
    }

    /// <summary>Keeps the run for another lease and asks what people want of it.</summary>
    public async Task<RunOrder> BeatAsync(RunClaim claim, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await context.Database.SqlQuery<OrderRow>($"""
            UPDATE run SET lease_until = now() + {host.Lease}, heartbeat_at = now()
            WHERE id = {claim.RunId} AND attempt = {claim.Attempt} AND state IN ('Running', 'Cancelling')
            RETURNING state, pause_requested
            """).ToListAsync(cancellationToken);
        return rows is not [var row] ? RunOrder.Lost
            : row.State == nameof(RunState.Cancelling) ? RunOrder.Cancel
            : row.PauseRequested ? RunOrder.Pause : RunOrder.GoOn;
    }

    /// <summary>Gives back at once what dead processes of this machine hold, instead of waiting for their leases.</summary>
    /// <returns>How many runs may be claimed again.</returns>
    public async Task<int> RescueAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var held = context.Set<Run>().Where(r => r.State == RunState.Running || r.State == RunState.Cancelling);
        var owners = await held.Select(r => r.LeaseOwner!).Distinct().ToListAsync(cancellationToken);
        var dead = owners.Where(host.HasDied).ToArray();
        return dead.Length == 0 ? 0 : await context.Database.ExecuteSqlAsync($"""
            UPDATE run SET lease_until = now() - interval '1 second'
            WHERE state IN ('Running', 'Cancelling') AND lease_owner = ANY({dead}) AND lease_until >= now()
            """, cancellationToken);
    }

    /// <summary>
    /// Locks the run's row for the caller's transaction if the claim still holds. A handler calls it before it writes what a run
    /// brings forth, so that an owner who lost the run stores nothing.
    /// </summary>
    /// <exception cref="ClaimLostException">Another attempt holds the run.</exception>
    public static async Task FenceAsync(StepDpoContext context, RunClaim claim, CancellationToken cancellationToken)
    {
        var held = await context.Database.SqlQuery<long>($"""
            SELECT id AS "Value" FROM run WHERE id = {claim.RunId} AND attempt = {claim.Attempt} AND state IN ('Running', 'Cancelling') FOR SHARE
            """).ToListAsync(cancellationToken);
        if (held.Count == 0) throw new ClaimLostException(claim);
    }

    /// <summary>Writes how far the run is; it never goes back, for what a restart does again is no progress. Progress ends a row of failures.</summary>
    /// <exception cref="ClaimLostException">Another attempt holds the run.</exception>
    public async Task ReportAsync(RunClaim claim, int done, int total, string? note, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var changed = await Held(context, claim).ExecuteUpdateAsync(set => set
            .SetProperty(r => r.FailuresInARow, r => r.ProgressDone < done ? 0 : r.FailuresInARow)
            .SetProperty(r => r.ProgressDone, r => r.ProgressDone < done ? done : r.ProgressDone).SetProperty(r => r.ProgressTotal, total).SetProperty(r => r.ProgressNote, note), cancellationToken);
        if (changed == 0) throw new ClaimLostException(claim);
        notifier.Tell(new RunChange(claim.RunId, ByPeople: false));
    }

    /// <summary>Writes down that an attempt failed and may be tried again.</summary>
    /// <returns>How many failures there have been in a row, without progress between them.</returns>
    /// <exception cref="ClaimLostException">Another attempt holds the run.</exception>
    public async Task<int> CountFailureAsync(RunClaim claim, string reason, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var changed = await Held(context, claim).ExecuteUpdateAsync(set => set.SetProperty(r => r.FailuresInARow, r => r.FailuresInARow + 1), cancellationToken);
        if (changed == 0) throw new ClaimLostException(claim);
        AddEvent(context, claim, RunEventKind.Error, reason);
        await context.SaveChangesAsync(cancellationToken);
        notifier.Tell(new RunChange(claim.RunId, ByPeople: false));
        return await context.Set<Run>().Where(r => r.Id == claim.RunId).Select(r => r.FailuresInARow).SingleAsync(cancellationToken);
    }

    /// <summary>Adds a line to the run's history.</summary>
    public async Task NoteAsync(RunClaim claim, RunEventKind kind, string message, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        AddEvent(context, claim, kind, message);
        await context.SaveChangesAsync(cancellationToken);
        notifier.Tell(new RunChange(claim.RunId, ByPeople: false));
    }

    /// <summary>Whether a training run waits for a device of this machine and none is free: other runs then give theirs up.</summary>
    public async Task<bool> TrainingWaitsAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Set<Run>().AnyAsync(r => r.Kind == RunKind.Training && r.State == RunState.Queued, cancellationToken)
            && !await context.Set<Slot>().AnyAsync(s => s.Host == host.Name && s.RunId == null, cancellationToken);
    }

    /// <summary>Ends the claim: the run goes to another state and its device is free. An owner who lost the run changes nothing.</summary>
    /// <param name="claim">The claim.</param>
    /// <param name="state">Queued (given way), Paused, Succeeded, Failed or Cancelled.</param>
    /// <param name="message">The line of history; for Failed also the reason that people read.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether the claim still held.</returns>
    public async Task<bool> SettleAsync(RunClaim claim, RunState state, string message, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var from = RunTransitions.Into(state).ToArray();
        var over = state.IsOver();
        var changed = await Held(context, claim).Where(r => from.Contains(r.State)).ExecuteUpdateAsync(set => set
            .SetProperty(r => r.State, state)
            .SetProperty(r => r.PauseRequested, false)
            .SetProperty(r => r.LeaseOwner, (string?)null).SetProperty(r => r.LeaseUntil, (DateTimeOffset?)null)
            .SetProperty(r => r.EndedAt, over ? DateTimeOffset.UtcNow : (DateTimeOffset?)null)
            .SetProperty(r => r.Error, state == RunState.Failed ? message : null), cancellationToken);
        if (changed == 0) return false;
        await FreeSlotAsync(context, claim.RunId, cancellationToken);
        AddEvent(context, claim, state == RunState.Failed ? RunEventKind.Error : RunEventKind.State, message);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        notifier.Tell(new RunChange(claim.RunId, ByPeople: false));
        return true;
    }

    /// <summary>Lets the lease run out at once: the process ends, the run goes on elsewhere or at the next start. A training worker keeps its device.</summary>
    public async Task LetGoAsync(RunClaim claim, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync($"""
            UPDATE run SET lease_until = now() - interval '1 second'
            WHERE id = {claim.RunId} AND attempt = {claim.Attempt} AND state IN ('Running', 'Cancelling')
            """, cancellationToken);
    }

    internal static async Task FreeSlotAsync(StepDpoContext context, long runId, CancellationToken cancellationToken) =>
        await context.Set<Slot>().Where(s => s.RunId == runId)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.RunId, (long?)null).SetProperty(s => s.TakenAt, (DateTimeOffset?)null), cancellationToken);

    private async Task TakeSlotAsync(StepDpoContext context, ClaimedRow claimed, long? free, CancellationToken cancellationToken)
    {
        // What a dead owner elsewhere held is free again.
        await context.Set<Slot>().Where(s => s.RunId == claimed.Id && s.Host != host.Name)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.RunId, (long?)null).SetProperty(s => s.TakenAt, (DateTimeOffset?)null), cancellationToken);
        if (!claimed.NeedsDevice || await context.Set<Slot>().AnyAsync(s => s.RunId == claimed.Id, cancellationToken)) return;
        await context.Set<Slot>().Where(s => s.Id == free)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.RunId, claimed.Id).SetProperty(s => s.TakenAt, DateTimeOffset.UtcNow), cancellationToken);
    }

    private static IQueryable<Run> Held(StepDpoContext context, RunClaim claim) =>
        context.Set<Run>().Where(r => r.Id == claim.RunId && r.Attempt == claim.Attempt && (r.State == RunState.Running || r.State == RunState.Cancelling));

    private static void AddEvent(StepDpoContext context, RunClaim claim, RunEventKind kind, string message) =>
        context.Add(new RunEvent { RunId = claim.RunId, Attempt = claim.Attempt, Kind = kind, Message = message, At = DateTimeOffset.UtcNow });

    private sealed record ClaimedRow(long Id, long ProjectId, string Kind, int Attempt, bool NeedsDevice);

    private sealed record OrderRow(string State, bool PauseRequested);
}
