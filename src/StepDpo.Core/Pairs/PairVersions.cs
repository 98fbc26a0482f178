using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Data;

namespace StepDpo.Core.Pairs;

/// <summary>Equal rows stand beside each other only when the earlier ones are withdrawn; each new one has the next version.</summary>
internal static class PairVersions
{
    /// <summary>The version for a row with these bytes, or a refusal where an equal one counts.</summary>
    /// <param name="context">The caller's.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="rectificationId">The candidate, or null for an imported pair.</param>
    /// <param name="sha256">The row's hash.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<Outcome<int>> NextAsync(StepDpoContext context, long projectId, long? rectificationId, string sha256, CancellationToken cancellationToken)
    {
        var earlier = await context.Set<PreferencePair>()
            .Where(p => p.ProjectId == projectId && (p.Sha256 == sha256 || (rectificationId != null && p.RectificationId == rectificationId)))
            .Select(p => new { p.Version, IsWithdrawn = context.Set<PairWithdrawal>().Any(w => w.PairId == p.Id) })
            .ToListAsync(cancellationToken);
        if (earlier.Any(pair => !pair.IsWithdrawn)) return Refusal.Conflict("A pair with the same words counts already.");
        return earlier.Select(pair => pair.Version).DefaultIfEmpty(0).Max() + 1;
    }
}
