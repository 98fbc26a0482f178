using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Agreement;

/// <summary>Reads how far the judges of a project agree. The database sums up; what comes here are patterns and tables, never judgements.</summary>
public sealed class AgreementReports(IDbContextFactory<StepDpoContext> contexts)
{
    private const int MostDisputed = 10;

    // The newest report of each project that somebody looks at, for all who do.
    private readonly ConcurrentDictionary<long, (string Stamp, AgreementReport Report)> _newest = new();

    /// <summary>Changes whenever a judgement or a verdict has come in, anywhere: as cheap to ask as two ends of an index. For reviewers.</summary>
    public async Task<Outcome<string>> StampAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Reviewer, cancellationToken);
        return role.Succeeded ? await StampAsync(context, cancellationToken) : role.Refusal;
    }

    /// <summary>The project's agreement. For reviewers.</summary>
    public async Task<Outcome<AgreementReport>> ReadAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        // Read before the figures: what comes in meanwhile makes the next look read anew.
        var stamp = await StampAsync(context, cancellationToken);
        if (_newest.TryGetValue(projectId, out var known) && known.Stamp == stamp) return known.Report;
        var report = await ReportAsync(context, projectId, cancellationToken);
        _newest[projectId] = (stamp, report);
        return report;
    }

    private static async Task<string> StampAsync(StepDpoContext context, CancellationToken cancellationToken) =>
        await context.Database.SqlQuery<string>(
            $"""
            SELECT concat_ws('.', (SELECT max(id) FROM first_error_annotation), (SELECT max(id) FROM first_error_verdict), (SELECT max(id) FROM adjudication), (SELECT max(id) FROM project_revision)) AS "Value"
            """).SingleAsync(cancellationToken);

    private static async Task<AgreementReport> ReportAsync(StepDpoContext context, long projectId, CancellationToken cancellationToken)
    {
        var patterns = await PatternsAsync(context, projectId, cancellationToken);
        var tables = await context.Database.SqlQueryRaw<TableRow>(
            $"""
            WITH b AS MATERIALIZED ({BlindJudgements.Sql})
            SELECT one.annotator_id AS "First", other.annotator_id AS "Second", one.k AS "One", other.k AS "Other", count(*) AS "Count"
            FROM b one JOIN b other ON other.solution_id = one.solution_id AND one.annotator_id < other.annotator_id
            GROUP BY 1, 2, 3, 4
            """, projectId).ToListAsync(cancellationToken);
        var people = tables.SelectMany(row => new[] { row.First, row.Second }).Distinct().ToList();
        var names = await context.Set<User>().Where(u => people.Contains(u.Id)).OrderBy(u => u.DisplayName).ThenBy(u => u.Id).Select(u => new { u.Id, u.DisplayName }).ToListAsync(cancellationToken);
        var verdicts = await context.Set<FirstErrorVerdict>()
            .Where(v => v.SupersededAt == null && context.Set<Solution>().Any(s => s.Id == v.SolutionId && s.ProjectId == projectId))
            .GroupBy(v => v.Provenance).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, cancellationToken);
        return new(
            AgreementFigures.Of(Patterns(patterns)),
            [.. patterns.GroupBy(p => p.Version).OrderByDescending(g => g.Key ?? 0).Select(g => new GuidelineAgreement(g.Key, AgreementFigures.Of(Patterns(g))))],
            Confusion(Patterns(patterns)),
            [.. names.Select(n => (n.Id, n.DisplayName))],
            [.. tables.GroupBy(row => (row.First, row.Second)).Select(Pair)],
            await DisputedAsync(context, projectId, cancellationToken),
            verdicts,
            await context.Set<Solution>().CountAsync(s => s.ProjectId == projectId && s.State == SolutionState.Discarded, cancellationToken));
    }

    private static async Task<List<PatternRow>> PatternsAsync(StepDpoContext context, long projectId, CancellationToken cancellationToken)
    {
        var versions = GuidelineVersions.Of(await context.Set<ProjectRevision>().AsNoTracking().Where(r => r.ProjectId == projectId).ToListAsync(cancellationToken));
        return await context.Database.SqlQueryRaw<PatternRow>(
            $$"""
            SELECT v.said AS "Values", v.version AS "Version", count(*) AS "Count"
            FROM (SELECT array_agg(b.k ORDER BY b.id) AS said, CASE WHEN min(g.version) = max(g.version) THEN min(g.version) END AS version
                  FROM ({{BlindJudgements.Sql}}) b JOIN unnest({1}, {2}) AS g (revision_id, version) USING (revision_id)
                  GROUP BY b.solution_id HAVING count(*) > 1) v
            GROUP BY 1, 2 ORDER BY 1, 2
            """, projectId, versions.Keys.ToArray(), versions.Values.ToArray()).ToListAsync(cancellationToken);
    }

    // Most different answers first, then those farthest apart.
    private static async Task<IReadOnlyList<DisputedSolution>> DisputedAsync(StepDpoContext context, long projectId, CancellationToken cancellationToken)
    {
        var rows = await context.Database.SqlQueryRaw<DisputedRow>(
            $"""
            SELECT b.solution_id AS solution_id, array_agg(b.k ORDER BY b.id) AS "Values"
            FROM ({BlindJudgements.Sql}) b GROUP BY b.solution_id HAVING min(b.k) < max(b.k)
            ORDER BY count(DISTINCT b.k) DESC, max(b.k) - min(b.k) DESC, b.solution_id DESC LIMIT {MostDisputed}
            """, projectId).ToListAsync(cancellationToken);
        var ids = rows.Select(row => row.SolutionId).ToList();
        var solutions = await context.Set<Solution>().Where(s => ids.Contains(s.Id))
            .Select(s => new { s.Id, s.State, context.Set<Problem>().Single(p => p.Id == s.ProblemId).Statement }).ToDictionaryAsync(s => s.Id, cancellationToken);
        return [.. rows.Select(row => new DisputedSolution(row.SolutionId, solutions[row.SolutionId].Statement, row.Values, solutions[row.SolutionId].State))];
    }

    // Solutions whose judges had different guidelines add to the same patterns.
    private static List<RatedPattern> Patterns(IEnumerable<PatternRow> rows) => [.. rows.Select(row => new RatedPattern(row.Values, row.Count))];

    private static List<ValuePair> Confusion(List<RatedPattern> patterns) =>
    [
        .. from pattern in patterns
           from i in Enumerable.Range(0, pattern.Values.Count)
           from j in Enumerable.Range(i + 1, pattern.Values.Count - i - 1)
           group pattern.Count by (First: pattern.Values[i], Second: pattern.Values[j]) into cell
           orderby cell.Key
           select new ValuePair(cell.Key.First, cell.Key.Second, cell.Sum()),
    ];

    private static AnnotatorPair Pair(IGrouping<(Guid First, Guid Second), TableRow> rows)
    {
        List<ValuePair> table = [.. rows.Select(row => new ValuePair(row.One, row.Other, row.Count))];
        var solutions = table.Sum(cell => cell.Count);
        return new(rows.Key.First, rows.Key.Second, solutions, (double)table.Where(cell => cell.First == cell.Second).Sum(cell => cell.Count) / solutions, CohenKappa.Of(table));
    }

    private sealed record PatternRow(int[] Values, int? Version, long Count);

    private sealed record TableRow(Guid First, Guid Second, int One, int Other, long Count);

    private sealed record DisputedRow(long SolutionId, int[] Values);
}
