using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Data;

namespace StepDpo.Core.Runs;

/// <summary>What a handler knows of the run that it executes, and how it tells how far it is.</summary>
public sealed class RunExecution(RunClaim claim, RunQueue queue, IDbContextFactory<StepDpoContext> contexts, CancellationToken stopping)
{
    private int _done = -1;

    /// <summary>The claim, for fencing.</summary>
    public RunClaim Claim { get; } = claim;

    /// <summary>Fires when people ask for a pause or the end, when the process ends, or when the run is another's.</summary>
    public CancellationToken Stopping { get; } = stopping;

    /// <summary>Why <see cref="Stopping"/> fired; null while it has not, and when the process ends.</summary>
    public RunOrder? Order { get; internal set; }

    /// <summary>Whether anything was done since this execution began.</summary>
    internal bool HasProgressed { get; private set; }

    /// <summary>Reads the run's row.</summary>
    public async Task<Run> ReadAsync()
    {
        await using var context = await contexts.CreateDbContextAsync(Stopping);
        return await context.Set<Run>().AsNoTracking().SingleAsync(r => r.Id == Claim.RunId, Stopping);
    }

    /// <summary>Reads the kind's options.</summary>
    public static TOptions Options<TOptions>(Run run) where TOptions : class =>
        JsonSerializer.Deserialize<TOptions>(run.Options, RunJson.Line)
        ?? throw new RunFailedException($"The options of run {run.Id} are empty.");

    /// <summary>Writes how far the run is.</summary>
    /// <exception cref="ClaimLostException">Another attempt holds the run.</exception>
    public async Task ReportAsync(int done, int total, string? note = null)
    {
        HasProgressed |= _done >= 0 && done > _done;
        _done = Math.Max(_done, done);
        await queue.ReportAsync(Claim, done, total, note, CancellationToken.None);
    }

    /// <summary>Adds a line to the run's history.</summary>
    public Task NoteAsync(RunEventKind kind, string message) => queue.NoteAsync(Claim, kind, message, CancellationToken.None);

    /// <summary>Writes down that a piece of the run failed and may be tried again; answers how many failures there were in a row.</summary>
    /// <exception cref="ClaimLostException">Another attempt holds the run.</exception>
    public Task<int> CountFailureAsync(string reason) => queue.CountFailureAsync(Claim, reason, CancellationToken.None);

    /// <summary>Whether a training run waits for the device: asked between two pieces of work.</summary>
    public Task<bool> ShouldGiveWayAsync() => queue.TrainingWaitsAsync(Stopping);
}
