using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Annotations;

/// <summary>
/// Says which of a person's next cards is a gold item. From one to the next lie 1 to M cards, each number as likely as the others:
/// the rate is kept, no long stretch goes without, and nobody can tell where the next one lies.
/// </summary>
public sealed class GoldDealing
{
    /// <summary>M until a person's accuracy counts: the first items come within ten cards each.</summary>
    public const int FirstGap = 10;

    private readonly int _most;
    private int _since;

    private GoldDealing(int most, int since) => (_most, _since) = (most, since);

    /// <summary>Where the person stands. Null where nobody is dealt gold.</summary>
    internal static async Task<GoldDealing?> ReadAsync(StepDpoContext context, long projectId, Guid annotator, ProjectSettings settings, CancellationToken cancellationToken)
    {
        if (settings.GoldPercent == 0 || !await context.Set<GoldItem>().AnyAsync(g => g.ProjectId == projectId && g.RetiredAt == null, cancellationToken)) return null;
        var own = context.Set<Assignment>().Where(a => a.AnnotatorId == annotator && a.Solution!.ProjectId == projectId);
        var gold = await own.Where(a => a.Slot == Assignment.Gold).GroupBy(_ => 1).Select(all => new { Count = all.Count(), Last = all.Max(a => a.Id) }).SingleOrDefaultAsync(cancellationToken);
        var last = gold?.Last ?? 0;
        return new(Most(settings, gold?.Count ?? 0), await own.CountAsync(a => a.Id > last, cancellationToken));
    }

    /// <summary>M: uniform on 1 to M, the mean is (M + 1) / 2 cards.</summary>
    public static int Most(ProjectSettings settings, int dealt)
    {
        var most = Math.Max(1, (int)Math.Round(200.0 / settings.GoldPercent) - 1);
        return dealt < settings.GoldMinimum ? Math.Min(FirstGap, most) : most;
    }

    /// <summary>Whether the next card is a gold item, if there is one. Each call is a card.</summary>
    internal bool IsDue()
    {
        var left = _most - _since++;
        return left <= 1 || RandomNumberGenerator.GetInt32(left) == 0;
    }

    /// <summary>Leases a gold item that the person has not met, any of them as likely as the others; false where there is none.</summary>
    internal async Task<bool> LeaseAsync(StepDpoContext context, long projectId, Guid annotator, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken)
    {
        // A solution of the project's own that was decided on anew since it became gold measures nobody.
        var ids = await context.Database.SqlQuery<long>(
            $"""
            SELECT g.solution_id AS "Value" FROM gold_item g JOIN solution s ON s.id = g.solution_id
            WHERE g.project_id = {projectId} AND g.retired_at IS NULL
              AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.solution_id = g.solution_id AND a.annotator_id = {annotator} AND a.state <> 'Released')
              AND (s.split = 'Gold' OR EXISTS (
                  SELECT 1 FROM first_error_verdict v WHERE v.solution_id = s.id AND v.superseded_at IS NULL AND v.step IS NOT DISTINCT FROM g.step))
            ORDER BY random() LIMIT 1 FOR UPDATE OF g SKIP LOCKED
            """).ToListAsync(cancellationToken);
        if (ids is not [var id]) return false;
        // Looked at again under the lock: another tab of this person may have taken it a moment ago.
        var mine = await context.Set<Assignment>().SingleOrDefaultAsync(a => a.SolutionId == id && a.AnnotatorId == annotator, cancellationToken);
        if (mine is { State: not AssignmentState.Released } or { Slot: not Assignment.Gold }) return false;
        if (mine is null)
            context.Add(new Assignment { SolutionId = id, AnnotatorId = annotator, Slot = Assignment.Gold, State = AssignmentState.Leased, LeasedUntil = until, CreatedAt = now });
        else
            (mine.State, mine.LeasedUntil) = (AssignmentState.Leased, until);
        _since = 0;
        return true;
    }
}
