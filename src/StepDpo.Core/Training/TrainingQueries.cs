using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Pairs;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;

namespace StepDpo.Core.Training;

/// <summary>Some figures of a training run over its steps.</summary>
/// <param name="Steps">The steps shown, rising.</param>
/// <param name="Values">For each figure asked for, a value a step; null where the step has none.</param>
public sealed record MetricSeries(IReadOnlyList<int> Steps, IReadOnlyList<IReadOnlyList<double?>> Values);

/// <summary>The newest step of a training run.</summary>
/// <param name="Last">Its line.</param>
/// <param name="SecondsPerStep">Mean seconds of the last 20 steps.</param>
public sealed record TrainingPulse(StepMetrics Last, double SecondsPerStep);

/// <summary>What a training run reads.</summary>
/// <param name="ExportId">The file of pairs.</param>
/// <param name="Pairs">What is known of them.</param>
/// <param name="ValidationPairs">Number of held-out pairs.</param>
/// <param name="MadeModelId">The model that was registered from this run, or null.</param>
/// <param name="MadeModel">Its name.</param>
public sealed record TrainingFacts(long ExportId, PairFacts Pairs, int ValidationPairs, long? MadeModelId, string? MadeModel);

/// <summary>Reads training runs for pages. Reviewers and leads of the project may.</summary>
public sealed class TrainingQueries(IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>The names that <c>metrics.jsonl</c> gives to figures.</summary>
    public static IReadOnlyList<string> Fields { get; } =
    [
        "loss", "grad_norm", "learning_rate", "rewards/chosen", "rewards/rejected", "rewards/accuracies", "rewards/margins",
        "logps/chosen", "logps/rejected", "num_tokens", "step_seconds", "eval_loss", "eval_rewards/accuracies", "eval_rewards/margins",
    ];

    /// <summary>Figures of a run, thinned out to so many steps: those with the lowest and highest value of the first figure stay.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="runId">The run.</param>
    /// <param name="fields">Names out of <see cref="Fields"/>, 1 to 4.</param>
    /// <param name="points">Most steps, 10 to 5,000.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Outcome<MetricSeries>> SeriesAsync(
        Actor actor, long projectId, long runId, IReadOnlyList<string> fields, int points, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (await RefuseAsync(context, actor, projectId, runId, cancellationToken) is { } refusal) return refusal;
        if (fields.Count is < 1 or > 4) return Refusal.Invalid("fields", $"Ask for 1 to 4 figures; found {fields.Count}.");
        if (fields.FirstOrDefault(field => !Fields.Contains(field)) is { } unknown) return Refusal.Invalid("fields", $"Found \"{unknown}\", wanted one of {string.Join(", ", Fields)}.");
        if (points is < 10 or > 5000) return Refusal.Invalid("points", $"The number of points must be 10 to 5,000; found {points}.");
        // Only the figures asked for leave the database: a step's whole line is twenty times as long.
        var names = fields.ToArray();
        var rows = await context.Database.SqlQuery<SeriesRow>($"""
            SELECT step, ARRAY(SELECT (metrics ->> name)::float8 FROM unnest({names}) WITH ORDINALITY AS f(name, place) ORDER BY place) AS "values"
            FROM training_metric WHERE run_id = {runId} ORDER BY step
            """).ToListAsync(cancellationToken);
        var kept = Thinning.Places([.. rows.Select(row => row.Values[0])], points);
        return new MetricSeries(
            [.. kept.Select(place => rows[place].Step)],
            [.. fields.Select((_, field) => kept.Select(place => rows[place].Values[field]).ToArray())]);
    }

    /// <summary>The newest step, or null before the first.</summary>
    public async Task<Outcome<TrainingPulse?>> PulseAsync(Actor actor, long projectId, long runId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (await RefuseAsync(context, actor, projectId, runId, cancellationToken) is { } refusal) return refusal;
        var last = await context.Set<TrainingMetric>().AsNoTracking().Where(m => m.RunId == runId)
            .OrderByDescending(m => m.Step).Take(20).Select(m => m.Metrics).ToListAsync(cancellationToken);
        return last.Count == 0 ? (TrainingPulse?)null : new TrainingPulse(last[0], last.Average(m => m.StepSeconds));
    }

    /// <summary>What the run reads and what came of it; null where it has no pairs yet.</summary>
    public async Task<Outcome<TrainingFacts?>> FactsAsync(Actor actor, long projectId, long runId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (await RefuseAsync(context, actor, projectId, runId, cancellationToken) is { } refusal) return refusal;
        var input = await context.Set<TrainingInput>().AsNoTracking().SingleOrDefaultAsync(i => i.RunId == runId, cancellationToken);
        if (input is null) return (TrainingFacts?)null;
        var modelId = await context.Set<Run>().Where(r => r.Id == runId).Select(r => r.ModelId).SingleAsync(cancellationToken);
        var pairs = context.Set<PreferencePair>().Where(p => context.Set<ExportPair>().Any(e => e.ExportId == input.ExportId && e.PairId == p.Id));
        var made = await context.Set<LanguageModel>().Where(m => m.TrainingRunId == runId).OrderByDescending(m => m.TrainingStep)
            .Select(m => new { m.Id, m.Name }).FirstOrDefaultAsync(cancellationToken);
        return new TrainingFacts(
            input.ExportId,
            await PairFacts.OfAsync(context, projectId, pairs, modelId, cancellationToken),
            await context.Set<ExportPair>().CountAsync(e => e.ExportId == input.ValidationExportId, cancellationToken),
            made?.Id, made?.Name);
    }

    /// <summary>What is known, before a run is queued, of the pairs that it would train on. For leads.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="pairs">Which pairs.</param>
    /// <param name="modelId">The model that would be trained.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Outcome<PairFacts>> BeforeAsync(Actor actor, long projectId, ExportOptions pairs, long modelId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        return await PairFacts.OfAsync(context, projectId, PairExports.Members(context, projectId, pairs), modelId, cancellationToken);
    }

    /// <summary>What is reckoned, before a run is queued, of lengths and time. For leads.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="pairs">Which pairs.</param>
    /// <param name="modelId">The model that would be trained.</param>
    /// <param name="maxLength">The run's longest text in tokens.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Outcome<TrainingEstimate>> EstimateAsync(
        Actor actor, long projectId, ExportOptions pairs, long modelId, int maxLength, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        return await TrainingEstimate.OfAsync(context, projectId, PairExports.Members(context, projectId, pairs), modelId, maxLength, cancellationToken);
    }

    private static async Task<Refusal?> RefuseAsync(StepDpoContext context, Actor actor, long projectId, long runId, CancellationToken cancellationToken)
    {
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var isHere = await context.Set<Run>().AnyAsync(r => r.Id == runId && r.ProjectId == projectId && r.Kind == RunKind.Training, cancellationToken);
        return isHere ? null : Refusal.NotFound("There is no such training run in this project.");
    }

    private sealed record SeriesRow(int Step, double?[] Values);
}
