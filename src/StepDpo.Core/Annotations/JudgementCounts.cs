using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Annotations;

/// <summary>
/// What follows when a project asks for fewer judgements, or is content with fewer that agree: solutions that wait although they
/// have enough get their verdict. Where more are asked for, those that wait are offered again by themselves.
/// </summary>
public sealed class JudgementCounts(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock) : ISettingsChange
{
    /// <inheritdoc/>
    public async Task FollowAsync(ProjectSettings old, ProjectRevision now, CancellationToken cancellationToken)
    {
        if (StopRule.Of(old) == StopRule.Of(now.Settings)) return;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // With leases: a judgement that is on its way was counted under the old settings, and its solution's row is waited for below.
        var ids = await context.Set<Solution>()
            .Where(s => s.ProjectId == now.ProjectId && s.State == SolutionState.Waiting)
            .Where(s => context.Set<Assignment>().Count(a => a.SolutionId == s.Id && (a.State == AssignmentState.Submitted || a.State == AssignmentState.Leased)) >= now.Settings.JudgementsPerSolution)
            .OrderBy(s => s.Id).Select(s => s.Id).ToListAsync(cancellationToken);
        foreach (var id in ids) await JudgeAsync(id, now, cancellationToken);
    }

    private async Task JudgeAsync(long solutionId, ProjectRevision now, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var solution = (await context.LockedSolutionAsync(solutionId, cancellationToken))!;
        if (solution.State != SolutionState.Waiting) return;
        // What the old rule wanted more is no longer wanted; a reviewer's wish stays.
        if (!await context.Adjudications(solutionId).AnyAsync(a => a.Decision == AdjudicationDecision.OneMore, cancellationToken)) solution.WantedJudgements = 0;
        await new Verdicts(context, clock.GetUtcNow()).JudgeAsync(solution, now, cancellationToken);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
