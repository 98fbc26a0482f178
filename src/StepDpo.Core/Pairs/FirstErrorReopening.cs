using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Pairs;

/// <summary>
/// Opens a solution's first error again, as when a reviewer finds that a step of the prefix is wrong already: in one transaction the
/// verdict is superseded, its pairs are withdrawn and the solution goes to adjudication.
/// </summary>
public sealed class FirstErrorReopening(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>Reopens.</summary>
    /// <returns>The number of pairs withdrawn.</returns>
    public async Task<Outcome<int>> ReopenAsync(Actor actor, long solutionId, string reason, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (await context.LockedSolutionAsync(solutionId, cancellationToken) is not { } solution) return Refusal.NotFound("There is no such solution.");
        var role = await Membership.RequireAsync(context, actor, solution.ProjectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (string.IsNullOrWhiteSpace(reason) || reason.Length > 2000) return Refusal.Invalid(nameof(reason), "Say why, in at most 2,000 characters.");
        if (await context.HoldingVerdictAsync(solutionId, cancellationToken) is not { } verdict) return Refusal.Conflict("This solution has no verdict to reopen.");

        var now = clock.GetUtcNow();
        Verdicts.Supersede(verdict, now, reason);
        var approved = await context.Set<Rectification>()
            .Where(r => r.Prefix!.SolutionId == solutionId && r.State == RectificationState.Approved).ToListAsync(cancellationToken);
        var withdrawn = await PairWithdrawals.OfRectificationsAsync(context, [.. approved.Select(r => r.Id)], WithdrawalReason.VerdictReopened, reason, actor.UserId, now, cancellationToken);
        foreach (var candidate in approved)
        {
            candidate.State = RectificationState.Proposed;
            context.Add(new RectificationReview
            {
                RectificationId = candidate.Id,
                ReviewerId = actor.UserId,
                Decision = ReviewDecision.Reopened,
                Note = reason,
                RevisionId = verdict.RevisionId,
                ClientKey = Guid.NewGuid(),
                CreatedAt = now,
            });
        }

        solution.State = SolutionState.Adjudication;
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return withdrawn;
    }
}
