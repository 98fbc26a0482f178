using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts.Completions;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Training;

namespace StepDpo.Core.Evaluations;

/// <summary>Asks a model each problem of a split once and grades the answers; a fixed group of problems a request.</summary>
public sealed class EvaluationRunHandler(
    IDbContextFactory<StepDpoContext> contexts, ModelEndpoints endpoints, ModelLineage lineage, TimeProvider clock) : IRunHandler
{
    /// <inheritdoc/>
    public RunKind Kind => RunKind.Evaluation;

    /// <inheritdoc/>
    public async Task<RunResult> ExecuteAsync(RunExecution execution)
    {
        var run = await execution.ReadAsync();
        var options = RunExecution.Options<EvaluationOptions>(run);
        var stored = await StoredAsync(run.Id, execution.Stopping);
        var groups = options.ProblemIds.Chunk(options.ProblemsPerRequest).Select((ids, index) => (Ids: ids, Index: index))
            .Where(group => !group.Ids.All(stored.Contains)).ToList();
        var done = stored.Count;
        await execution.ReportAsync(done, options.ProblemIds.Count, groups.Count > 0 ? "The model is loading." : null);
        if (done == 0) await WarnAsync(execution, run, options);
        if (groups.Count == 0) return RunResult.Done($"{done} problems asked.");

        await using var endpoint = await endpoints.OpenAsync(run.ModelId!.Value, execution.Stopping);
        var requests = new RequestsAhead<(long[] Ids, int Index)>(
            execution, async (group, cancellation) => await endpoint.CompleteAsync(await RequestAsync(run, options, group.Ids, group.Index, cancellation), cancellation));
        await foreach (var (group, choices) in requests.AnswersAsync(groups, execution.Stopping))
        {
            done += await StoreAsync(execution.Claim, run, group.Ids, choices);
            await execution.ReportAsync(done, options.ProblemIds.Count);
        }

        return requests.GaveWay ? RunResult.GaveWay : RunResult.Done($"{done} problems asked.");
    }

    private async Task<HashSet<long>> StoredAsync(long runId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return [.. await context.Set<EvaluationItem>().Where(i => i.RunId == runId).Select(i => i.ProblemId).ToListAsync(cancellationToken)];
    }

    private async Task WarnAsync(RunExecution execution, Run run, EvaluationOptions options)
    {
        var seen = await lineage.CountSeenAsync(run.ModelId!.Value, options.ProblemIds, execution.Stopping);
        if (seen == 0) return;
        await execution.NoteAsync(RunEventKind.Warning,
            $"{seen} of these {options.ProblemIds.Count} problems occur in pairs that this model, or one that it comes from, was trained on.");
    }

    private async Task<CompletionRequest> RequestAsync(Run run, EvaluationOptions options, long[] ids, int index, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var settings = await context.Set<ProjectRevision>().Where(r => r.Id == run.RevisionId).Select(r => r.Settings).SingleAsync(cancellationToken);
        var statements = await context.Set<Problem>().Where(p => ids.Contains(p.Id)).ToDictionaryAsync(p => p.Id, p => p.Statement, cancellationToken);
        return new CompletionRequest
        {
            Model = "",
            Prompt = [.. ids.Select(id => settings.Template.ForSampling(statements[id]))],
            Temperature = options.Temperature,
            TopP = options.TopP,
            MaxTokens = options.MaxTokens,
            Seed = RequestSeed.Of(options.Seed, index, round: 0),
        };
    }

    private async Task<int> StoreAsync(RunClaim claim, Run run, long[] ids, IReadOnlyList<CompletionChoice> choices)
    {
        await using var context = await contexts.CreateDbContextAsync();
        await using var transaction = await context.Database.BeginTransactionAsync();
        await RunQueue.FenceAsync(context, claim, CancellationToken.None);
        var problems = await context.Set<Problem>().FromSql($"SELECT *, xmin FROM problem WHERE id = ANY({ids}) ORDER BY id FOR NO KEY UPDATE")
            .AsNoTracking().ToDictionaryAsync(p => p.Id);
        var known = await context.Set<EvaluationItem>().Where(i => i.RunId == run.Id && ids.Contains(i.ProblemId)).Select(i => i.ProblemId).ToListAsync();
        foreach (var choice in choices.Where(choice => !known.Contains(ids[choice.Index])))
        {
            var problem = problems[ids[choice.Index]];
            var received = ReceivedText.Of(choice);
            var graded = received.Grade(problem.Answer);
            context.Add(new EvaluationItem
            {
                ProjectId = run.ProjectId,
                RunId = run.Id,
                ProblemId = problem.Id,
                Split = problem.Split,
                Text = received.Text,
                FinishReason = received.FinishReason,
                TokenCount = received.TokenCount,
                ExtractedAnswer = graded.Answer,
                AnswerCheck = graded.Check,
                AnswerVersion = problem.AnswerVersion,
                CreatedAt = clock.GetUtcNow(),
            });
        }

        var stored = await context.SaveChangesAsync();
        await transaction.CommitAsync();
        return stored;
    }
}
