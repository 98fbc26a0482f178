using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Data;

namespace StepDpo.Core.Sampling;

/// <summary>
/// What a pair of a problem is worth to the model that tried it: 4 p (1 - p), with p the share of its samples that end right, each
/// side counted once more (Laplace), so that few samples say little. 1 for a problem solved half the time; near 0 for one that is
/// always or never solved, where a better step changes little or no continuation ends right.
/// </summary>
public static class Usefulness
{
    /// <summary>The value of a problem.</summary>
    /// <param name="right">Its samples of one model with the right answer.</param>
    /// <param name="samples">All its samples of that model.</param>
    public static double Of(int right, int samples)
    {
        var p = (right + 1.0) / (samples + 2.0);
        return 4 * p * (1 - p);
    }

    /// <summary>Writes the value of these problems' solutions anew, in the caller's transaction; call it when texts were graded.</summary>
    /// <param name="context">The context of the change.</param>
    /// <param name="problemIds">The problems.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static Task RefreshAsync(StepDpoContext context, long[] problemIds, CancellationToken cancellationToken) =>
        context.Database.ExecuteSqlAsync(
            $"""
            UPDATE solution s SET usefulness = 4 * u.p * (1 - u.p)
            FROM run r, (
                SELECT o.problem_id, t.model_id, (count(*) FILTER (WHERE o.answer_check = 'Right') + 1.0::float8) / (count(*) + 2) AS p
                FROM solution o JOIN run t ON t.id = o.run_id
                WHERE o.problem_id = ANY({problemIds})
                GROUP BY o.problem_id, t.model_id) u
            WHERE r.id = s.run_id AND s.problem_id = u.problem_id AND r.model_id IS NOT DISTINCT FROM u.model_id
              AND s.answer_check <> 'Right' AND s.same_text_as_id IS NULL AND s.usefulness <> 4 * u.p * (1 - u.p)
            """,
            cancellationToken);
}
