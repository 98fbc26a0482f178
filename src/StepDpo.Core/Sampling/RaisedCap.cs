using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Data;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Sampling;

/// <summary>
/// What follows when a project judges more solutions of a problem: those that were passed over wait for judgements now, the oldest
/// first, up to the new number. Where it judges fewer, dealing out alone stops earlier.
/// </summary>
public sealed class RaisedCap(IDbContextFactory<StepDpoContext> contexts) : ISettingsChange
{
    private const int ProblemsAtOnce = 200;

    /// <inheritdoc/>
    public async Task FollowAsync(ProjectSettings old, ProjectRevision now, CancellationToken cancellationToken)
    {
        var cap = Cap(now.Settings);
        if (cap <= Cap(old)) return;
        await using var reading = await contexts.CreateDbContextAsync(cancellationToken);
        var problems = await PassedOver(reading, now.ProjectId).Select(s => s.ProblemId).Distinct().OrderBy(id => id).ToListAsync(cancellationToken);
        foreach (var some in problems.Chunk(ProblemsAtOnce)) await RaiseAsync(now.ProjectId, some, cap, cancellationToken);
    }

    private async Task RaiseAsync(long projectId, long[] problemIds, int cap, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        // As a sampling run locks them: it counts what is up for judging too.
        var answers = await context.Set<Problem>().FromSql($"SELECT *, xmin FROM problem WHERE id = ANY({problemIds}) ORDER BY id FOR NO KEY UPDATE")
            .AsNoTracking().ToDictionaryAsync(p => p.Id, p => p.Answer, cancellationToken);
        var judged = await context.Set<Solution>().Where(s => problemIds.Contains(s.ProblemId) && s.State != SolutionState.Sampled)
            .GroupBy(s => s.ProblemId).ToDictionaryAsync(own => own.Key, own => own.Count(), cancellationToken);
        foreach (var solution in await PassedOver(context, projectId).Where(s => problemIds.Contains(s.ProblemId)).OrderBy(s => s.Id).ToListAsync(cancellationToken))
        {
            var count = judged.GetValueOrDefault(solution.ProblemId);
            if (count >= cap || !UpForJudging.Is(solution.Text, solution.FinishReason, solution.AnswerCheck, answers[solution.ProblemId])) continue;
            solution.State = SolutionState.Waiting;
            judged[solution.ProblemId] = count + 1;
        }

        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static IQueryable<Solution> PassedOver(StepDpoContext context, long projectId) => context.Set<Solution>()
        .Where(s => s.ProjectId == projectId && s.Split == Split.Pool && s.State == SolutionState.Sampled && s.SameTextAsId == null && s.AnswerCheck != Grading.AnswerCheck.Right);

    private static int Cap(ProjectSettings settings) => settings.JudgedPerProblem == 0 ? int.MaxValue : settings.JudgedPerProblem;
}
