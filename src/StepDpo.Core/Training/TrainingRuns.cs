using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Pairs;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;

namespace StepDpo.Core.Training;

/// <summary>What a form asks for when a training run is to be queued.</summary>
/// <param name="ProjectId">The project.</param>
/// <param name="Name">Name of the run.</param>
/// <param name="ModelId">The model to start from; it is the reference model too.</param>
public sealed record TrainingRequest(long ProjectId, string Name, long ModelId)
{
    /// <summary>Options.</summary>
    public TrainingRunOptions Options { get; init; } = new();

    /// <summary>Which pairs it trains on.</summary>
    public ExportOptions Pairs { get; init; } = new();

    /// <summary>An export of held-out pairs, or null. No pair of its problems is trained on.</summary>
    public long? ValidationExportId { get; init; }

    /// <summary>The iteration of the loop, from 1.</summary>
    public int Round { get; init; } = 1;

    /// <summary>The key that the browser gave the request: a double press makes one run.</summary>
    public Guid? ClientKey { get; init; }
}

/// <summary>Queues training runs on a snapshot of the project's pairs.</summary>
public sealed class TrainingRuns(IDbContextFactory<StepDpoContext> contexts, PairExports exports, RunControl control)
{
    /// <summary>Fixes the pairs in an export and queues the run.</summary>
    public async Task<Outcome<long>> QueueAsync(Actor actor, TrainingRequest request, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, request.ProjectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (request.ValidationExportId is { } held && !await context.Set<Export>().AnyAsync(e => e.Id == held && e.ProjectId == request.ProjectId, cancellationToken))
            return Refusal.Invalid(nameof(request.ValidationExportId), $"This project has no export {held} to hold out.");
        var export = await exports.CreateAsync(actor, request.ProjectId, request.Pairs with { HeldOutExportId = request.ValidationExportId }, cancellationToken);
        if (!export.Succeeded) return export.Refusal;
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var run = await control.QueueAsync(
            context, actor,
            new RunRequest<TrainingRunOptions>(request.ProjectId, request.Name, request.ModelId, request.Options) { Round = request.Round, ClientKey = request.ClientKey },
            cancellationToken);
        if (!run.Succeeded) return run;
        if (await context.Set<TrainingInput>().AnyAsync(i => i.RunId == run.Value, cancellationToken)) return run;
        context.Add(new TrainingInput { RunId = run.Value, ExportId = export.Value.Id, ValidationExportId = request.ValidationExportId });
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        control.Wake(run.Value);
        return run;
    }
}
