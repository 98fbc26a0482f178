using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Data;
using StepDpo.Core.Runs;

namespace StepDpo.Core.Training;

/// <summary>
/// Copies a worker's <c>metrics.jsonl</c> into the database, only what is new each time. A worker that goes on from a checkpoint
/// cuts the file back to it and writes those steps anew, at any moment: then everything is copied again, and rows beyond the
/// file's end go.
/// </summary>
public sealed class MetricsMirror(IDbContextFactory<StepDpoContext> contexts, RunFolder folder, RunClaim claim)
{
    // The last line that was copied and where it begins: while it stands there, what is before it has not changed either.
    private byte[] _last = [];
    private long _lastAt;

    /// <summary>Copies what was written since the last call.</summary>
    /// <exception cref="ClaimLostException">Another attempt holds the run.</exception>
    public async Task CopyAsync(CancellationToken cancellationToken)
    {
        var bytes = Read(_lastAt);
        var isNew = _last.Length == 0 || !bytes.AsSpan().StartsWith(_last);
        if (isNew && _lastAt > 0) (bytes, _lastAt) = (Read(0), 0);
        var known = isNew ? 0 : _last.Length;
        // Whole lines only: the last one may be half written.
        var end = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        if (end <= known) return;

        var lines = Encoding.UTF8.GetString(bytes, known, end - known).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await StoreAsync(lines, isNew, cancellationToken);
        var lastStart = bytes.AsSpan(0, end - 1).LastIndexOf((byte)'\n') + 1;
        (_last, _lastAt) = (bytes[lastStart..end], _lastAt + lastStart);
    }

    private async Task StoreAsync(string[] lines, bool fromTheStart, CancellationToken cancellationToken)
    {
        var steps = lines.Select(line => JsonSerializer.Deserialize<StepMetrics>(line, RunJson.Line)!.Step).ToArray();
        var last = steps[^1];
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await RunQueue.FenceAsync(context, claim, cancellationToken);
        if (fromTheStart) await context.Set<TrainingMetric>().Where(m => m.RunId == claim.RunId && m.Step > last).ExecuteDeleteAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync($"""
            INSERT INTO training_metric (run_id, step, metrics)
            SELECT {claim.RunId}, line.step, line.metrics::jsonb FROM unnest({steps}, {lines}) AS line (step, metrics)
            ON CONFLICT (run_id, step) DO UPDATE SET metrics = excluded.metrics
            """, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private byte[] Read(long from)
    {
        if (!File.Exists(folder.Metrics)) return [];
        using var stream = new FileStream(folder.Metrics, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[Math.Max(0, stream.Length - from)];
        stream.Seek(from, SeekOrigin.Begin);
        return bytes[..stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
    }
}
