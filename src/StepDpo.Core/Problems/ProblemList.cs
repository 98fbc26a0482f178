using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Problems;

/// <summary>Which problems are wanted.</summary>
/// <param name="Split">Of one split, or null for all.</param>
/// <param name="Text">Holding these words, or null.</param>
/// <param name="Skip">Rows to pass over.</param>
/// <param name="Take">Most rows, 1 to 200.</param>
public sealed record ProblemFilter(Split? Split = null, string? Text = null, int Skip = 0, int Take = 50);

/// <summary>A page of problems, with how many match in all.</summary>
public sealed record ProblemPage(IReadOnlyList<Problem> Problems, int Total);

/// <summary>Reads problems.</summary>
public sealed class ProblemList(IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>A page of a project's problems in order of import; those of gold items are shown to leads only. For members.</summary>
    public async Task<Outcome<ProblemPage>> PageAsync(Actor actor, long projectId, ProblemFilter filter, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Annotator, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var problems = context.Set<Problem>().AsNoTracking().Where(p => p.ProjectId == projectId && (role.Value == ProjectRole.Lead || p.Split != Split.Gold));
        if (filter.Split is { } split) problems = problems.Where(p => p.Split == split);
        if (!string.IsNullOrWhiteSpace(filter.Text))
        {
            var words = filter.Text.Trim().Replace("\0", "", StringComparison.Ordinal)
                .Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal);
            problems = problems.Where(p => EF.Functions.ILike(p.Statement, $"%{words}%", @"\"));
        }

        return new ProblemPage(
            await problems.OrderBy(p => p.Id).Skip(Math.Max(0, filter.Skip)).Take(Math.Clamp(filter.Take, 1, 200)).ToArrayAsync(cancellationToken),
            await problems.CountAsync(cancellationToken));
    }

    /// <summary>One problem. For members; those of gold items for leads.</summary>
    public async Task<Outcome<Problem>> GetAsync(Actor actor, long problemId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var problem = await context.Set<Problem>().AsNoTracking().SingleOrDefaultAsync(p => p.Id == problemId, cancellationToken);
        var least = problem is { Split: Split.Gold } ? ProjectRole.Lead : ProjectRole.Annotator;
        return problem is not null && (await Membership.RequireAsync(context, actor, problem.ProjectId, least, cancellationToken)).Succeeded
            ? problem
            : Refusal.NotFound("There is no such problem.");
    }

    /// <summary>Number of problems in each split. For members.</summary>
    public async Task<Outcome<IReadOnlyDictionary<Split, int>>> CountsAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Annotator, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var counts = await context.Set<Problem>().Where(p => p.ProjectId == projectId && (role.Value == ProjectRole.Lead || p.Split != Split.Gold)).GroupBy(p => p.Split)
            .Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(group => group.Key, group => group.Count, cancellationToken);
        return Enum.GetValues<Split>().ToDictionary(split => split, split => counts.GetValueOrDefault(split));
    }
}
