using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace StepDpo.Core.Runs;

/// <summary>Queues runs that nobody has to ask for. Called every few seconds; what it queued before keeps it from queueing it again.</summary>
public interface IPlanner
{
    /// <summary>Looks at the database and queues what is due.</summary>
    Task PlanAsync(CancellationToken cancellationToken);
}

/// <summary>Calls the planners as long as the process lives. Two processes may plan at once only where that does no harm, so one at a time holds the plan.</summary>
public sealed class Planning(IEnumerable<IPlanner> planners, PlanLock plan, RunHost host, ILogger<Planning> log) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await plan.HoldAsync(PlanAsync, stoppingToken);
                await Task.Delay(host.Poll, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                log.LogError(e, "Planning failed; it is tried again.");
                await Task.Delay(host.RetryPause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task PlanAsync(CancellationToken cancellationToken)
    {
        foreach (var planner in planners) await planner.PlanAsync(cancellationToken);
    }
}
