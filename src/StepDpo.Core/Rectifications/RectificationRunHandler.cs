using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts.Completions;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Rectifications;

/// <summary>
/// Rectification (the paper's third stage): continues each prefix, and proposes the distinct first steps of the continuations
/// that end in the right answer. A prefix is sampled in requests of a fixed size, each stored as a whole.
/// </summary>
public sealed class RectificationRunHandler(IDbContextFactory<StepDpoContext> contexts, ModelEndpoints endpoints, TimeProvider clock) : IRunHandler
{
    /// <inheritdoc/>
    public RunKind Kind => RunKind.Rectification;

    /// <inheritdoc/>
    public async Task<RunResult> ExecuteAsync(RunExecution execution)
    {
        var run = await execution.ReadAsync();
        var options = RunExecution.Options<RectificationOptions>(run);
        await execution.ReportAsync(0, options.PrefixIds.Count, "The model is loading.");
        await using var endpoint = await endpoints.OpenAsync(run.ModelId!.Value, execution.Stopping);
        var (done, gaveWay) = (0, false);
        // A server works on the requests that wait together: one prefix at a time would leave most of a batch empty.
        await Parallel.ForEachAsync(
            options.PrefixIds,
            new ParallelOptions { MaxDegreeOfParallelism = options.PrefixesAtOnce, CancellationToken = execution.Stopping },
            async (prefixId, _) =>
            {
                if (Volatile.Read(ref gaveWay)) return;
                if (await ContinueAsync(execution, run, options, endpoint, prefixId)) await execution.ReportAsync(Interlocked.Increment(ref done), options.PrefixIds.Count);
                else Volatile.Write(ref gaveWay, true);
            });
        return gaveWay ? RunResult.GaveWay : RunResult.Done($"{options.PrefixIds.Count} prefixes continued.");
    }

    /// <summary>Samples what a prefix still lacks.</summary>
    /// <returns>Whether it is done; false when the device is to be given up.</returns>
    private async Task<bool> ContinueAsync(RunExecution execution, Run run, RectificationOptions options, ModelEndpoint endpoint, long prefixId)
    {
        while (true)
        {
            execution.Stopping.ThrowIfCancellationRequested();
            if (await NextAsync(run, options, prefixId, execution.Stopping) is not { } next) return true;
            if (await execution.ShouldGiveWayAsync()) return false;
            var choices = await endpoint.CompleteAsync(
                new CompletionRequest
                {
                    Model = "",
                    Prompt = [next.Prompt],
                    N = Math.Min(options.ContinuationsPerRequest, options.ContinuationsPerPrefix - next.Stored),
                    Temperature = options.OwnTemperatures.GetValueOrDefault(prefixId, options.Temperature),
                    TopP = options.TopP,
                    MaxTokens = options.MaxTokens,
                    Seed = RequestSeed.Of(options.Seed, next.SolutionId, next.Stored / options.ContinuationsPerRequest),
                },
                execution.Stopping);
            await StoreAsync(execution.Claim, run, prefixId, next.Stored, choices);
        }
    }

    // The prompt, its solution, and how many continuations this run has stored; null when the prefix needs no more.
    private async Task<(string Prompt, long SolutionId, int Stored)?> NextAsync(Run run, RectificationOptions options, long prefixId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var stored = await context.Set<Continuation>().CountAsync(c => c.PrefixId == prefixId && c.RunId == run.Id, cancellationToken);
        var (proposed, waits) = await ProposeAsync(context, prefixId, stored, cancellationToken);
        if (!waits || stored >= options.ContinuationsPerPrefix || (stored > 0 && proposed >= options.EnoughCandidates)) return null;
        var prefix = await context.Set<Prefix>().Where(p => p.Id == prefixId)
            .Select(p => new { p.Text, p.SolutionId, p.Solution!.Problem!.Statement, p.Solution.Run!.RevisionId }).SingleAsync(cancellationToken);
        // The template that the solution was sampled with: the prefix is its text.
        var settings = await context.Set<ProjectRevision>().Where(r => r.Id == prefix.RevisionId).Select(r => r.Settings).SingleAsync(cancellationToken);
        return (settings.Template.ForContinuation(prefix.Statement, prefix.Text), prefix.SolutionId, stored);
    }

    // Candidates are proposed after each stored request, and here again: a stop may have come between the two.
    private async Task<(int Proposed, bool Waits)> ProposeAsync(StepDpoContext context, long prefixId, int stored, CancellationToken cancellationToken)
    {
        var proposed = stored == 0 ? 0 : await Candidates.ProposeAsync(context, prefixId, clock, cancellationToken);
        context.ChangeTracker.Clear();
        var waits = await context.Set<FirstErrorVerdict>().AnyAsync(
            v => v.SupersededAt == null && context.Set<Prefix>().Any(p => p.Id == prefixId && p.SolutionId == v.SolutionId && p.Step == v.Step), cancellationToken);
        return (proposed, waits);
    }

    private async Task StoreAsync(RunClaim claim, Run run, long prefixId, int first, IReadOnlyList<CompletionChoice> choices)
    {
        await using var context = await contexts.CreateDbContextAsync();
        await using var transaction = await context.Database.BeginTransactionAsync();
        await RunQueue.FenceAsync(context, claim, CancellationToken.None);
        var problemId = await context.Set<Prefix>().Where(p => p.Id == prefixId).Select(p => p.ProblemId).SingleAsync();
        // Locked: no correction of the answer passes us by.
        var problem = await context.Set<Problem>().FromSql($"SELECT *, xmin FROM problem WHERE id = {problemId} FOR NO KEY UPDATE").AsNoTracking().SingleAsync();
        foreach (var choice in choices)
        {
            var received = ReceivedText.Of(choice);
            var graded = received.Grade(problem.Answer);
            context.Add(new Continuation
            {
                PrefixId = prefixId,
                RunId = run.Id,
                SampleIndex = first + choice.Index,
                Text = received.Text,
                FirstStepSha256 = TextHash.Of(FirstStep.Of(received.Text)),
                FinishReason = received.FinishReason,
                TokenCount = received.TokenCount,
                LogProbabilitySum = received.LogProbabilitySum,
                StepLogProbabilitySum = received.FinishReason == FinishReason.Invalid ? null : FirstStep.LogProbabilitySum(choice),
                ExtractedAnswer = graded.Answer,
                AnswerCheck = graded.Check,
                AnswerVersion = problem.AnswerVersion,
                CreatedAt = clock.GetUtcNow(),
            });
        }

        await context.SaveChangesAsync();
        await transaction.CommitAsync();
    }
}
