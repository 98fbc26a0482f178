using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using StepDpo.Core.Data;
using StepDpo.Core.Workers;

namespace StepDpo.Core.Runs;

/// <summary>
/// Claims runs and executes them, as long as the process lives. Nothing escapes: an error ends in the run's row, an outage of
/// the database is waited out. When the process ends, its runs are let go and taken up elsewhere or at the next start.
/// </summary>
public sealed class RunLoop(
    RunQueue queue, RunHost host, RunNotifier notifier, IEnumerable<IRunHandler> handlers, IDbContextFactory<StepDpoContext> contexts,
    TimeProvider clock, ILogger<RunLoop> log) : BackgroundService
{
    /// <summary>Failures in a row, without progress between them, after which a run is given up.</summary>
    public const int MostFailures = 3;

    private readonly Dictionary<RunKind, IRunHandler> _handlers = handlers.ToDictionary(handler => handler.Kind);
    private readonly ConcurrentDictionary<RunClaim, Task> _running = new();
    private readonly SemaphoreSlim _wake = new(0);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var subscription = notifier.Subscribe(change => { if (change.ByPeople) _wake.Release(); });
        var registered = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!registered) await queue.RegisterSlotsAsync(stoppingToken);
                registered = true;
                await queue.RescueAsync(stoppingToken);
                while (await queue.ClaimAsync(_running.Count < host.Devices.Count + host.RunsWithoutDevice, stoppingToken) is { } claim)
                    Begin(claim, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                log.LogError(e, "The queue of runs could not be read; it is tried again.");
            }

            await PauseAsync(stoppingToken);
        }

        await Task.WhenAll(_running.Values);
    }

    private void Begin(RunClaim claim, CancellationToken processEnds)
    {
        var task = Task.Run(() => ExecuteRunAsync(claim, processEnds), CancellationToken.None);
        _running[claim] = task;
        _ = task.ContinueWith(_ => { _running.TryRemove(claim, out Task? _); _wake.Release(); }, TaskScheduler.Default);
    }

    private async Task PauseAsync(CancellationToken stopping)
    {
        try
        {
            await _wake.WaitAsync(host.Poll, stopping);
            while (_wake.Wait(0, CancellationToken.None)) { }
        }
        catch (OperationCanceledException)
        {
            // The process ends.
        }
    }

    private async Task ExecuteRunAsync(RunClaim claim, CancellationToken processEnds)
    {
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(processEnds);
            var execution = new RunExecution(claim, queue, contexts, stop.Token);
            using var heartStops = new CancellationTokenSource();
            var heart = BeatAsync(execution, stop, heartStops.Token);
            var (state, message) = await TryAsync(execution);
            await heartStops.CancelAsync();
            await heart;
            await SettleAsync(execution, state, message);
        }
        catch (Exception e)
        {
            log.LogError(e, "Run {Run} could not be settled; its lease runs out and it is taken up again.", claim.RunId);
        }
    }

    // What the run comes to: a state to settle in, or null to let it go as it is.
    private async Task<(RunState? State, string Message)> TryAsync(RunExecution execution)
    {
        while (true)
        {
            try
            {
                if (!_handlers.TryGetValue(execution.Claim.Kind, out var handler))
                    return (RunState.Failed, $"Nothing here executes runs of kind {execution.Claim.Kind}.");
                var result = await handler.ExecuteAsync(execution);
                return (result.GivesWay ? RunState.Queued : RunState.Succeeded, result.Message);
            }
            catch (ClaimLostException)
            {
                return (null, "");
            }
            catch (OperationCanceledException) when (execution.Stopping.IsCancellationRequested)
            {
                return Ordered(execution);
            }
            catch (RunFailedException e)
            {
                return (RunState.Failed, e.Message);
            }
            catch (Exception e) when (MayPass(e))
            {
                log.LogWarning(e, "Run {Run} is tried again.", execution.Claim.RunId);
                if (await PauseAfterFailureAsync(execution, e) is { } failure) return failure;
            }
            catch (EndpointException e)
            {
                return (RunState.Failed, e.Message);
            }
            catch (Exception e)
            {
                log.LogError(e, "Run {Run} failed.", execution.Claim.RunId);
                return (RunState.Failed, $"{e.GetType().Name}: {e.Message}");
            }
        }
    }

    private static (RunState? State, string Message) Ordered(RunExecution execution) => execution.Order switch
    {
        RunOrder.Pause => (RunState.Paused, "Paused."),
        RunOrder.Cancel => (RunState.Cancelled, "Cancelled."),
        RunOrder.GoOn or RunOrder.Lost or null => (null, ""),
        _ => throw new InvalidOperationException($"order {execution.Order} is unknown"),
    };

    private async Task<(RunState? State, string Message)?> PauseAfterFailureAsync(RunExecution execution, Exception e)
    {
        int failures;
        try
        {
            failures = await execution.CountFailureAsync(e.Message);
        }
        catch (ClaimLostException)
        {
            return (null, "");
        }
        catch (Exception unwritable) when (MayPass(unwritable))
        {
            failures = 1; // The database is away: it is waited for as long as the lease holds.
        }

        if (failures >= MostFailures) return (RunState.Failed, e.Message);
        try
        {
            await Task.Delay(host.RetryPause * (1 << (failures - 1)), clock, execution.Stopping);
            return null;
        }
        catch (OperationCanceledException)
        {
            return Ordered(execution);
        }
    }

    private async Task BeatAsync(RunExecution execution, CancellationTokenSource stop, CancellationToken end)
    {
        using var orders = new SemaphoreSlim(0);
        using var subscription = notifier.Subscribe(change => { if (change.ByPeople && change.RunId == execution.Claim.RunId) orders.Release(); });
        try
        {
            while (true)
            {
                try
                {
                    var order = await queue.BeatAsync(execution.Claim, end);
                    if (order != RunOrder.GoOn && !stop.IsCancellationRequested)
                    {
                        execution.Order = order;
                        await stop.CancelAsync();
                    }
                }
                catch (Exception e) when (MayPass(e))
                {
                    log.LogWarning(e, "Run {Run}: no heartbeat.", execution.Claim.RunId);
                }

                await orders.WaitAsync(host.Heartbeat, end);
            }
        }
        catch (OperationCanceledException)
        {
            // The run has come to its end.
        }
    }

    private async Task SettleAsync(RunExecution execution, RunState? state, string message)
    {
        for (var pause = host.RetryPause; ; pause *= 2)
        {
            try
            {
                if (state is { } wanted) await queue.SettleAsync(execution.Claim, wanted, message, CancellationToken.None);
                else await queue.LetGoAsync(execution.Claim, CancellationToken.None);
                return;
            }
            catch (Exception e) when (MayPass(e) && pause < host.Lease)
            {
                await Task.Delay(pause, clock);
            }
        }
    }

    private static bool MayPass(Exception e) => e switch
    {
        EndpointException endpoint => endpoint.MayPass,
        NpgsqlException postgres => postgres.IsTransient,
        DbUpdateException { InnerException: NpgsqlException postgres } => postgres.IsTransient,
        InvalidOperationException { InnerException: NpgsqlException postgres } => postgres.IsTransient,
        _ => false,
    };
}
