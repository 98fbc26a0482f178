using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Data;
using StepDpo.Core.Rectifications;

namespace StepDpo.Core.Pairs;

/// <summary>Withdraws pairs together with what they rest on, within the caller's transaction.</summary>
public static class PairWithdrawals
{
    /// <summary>Withdraws the pairs of these candidates that still count; the caller saves.</summary>
    /// <returns>Their number.</returns>
    public static async Task<int> OfRectificationsAsync(
        StepDpoContext context, IReadOnlyCollection<long> rectificationIds, WithdrawalReason reason, string note, Guid? by, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        var pairs = await context.Set<PreferencePair>()
            .Where(p => p.RectificationId != null && rectificationIds.Contains(p.RectificationId.Value))
            .Where(p => !context.Set<PairWithdrawal>().Any(w => w.PairId == p.Id))
            .Select(p => p.Id).ToListAsync(cancellationToken);
        foreach (var pair in pairs) context.Add(new PairWithdrawal { PairId = pair, Reason = reason, Note = note, CreatedById = by, CreatedAt = now });
        return pairs.Count;
    }

    /// <summary>Withdraws a pair whose winner is found wrong, and rejects that candidate; the caller saves, and moves the solution on.</summary>
    internal static async Task RejectAsync(
        StepDpoContext context, PreferencePair pair, Guid? by, WithdrawalReason why, RejectReason reason, string note, long revisionId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        context.Add(new PairWithdrawal { PairId = pair.Id, Reason = why, Note = note, CreatedById = by, CreatedAt = now });
        if (await context.Set<Rectification>().SingleOrDefaultAsync(r => r.Id == pair.RectificationId, cancellationToken) is not { } candidate) return;
        candidate.State = RectificationState.Rejected;
        context.Add(new RectificationReview
        {
            RectificationId = candidate.Id,
            ReviewerId = by,
            Decision = ReviewDecision.Rejected,
            Reason = reason,
            Note = note,
            RevisionId = revisionId,
            ClientKey = Guid.NewGuid(),
            CreatedAt = now,
        });
    }
}
