using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts.Completions;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Models;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;

namespace StepDpo.Core.Sampling;

/// <summary>
/// Error collection (the paper's first stage): samples the solutions that the database still lacks, a fixed group of problems a
/// request. Groups and seeds do not depend on where the run was interrupted.
/// </summary>
public sealed class SamplingRunHandler(IDbContextFactory<StepDpoContext> contexts, ModelEndpoints endpoints, TimeProvider clock) : IRunHandler
{
    /// <inheritdoc/>
    public RunKind Kind => RunKind.Sampling;

    /// <inheritdoc/>
    public async Task<RunResult> ExecuteAsync(RunExecution execution)
    {
        var run = await execution.ReadAsync();
        var options = RunExecution.Options<SamplingOptions>(run);
        var groups = options.ProblemIds.Chunk(options.ProblemsPerRequest).Select((ids, index) => (Ids: ids, Index: index)).ToList();
        var stored = await CountsAsync(run.Id, execution.Stopping);
        var total = options.ProblemIds.Count * options.SamplesPerProblem;
        var missing = groups.Where(group => group.Ids.Any(id => stored.GetValueOrDefault(id) < options.SamplesPerProblem)).ToList();
        var done = stored.Values.Sum();
        await execution.ReportAsync(done, total, missing.Count > 0 ? "The model is loading." : null);
        if (missing.Count == 0) return RunResult.Done($"{done} solutions sampled.");

        await using var endpoint = await endpoints.OpenAsync(run.ModelId!.Value, execution.Stopping);
        var settings = await SettingsAsync(run, execution.Stopping);
        var requests = new RequestsAhead<(long[] Ids, int Index)>(
            execution, async (group, cancellation) => await endpoint.CompleteAsync(await RequestAsync(settings, options, group, cancellation), cancellation));
        await foreach (var (group, choices) in requests.AnswersAsync(missing, execution.Stopping))
        {
            done += await StoreAsync(execution.Claim, run, group.Ids, choices);
            await execution.ReportAsync(done, total);
        }

        return requests.GaveWay ? RunResult.GaveWay : RunResult.Done($"{done} solutions sampled.");
    }

    private async Task<Dictionary<long, int>> CountsAsync(long runId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Set<Solution>().Where(s => s.RunId == runId).GroupBy(s => s.ProblemId)
            .Select(group => new { group.Key, Count = group.Count() })
            .ToDictionaryAsync(group => group.Key, group => group.Count, cancellationToken);
    }

    private async Task<ProjectSettings> SettingsAsync(Run run, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Set<ProjectRevision>().Where(r => r.Id == run.RevisionId).Select(r => r.Settings).SingleAsync(cancellationToken);
    }

    private async Task<CompletionRequest> RequestAsync(ProjectSettings settings, SamplingOptions options, (long[] Ids, int Index) group, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var statements = await context.Set<Problem>().Where(p => group.Ids.Contains(p.Id)).ToDictionaryAsync(p => p.Id, p => p.Statement, cancellationToken);
        return new CompletionRequest
        {
            Model = "",
            Prompt = [.. group.Ids.Select(id => settings.Template.ForSampling(statements[id]))],
            N = options.SamplesPerProblem,
            Temperature = options.Temperature,
            TopP = options.TopP,
            MaxTokens = options.MaxTokens,
            Seed = RequestSeed.Of(options.Seed, group.Index, round: 0),
        };
    }

    // One transaction a request. It is not cut short by a stop: what was sampled is kept.
    private async Task<int> StoreAsync(RunClaim claim, Run run, long[] ids, IReadOnlyList<CompletionChoice> choices)
    {
        await using var context = await contexts.CreateDbContextAsync();
        await using var transaction = await context.Database.BeginTransactionAsync();
        await RunQueue.FenceAsync(context, claim, CancellationToken.None);
        var problems = await LockAsync(context, ids);
        // Of today, read under the lock: who raises it while a run is under way looks at what the run has passed over until then.
        var cap = (await ProjectRegister.CurrentAsync(context, run.ProjectId)).Settings.JudgedPerProblem;
        var known = await context.Set<Solution>().Where(s => s.RunId == run.Id && ids.Contains(s.ProblemId))
            .Select(s => new { s.ProblemId, s.SampleIndex }).ToListAsync();
        var samples = choices.Count / ids.Length;
        var stored = 0;
        foreach (var choice in choices)
        {
            var problem = problems[ids[choice.Index / samples]];
            var sample = choice.Index % samples;
            if (known.Any(s => s.ProblemId == problem.Id && s.SampleIndex == sample)) continue;
            await AddAsync(context, run, cap, problem, sample, ReceivedText.Of(choice));
            stored++;
        }

        await context.SaveChangesAsync();
        await Usefulness.RefreshAsync(context, ids, CancellationToken.None);
        await transaction.CommitAsync();
        return stored;
    }

    // Locked, so that no other run adds the same text of the problem beside us, and no correction of its answer passes us by.
    private static async Task<Dictionary<long, Problem>> LockAsync(StepDpoContext context, long[] ids) =>
        (await context.Set<Problem>().FromSql($"SELECT *, xmin FROM problem WHERE id = ANY({ids}) ORDER BY id FOR NO KEY UPDATE").AsNoTracking().ToListAsync())
        .ToDictionary(problem => problem.Id);

    private async Task AddAsync(StepDpoContext context, Run run, int cap, Problem problem, int sample, ReceivedText received)
    {
        var hash = TextHash.Of(received.Text);
        var same = context.Set<Solution>().Local.FirstOrDefault(s => s.ProblemId == problem.Id && s.TextSha256 == hash && s.SameTextAsId == null)
            ?? await context.Set<Solution>().FirstOrDefaultAsync(s => s.ProblemId == problem.Id && s.TextSha256 == hash && s.SameTextAsId == null);
        var graded = received.Grade(problem.Answer);
        var offsets = StepSplit.Offsets(received.Text);
        context.Add(new Solution
        {
            ProjectId = run.ProjectId,
            RunId = run.Id,
            ProblemId = problem.Id,
            Split = problem.Split,
            SampleIndex = sample,
            Text = received.Text,
            TextSha256 = hash,
            StepOffsets = offsets,
            StepCount = offsets.Length,
            FinishReason = received.FinishReason,
            TokenCount = received.TokenCount,
            LogProbabilitySum = received.LogProbabilitySum,
            ExtractedAnswer = graded.Answer,
            AnswerCheck = graded.Check,
            AnswerVersion = problem.AnswerVersion,
            SameTextAsId = same?.Id,
            State = same is null && await IsUpForJudgingAsync(context, cap, problem, received, graded) ? SolutionState.Waiting : SolutionState.Sampled,
            CreatedAt = clock.GetUtcNow(),
        });
        // At once: the next text of the problem may be the same and then points here.
        await context.SaveChangesAsync();
    }

    private static async Task<bool> IsUpForJudgingAsync(
        StepDpoContext context, int cap, Problem problem, ReceivedText received, GradedAnswer graded) =>
        problem.Split == Split.Pool
        && UpForJudging.Is(received.Text, received.FinishReason, graded.Check, problem.Answer)
        && (cap == 0 || await context.Set<Solution>().CountAsync(s => s.ProblemId == problem.Id && s.State != SolutionState.Sampled) < cap);
}
