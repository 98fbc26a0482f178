namespace StepDpo.Core.Agreement;

/// <summary>
/// Which judgements figures of agreement rest on: of each assignment the first that was submitted and not taken back, for a later one
/// may have been changed in the light of others. Once a suggestion was seen nothing is blind any more: what was said before it counts,
/// also where it was taken back afterwards. Surplus ones are left out, and so is "cannot judge", which is no value.
/// </summary>
internal static class BlindJudgements
{
    /// <summary>A query with the columns id, solution_id, annotator_id, k (0 for "no error") and revision_id. {0} is the project.</summary>
    public const string Sql =
        """
        SELECT f.id, f.solution_id, f.annotator_id, coalesce(f.step, 0) AS k, f.revision_id
        FROM first_error_annotation f
        JOIN assignment a ON a.id = f.assignment_id AND a.state = 'Submitted'
        JOIN solution s ON s.id = f.solution_id AND s.project_id = {0}
        LEFT JOIN first_error_annotation before ON before.id = f.supersedes_id
        WHERE NOT f.surplus AND f.outcome IN ('FirstError', 'NoError')
          AND (before.id IS NULL OR before.surplus OR before.outcome = 'Undone')
          AND NOT f.after_suggestion
          AND NOT EXISTS (SELECT 1 FROM first_error_annotation u WHERE u.outcome = 'Undone' AND NOT u.after_suggestion AND u.assignment_id = f.assignment_id AND u.id > f.id)
        """;
}
