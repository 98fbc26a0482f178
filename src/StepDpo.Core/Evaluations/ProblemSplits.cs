using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Evaluations;

/// <summary>How many problems to hold out.</summary>
/// <param name="Validation">For choosing checkpoints: problems, or their share of all with <paramref name="AsShare"/>.</param>
/// <param name="Test">For reports, likewise.</param>
/// <param name="AsShare">Whether the two numbers are shares within 0 and 1.</param>
/// <param name="Seed">Which problems: the same seed holds out the same ones of the same set, in whatever order they were imported.</param>
public sealed record SplitRequest(double Validation, double Test, bool AsShare, long Seed);

/// <summary>How the splits stand after an assignment, and how many problems kept theirs because a text had been sampled for them.</summary>
public sealed record SplitReport(int Pool, int Validation, int Test, int Frozen);

/// <summary>
/// Deals a project's problems out to pool, validation and test. It lives here because only here all is known that freezes a
/// problem: solutions and evaluation items.
/// </summary>
public sealed class ProblemSplits(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>Deals out anew all problems for which nothing was sampled; the others keep their split and count towards it. For leads.</summary>
    public async Task<Outcome<SplitReport>> AssignAsync(Actor actor, long projectId, SplitRequest request, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        // Imports and other assignments wait; what is sampled meanwhile is caught by its foreign key.
        await context.Database.ExecuteSqlAsync($"SELECT 1 FROM project WHERE id = {projectId} FOR UPDATE", cancellationToken);
        var problems = await context.Set<Problem>().Where(p => p.ProjectId == projectId && p.Split != Split.Gold).Select(p => new Dealt(
            p.Id, p.StatementSha256, p.Split,
            context.Set<Solution>().Any(s => s.ProblemId == p.Id) || context.Set<EvaluationItem>().Any(i => i.ProblemId == p.Id))).ToListAsync(cancellationToken);

        var (validation, test) = request.AsShare
            ? (request.Validation * problems.Count, request.Test * problems.Count)
            : (request.Validation, request.Test);
        if (!(validation >= 0 && test >= 0 && validation + test <= problems.Count))
            return Refusal.Invalid("Validation", $"The held-out problems must be 0 to {problems.Count}, which is all there are.");

        var free = problems.Where(p => !p.Frozen).OrderBy(p => TextHash.Of($"{request.Seed}:{p.StatementSha256}"), StringComparer.Ordinal).ToArray();
        var wantTest = Missing(Split.Test, test);
        var wantValidation = Missing(Split.Validation, validation);
        try
        {
            await MoveAsync(context, free.Take(wantTest), Split.Test, cancellationToken);
            await MoveAsync(context, free.Skip(wantTest).Take(wantValidation), Split.Validation, cancellationToken);
            await MoveAsync(context, free.Skip(wantTest + wantValidation), Split.Pool, cancellationToken);
        }
        catch (Npgsql.PostgresException e) when (e.SqlState == Npgsql.PostgresErrorCodes.ForeignKeyViolation)
        {
            return Refusal.Conflict("A run has begun to sample these problems; try again when it has ended.");
        }

        var counts = await context.Set<Problem>().Where(p => p.ProjectId == projectId).GroupBy(p => p.Split)
            .Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(group => group.Key, group => group.Count, cancellationToken);
        var report = new SplitReport(
            counts.GetValueOrDefault(Split.Pool), counts.GetValueOrDefault(Split.Validation), counts.GetValueOrDefault(Split.Test), problems.Count - free.Length);
        context.Audited(clock.GetUtcNow(), actor.UserId, projectId, "problems.split", nameof(Project), projectId, now: new { request, report });
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return report;

        int Missing(Split split, double wanted) => Math.Max(0, (int)Math.Round(wanted) - problems.Count(p => p.Frozen && p.Split == split));
    }

    private static async Task MoveAsync(StepDpoContext context, IEnumerable<Dealt> problems, Split split, CancellationToken cancellationToken)
    {
        long[] moved = [.. problems.Where(p => p.Split != split).Select(p => p.Id)];
        if (moved.Length > 0)
            await context.Set<Problem>().Where(p => moved.Contains(p.Id)).ExecuteUpdateAsync(set => set.SetProperty(p => p.Split, split), cancellationToken);
    }

    private sealed record Dealt(long Id, string StatementSha256, Split Split, bool Frozen);
}
