using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Data;

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
}
