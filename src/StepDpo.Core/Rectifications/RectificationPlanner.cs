using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Rectifications;

/// <summary>
/// Lets the loop stand by itself: queues rectification when enough prefixes wait, or when the oldest has waited long enough
/// (settings of the project). The solutions' own model is sampled, for the winners must be its words.
/// </summary>
public sealed class RectificationPlanner(IDbContextFactory<StepDpoContext> contexts, RectificationRuns runs, TimeProvider clock) : IPlanner
{
    /// <inheritdoc/>
    public async Task PlanAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var projects = await context.Set<Project>().Where(p => p.ArchivedAt == null)
            .Where(p => context.Set<Prefix>().Any(x => x.Solution!.ProjectId == p.Id && x.Solution.State == SolutionState.Rectifying))
            .Where(p => !context.Set<Run>().Any(r => r.ProjectId == p.Id && r.Kind == RunKind.Rectification
                && (r.State == RunState.Queued || r.State == RunState.Running || r.State == RunState.Paused || r.State == RunState.Cancelling)))
            .Select(p => p.Id).ToListAsync(cancellationToken);
        foreach (var project in projects) await PlanAsync(context, project, cancellationToken);
    }

    private async Task PlanAsync(StepDpoContext context, long projectId, CancellationToken cancellationToken)
    {
        var settings = await context.Set<ProjectRevision>().Where(r => r.ProjectId == projectId)
            .OrderByDescending(r => r.Number).Select(r => r.Settings).FirstAsync(cancellationToken);
        if (!settings.RectifiesByItself) return;
        // After a failure people look first: what failed once would fail every few minutes.
        if (await context.Set<Run>().Where(r => r.ProjectId == projectId && r.Kind == RunKind.Rectification)
            .OrderByDescending(r => r.Id).Select(r => r.State == RunState.Failed).FirstOrDefaultAsync(cancellationToken)) return;

        var waiting = await RectificationRuns.Waiting(context, projectId)
            .Select(p => new { p.Id, p.CreatedAt, p.Solution!.Run!.ModelId }).OrderBy(p => p.Id).ToListAsync(cancellationToken);
        var due = clock.GetUtcNow() - TimeSpan.FromMinutes(settings.RectifyAfterMinutes);
        if (waiting.Count < settings.RectifyAtPrefixes && !waiting.Any(p => p.CreatedAt <= due)) return;
        // Another seed each time: the same one would bring the same texts for a prefix that is sampled again.
        var seed = 42 + await context.Set<Run>().CountAsync(r => r.ProjectId == projectId && r.Kind == RunKind.Rectification, cancellationToken);
        foreach (var group in waiting.Where(p => p.ModelId is not null).GroupBy(p => p.ModelId!.Value))
        {
            await runs.QueueAsync(
                Actor.System,
                new RectificationRequest(projectId, $"Rectification of {group.Count()} prefixes", group.Key)
                {
                    Options = new RectificationOptions
                    {
                        PrefixIds = [.. group.Select(p => p.Id)],
                        ContinuationsPerPrefix = settings.ContinuationsPerPrefix,
                        ContinuationsPerRequest = settings.ContinuationsPerPrefix,
                        Temperature = settings.Temperature,
                        TopP = settings.TopP,
                        MaxTokens = settings.MaxTokens,
                        Seed = seed,
                    },
                },
                cancellationToken);
        }
    }
}
