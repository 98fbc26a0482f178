using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Search;

/// <summary>A solution in a list.</summary>
/// <param name="Id">Its key.</param>
/// <param name="ProblemId">Its problem.</param>
/// <param name="Statement">The problem's words.</param>
/// <param name="ExtractedAnswer">Its final answer, or null.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Outcome">What the verdict that holds says, or null.</param>
/// <param name="Step">The step k that it names.</param>
/// <param name="Model">The model that sampled it, or null.</param>
/// <param name="JudgedAt">When it was last judged, or null.</param>
public sealed record SolutionRow(
    long Id, long ProblemId, string Statement, string? ExtractedAnswer, SolutionState State, FirstErrorOutcome? Outcome, int? Step, string? Model, DateTimeOffset? JudgedAt);

/// <summary>A page of a list, newest first.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Total">How many the filter lets through; at most <see cref="SolutionSearch.Countable"/>.</param>
/// <param name="Before">Where the next page begins, or null after the last.</param>
public sealed record SolutionPage(IReadOnlyList<SolutionRow> Rows, int Total, long? Before);

/// <summary>What a project's solutions can be filtered by.</summary>
/// <param name="Annotators">People who judged any.</param>
/// <param name="Models">Models that sampled any.</param>
public sealed record SolutionFacets(IReadOnlyList<(Guid Id, string Name)> Annotators, IReadOnlyList<(long Id, string Name)> Models);

/// <summary>Looks for solutions. For reviewers.</summary>
public sealed class SolutionSearch(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>Beyond this many solutions the rest is not counted.</summary>
    public const int Countable = 100_000;

    /// <summary>A page of what the filter lets through, newest first.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="filter">Which.</param>
    /// <param name="before">Only solutions with a lower key: where the page before ended; null for the first page.</param>
    /// <param name="take">Most rows, 1 to 200.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<Outcome<SolutionPage>> PageAsync(Actor actor, long projectId, SolutionFilter filter, long? before = null, int take = 50, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (filter.Fault(role.Value) is { } wrong) return wrong;
        var size = Math.Clamp(take, 1, 200);
        var found = filter.Of(context, projectId);
        var rows = await found.Where(s => before == null || s.Id < before).OrderByDescending(s => s.Id).Take(size + 1)
            // A join, as one at most holds: asked for its first one, PostgreSQL numbers the verdicts of the whole table.
            .SelectMany(s => context.Set<FirstErrorVerdict>().Where(v => v.SolutionId == s.Id && v.SupersededAt == null).DefaultIfEmpty(), (s, v) => new
            {
                s.Id,
                s.ProblemId,
                s.Problem!.Statement,
                s.ExtractedAnswer,
                s.State,
                Outcome = (FirstErrorOutcome?)v!.Outcome,
                v.Step,
                Model = context.Set<LanguageModel>().Where(m => m.Id == s.Run!.ModelId).Select(m => m.Name).FirstOrDefault(),
                JudgedAt = context.Set<FirstErrorAnnotation>().Where(a => a.SolutionId == s.Id && a.Outcome != FirstErrorOutcome.Undone).Max(a => (DateTimeOffset?)a.CreatedAt),
            })
            .OrderByDescending(row => row.Id).ToListAsync(cancellationToken);
        return new SolutionPage(
            [.. rows.Take(size).Select(r => new SolutionRow(r.Id, r.ProblemId, r.Statement, r.ExtractedAnswer, r.State, r.Outcome, r.Step, r.Model, r.JudgedAt))],
            await found.Take(Countable).CountAsync(cancellationToken),
            rows.Count > size ? rows[size - 1].Id : null);
    }

    /// <summary>Who and what a project's solutions can be filtered by.</summary>
    public async Task<Outcome<SolutionFacets>> FacetsAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        // Everybody with a role, and whoever judged something and has left since: found by their own judgements' index.
        var people = await context.Set<User>()
            .Where(u => context.Set<ProjectMember>().Any(m => m.ProjectId == projectId && m.UserId == u.Id) || context.Set<Assignment>().Any(a => a.AnnotatorId == u.Id && a.Solution!.ProjectId == projectId))
            .OrderBy(u => u.DisplayName).Select(u => new { u.Id, u.DisplayName }).ToListAsync(cancellationToken);
        var models = await context.Set<LanguageModel>()
            .Where(m => context.Set<Run>().Any(r => r.ProjectId == projectId && r.Kind == RunKind.Sampling && r.ModelId == m.Id))
            .OrderBy(m => m.Name).Select(m => new { m.Id, m.Name }).ToListAsync(cancellationToken);
        return new SolutionFacets([.. people.Select(u => (u.Id, u.DisplayName))], [.. models.Select(m => (m.Id, m.Name))]);
    }

    /// <summary>Writes one JSON object a solution that the filter lets through, oldest first, and an audit event that says so.</summary>
    /// <returns>How many.</returns>
    public async Task<Outcome<int>> ExportAsync(Actor actor, long projectId, SolutionFilter filter, Stream target, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (filter.Fault(role.Value) is { } wrong) return wrong;
        var count = 0;
        var rows = filter.Of(context, projectId).OrderBy(s => s.Id).Select(s => new
        {
            s.Id,
            s.ProblemId,
            s.State,
            Verdict = context.Set<FirstErrorVerdict>().Where(v => v.SolutionId == s.Id && v.SupersededAt == null).Select(v => new { v.Outcome, v.Step, v.Grade }).FirstOrDefault(),
        });
        await foreach (var row in rows.AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            await JsonSerializer.SerializeAsync(target, row, RunJson.Line, cancellationToken);
            target.WriteByte((byte)'\n');
            count++;
        }

        context.Audited(clock.GetUtcNow(), actor.UserId, projectId, "solutions.exported", nameof(Project), projectId, now: new { Filter = filter, Count = count });
        await context.SaveChangesAsync(cancellationToken);
        return count;
    }
}
