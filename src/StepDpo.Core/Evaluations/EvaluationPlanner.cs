using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Runs;
using StepDpo.Core.Training;

namespace StepDpo.Core.Evaluations;

/// <summary>Queues the evaluation that a training run asked for. It looks at the database, so none is forgotten when a process dies between the two.</summary>
public sealed class EvaluationPlanner(IDbContextFactory<StepDpoContext> contexts, EvaluationRuns runs) : IPlanner
{
    /// <inheritdoc/>
    public async Task PlanAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var trained = await (
            from run in context.Set<Run>()
            join model in context.Set<LanguageModel>() on run.Id equals model.TrainingRunId
            where run.Kind == RunKind.Training && run.State == RunState.Succeeded && !context.Set<Run>().Any(r => r.ParentId == run.Id)
            orderby run.Id
            select new { Run = run, Model = model }).AsNoTracking().ToListAsync(cancellationToken);
        foreach (var pair in trained)
        {
            if (RunExecution.Options<TrainingRunOptions>(pair.Run).EvaluateAfter is not { } wanted) continue;
            await runs.QueueAsync(
                Actor.System,
                new EvaluationRequest(pair.Run.ProjectId, $"Evaluation of run {pair.Run.Id}", pair.Model.Id)
                {
                    Options = new EvaluationOptions { ProblemIds = [], Split = wanted.Split, MaxTokens = wanted.MaxTokens, ProblemsPerRequest = wanted.ProblemsPerRequest },
                    ParentId = pair.Run.Id,
                    Round = pair.Run.Round,
                },
                cancellationToken);
        }
    }
}
