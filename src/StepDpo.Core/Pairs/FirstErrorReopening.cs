using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
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
    /// <param name="actor">Who.</param>
    /// <param name="word">Key and time; the note says why, and is what the annotators and the next reviewer read.</param>
    /// <param name="solutionId">The solution.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The number of pairs withdrawn; 0 where the same call came before.</returns>
    public async Task<Outcome<int>> ReopenAsync(Actor actor, PrefixWord word, long solutionId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var locked = await PrefixReviews.LockedAsync(context, actor, solutionId, cancellationToken);
        if (!locked.Succeeded) return locked.Refusal;
        var (solution, reviewer) = locked.Value;
        if (word.Problem() is { } problem) return problem;
        var reason = word.Note;
        if (string.IsNullOrWhiteSpace(reason)) return Refusal.Invalid(nameof(word.Note), "Say why, in at most 2,000 characters.");
        var known = await PrefixReviews.KnownAsync(context, word.ClientKey, reviewer, solutionId, PrefixDecision.Reopen, cancellationToken);
        if (!known.Succeeded) return known.Refusal;
        if (known.Value is not null) return 0;
        if (await context.HoldingVerdictAsync(solutionId, cancellationToken) is not { } verdict) return Refusal.Conflict("This solution has no verdict to reopen.");

        var now = clock.GetUtcNow();
        new Verdicts(context, now).Supersede(solution, verdict, actor.UserId, reason);
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

        context.Add(new PrefixReview
        {
            SolutionId = solutionId,
            PrefixId = await PrefixReviews.PrefixIdAsync(context, solutionId, cancellationToken),
            ReviewerId = reviewer,
            Decision = PrefixDecision.Reopen,
            Note = reason,
            ActiveMilliseconds = word.ActiveMilliseconds,
            RevisionId = verdict.RevisionId,
            ClientKey = word.ClientKey,
            CreatedAt = now,
        });
        solution.State = SolutionState.Adjudication;
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return withdrawn;
    }
}
