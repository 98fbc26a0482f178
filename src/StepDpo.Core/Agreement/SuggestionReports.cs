using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Statistics;

namespace StepDpo.Core.Agreement;

/// <summary>Reads how good suggestions are, and how far they lead people. The database sums up.</summary>
public sealed class SuggestionReports(IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>What suggestions do in the project. For leads.</summary>
    public async Task<Outcome<SuggestionReport>> ReadAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var settings = (await context.CurrentRevisionAsync(projectId, cancellationToken)).Settings;
        var seen = await SeenAsync(context, projectId, cancellationToken);
        return new SuggestionReport(
            await SourcesAsync(context, projectId, cancellationToken),
            AnchoringFigures.Of(seen),
            [.. seen.GroupBy(row => (row.Person, row.Name)).OrderBy(g => g.Key.Name, StringComparer.Ordinal).ThenBy(g => g.Key.Person).Select(g => (g.Key.Person, g.Key.Name, AnchoringFigures.Of([.. g])))],
            await context.GoldWithoutSuggestionAsync(projectId, settings, cancellationToken));
    }

    private static async Task<IReadOnlyList<SourceFigures>> SourcesAsync(StepDpoContext context, long projectId, CancellationToken cancellationToken)
    {
        var counts = await context.Database.SqlQuery<SourceCount>(
            $"""
            SELECT g.source AS "Source", count(*) AS "Count" FROM suggestion g JOIN solution s ON s.id = g.solution_id WHERE s.project_id = {projectId} GROUP BY 1
            """).ToListAsync(cancellationToken);
        var against = await context.Database.SqlQueryRaw<AgainstRow>(
            $"""
            SELECT g.source AS "Source", b.k AS "Said", coalesce(g.step, 0) AS "Suggested", count(*) AS "Count"
            FROM ({BlindJudgements.Sql}) b JOIN suggestion g ON g.solution_id = b.solution_id
            GROUP BY 1, 2, 3
            """, projectId).ToListAsync(cancellationToken);
        return [.. counts.OrderBy(count => count.Source, StringComparer.Ordinal).Select(count =>
        {
            List<ValuePair> table = [.. against.Where(row => row.Source == count.Source).Select(row => new ValuePair(row.Said, row.Suggested, row.Count))];
            List<RatedPattern> patterns = [.. table.Select(cell => new RatedPattern([cell.First, cell.Second], cell.Count))];
            var judged = (int)table.Sum(cell => cell.Count);
            return new SourceFigures(count.Source, count.Count, Share(PairwiseAgreement.Exact(patterns)), Share(PairwiseAgreement.WithinOneStep(patterns)), CohenKappa.Of(table));

            Proportion Share(Figure share) => Proportion.Wilson((int)Math.Round((share.Value ?? 0) * judged), judged);
        })];
    }

    // The truth is what a gold item holds, or what a reviewer decided.
    private static async Task<List<SeenRow>> SeenAsync(StepDpoContext context, long projectId, CancellationToken cancellationToken) =>
        await context.Database.SqlQuery<SeenRow>(
            $"""
            SELECT blind.annotator_id AS "Person", u.display_name AS "Name", coalesce(blind.step, 0) AS "Blind", coalesce(g.step, 0) AS "Suggested",
                   CASE WHEN last.outcome IN ('FirstError', 'NoError') THEN coalesce(last.step, 0) END AS "Last", w.kept_at IS NOT NULL OR last.after_suggestion AS "Kept",
                   CASE WHEN gold.id IS NOT NULL THEN coalesce(gold.step, 0) WHEN v.id IS NOT NULL THEN coalesce(v.step, 0) END AS "Truth", count(*) AS "Count"
            FROM shown_suggestion w
            JOIN suggestion g ON g.id = w.suggestion_id
            JOIN first_error_annotation blind ON blind.id = w.annotation_id
            JOIN solution s ON s.id = blind.solution_id AND s.project_id = {projectId}
            JOIN users u ON u.id = blind.annotator_id
            JOIN first_error_annotation last ON last.assignment_id = w.assignment_id
                 AND NOT EXISTS (SELECT 1 FROM first_error_annotation later WHERE later.supersedes_id = last.id)
            LEFT JOIN gold_item gold ON gold.solution_id = s.id AND gold.retired_at IS NULL
            LEFT JOIN first_error_verdict v ON v.solution_id = s.id AND v.superseded_at IS NULL AND v.provenance = 'Adjudicated' AND v.outcome IN ('FirstError', 'NoError')
            GROUP BY 1, 2, 3, 4, 5, 6, 7
            """).ToListAsync(cancellationToken);

    private sealed record SourceCount(string Source, long Count);

    private sealed record AgainstRow(string Source, int Said, int Suggested, long Count);
}
