using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace StepDpo.Core.Auditing;

/// <summary>Makes the digests that are due, as long as the process lives.</summary>
public sealed class AuditRounds(AuditSigning signing, TimeProvider clock, ILogger<AuditRounds> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Look, clock, stoppingToken);
                await signing.SignDueAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                log.LogError(e, "The audit could not be signed; it is tried again.");
            }
        }
    }
}
