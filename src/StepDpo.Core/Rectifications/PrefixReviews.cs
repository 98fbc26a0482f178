using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Rectifications;

/// <summary>What a reviewer sends with every decision on a prefix as a whole.</summary>
/// <param name="ClientKey">The browser's key of this decision: sent twice, it is stored once.</param>
/// <param name="Note">What the reviewer adds.</param>
/// <param name="ActiveMilliseconds">Milliseconds at work.</param>
public sealed record PrefixWord(Guid ClientKey, string Note = "", int ActiveMilliseconds = 0)
{
    /// <summary>What is wrong with it, or null.</summary>
    internal Refusal? Problem() =>
        Note.Length > 2000 ? Refusal.Invalid(nameof(Note), $"The note may hold 2,000 characters; found {Note.Length}.")
        : Note.Contains('\0', StringComparison.Ordinal) ? Refusal.Invalid(nameof(Note), "The note holds a character that cannot be stored.")
        : ActiveMilliseconds < 0 ? Refusal.Invalid(nameof(ActiveMilliseconds), "The time at work cannot be negative.")
        : null;
}

/// <summary>Reads and writes <see cref="PrefixReview"/>s within the caller's transaction, with the solution's row locked.</summary>
internal static class PrefixReviews
{
    /// <summary>The solution, locked, and the person, who must be a reviewer of its project.</summary>
    public static async Task<Outcome<(Solution Solution, Guid Reviewer)>> LockedAsync(StepDpoContext context, Actor actor, long solutionId, CancellationToken cancellationToken)
    {
        if (await context.LockedSolutionAsync(solutionId, cancellationToken) is not { } solution) return Refusal.NotFound("There is no such solution.");
        var role = await Membership.RequireAsync(context, actor, solution.ProjectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        return actor.UserId is { } reviewer ? (solution, reviewer) : Refusal.Forbidden("Only people decide on solutions.");
    }

    /// <summary>The decision that was stored under this key, or null; a refusal where the key was used for another one, or where nothing new is taken.</summary>
    public static async Task<Outcome<PrefixReview?>> KnownAsync(
        StepDpoContext context, Guid clientKey, Guid reviewer, long solutionId, PrefixDecision decision, CancellationToken cancellationToken)
    {
        var known = await context.Set<PrefixReview>().SingleOrDefaultAsync(r => r.ClientKey == clientKey, cancellationToken);
        if (known is null && await ProjectRestsAsync(context, solutionId, cancellationToken) is { } rests) return rests;
        return known is null || (known.ReviewerId, known.SolutionId, known.Decision) == (reviewer, solutionId, decision)
            ? known
            : Refusal.Conflict("This key was used for another decision.");
    }

    private static async Task<Refusal?> ProjectRestsAsync(StepDpoContext context, long solutionId, CancellationToken cancellationToken) =>
        await Membership.RestsAsync(context, await context.Set<Solution>().Where(s => s.Id == solutionId).Select(s => s.ProjectId).SingleAsync(cancellationToken), cancellationToken);

    /// <summary>The prefix under the verdict that holds, or null.</summary>
    public static async Task<long?> PrefixIdAsync(StepDpoContext context, long solutionId, CancellationToken cancellationToken) =>
        await context.HoldingVerdictAsync(solutionId, cancellationToken) is { Step: { } k }
            ? await context.Set<Prefix>().Where(p => p.SolutionId == solutionId && p.Step == k).Select(p => (long?)p.Id).SingleOrDefaultAsync(cancellationToken)
            : null;

    /// <summary>The temperatures that reviewers named when they last asked for more of these prefixes; those without a word of their own are left out.</summary>
    public static async Task<IReadOnlyDictionary<long, double>> TemperaturesAsync(StepDpoContext context, IReadOnlyList<long> prefixIds, CancellationToken cancellationToken)
    {
        var all = context.Set<PrefixReview>();
        var asked = all.Where(r => r.Decision == PrefixDecision.SampleMore && prefixIds.Contains(r.PrefixId!.Value) && !all.Any(t => t.TakesBackId == r.Id));
        return await asked
            .Where(r => r.Temperature != null && !asked.Any(later => later.PrefixId == r.PrefixId && later.Id > r.Id))
            .ToDictionaryAsync(r => r.PrefixId!.Value, r => r.Temperature!.Value, cancellationToken);
    }
}
