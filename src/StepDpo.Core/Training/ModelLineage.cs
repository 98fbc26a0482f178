using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Pairs;
using StepDpo.Core.Problems;

namespace StepDpo.Core.Training;

/// <summary>What a model has been trained on, through all models that it comes from.</summary>
public sealed class ModelLineage(IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>How many of these problems occur, by their normalised words, in pairs that the model or one that it comes from was trained on.</summary>
    public async Task<int> CountSeenAsync(long modelId, IReadOnlyList<long> problemIds, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var runs = await RunsAsync(context, modelId, cancellationToken);
        if (runs.Count == 0) return 0;
        var trained =
            from input in context.Set<TrainingInput>()
            join member in context.Set<ExportPair>() on input.ExportId equals member.ExportId
            join pair in context.Set<PreferencePair>() on member.PairId equals pair.Id
            where runs.Contains(input.RunId)
            select pair.StatementSha256;
        return await context.Set<Problem>().CountAsync(p => problemIds.Contains(p.Id) && trained.Contains(p.StatementSha256), cancellationToken);
    }

    private static async Task<List<long>> RunsAsync(StepDpoContext context, long modelId, CancellationToken cancellationToken)
    {
        var runs = new List<long>();
        for (long? id = modelId; id is not null;)
        {
            var model = await context.Set<LanguageModel>().Where(m => m.Id == id).Select(m => new { m.TrainingRunId, m.ParentId }).SingleAsync(cancellationToken);
            if (model.TrainingRunId is { } run) runs.Add(run);
            id = model.ParentId;
        }

        return runs;
    }
}
