using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Rectifications;

/// <summary>What reviewers do with a solution that has no candidate left: sample more, write one by hand, or give it up.</summary>
public sealed class RectificationService(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>Most characters of a step written by a person.</summary>
    public const int MaximumStepLength = 8000;

    /// <summary>Sends a solution without candidates back to sampling: the next rectification run takes its prefix.</summary>
    public Task<Outcome<Done>> SampleMoreAsync(Actor actor, long solutionId, CancellationToken cancellationToken = default) =>
        MoveAsync(actor, solutionId, state => state == SolutionState.NoCandidate, SolutionState.Rectifying, cancellationToken);

    /// <summary>Gives a solution up: no pair will come of it.</summary>
    public Task<Outcome<Done>> DiscardAsync(Actor actor, long solutionId, CancellationToken cancellationToken = default) =>
        MoveAsync(actor, solutionId, state => state is SolutionState.NoCandidate or SolutionState.InReview or SolutionState.Rectifying, SolutionState.Closed, cancellationToken);

    /// <summary>
    /// Adds a candidate in a person's own words. It is out of distribution (the paper's table 4 shows the loss), so exports leave
    /// its pair out unless asked.
    /// </summary>
    public async Task<Outcome<long>> WriteAsync(Actor actor, long solutionId, string step, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var found = await LockedAsync(context, actor, solutionId, cancellationToken);
        if (!found.Succeeded) return found.Refusal;
        var solution = found.Value;
        if (string.IsNullOrWhiteSpace(step) || step.Length > MaximumStepLength || step.Contains('\0') || step.Contains(StepSplit.Boundary, StringComparison.Ordinal))
            return Refusal.Invalid(nameof(step), $"A step holds 1 to {MaximumStepLength} characters and no further step.");
        var verdict = await context.HoldingVerdictAsync(solutionId, cancellationToken);
        if (verdict?.Step is not { } k || solution.State is not (SolutionState.Rectifying or SolutionState.InReview or SolutionState.NoCandidate))
            return Refusal.Conflict("This solution does not wait for a rectification.");

        var text = step.StartsWith(' ') ? step : $" {step}";
        var prefixId = await context.Set<Prefix>().Where(p => p.SolutionId == solutionId && p.Step == k).Select(p => p.Id).SingleAsync(cancellationToken);
        var hash = TextHash.Of(text);
        if (await context.Set<Rectification>().AnyAsync(r => r.PrefixId == prefixId && r.StepSha256 == hash, cancellationToken))
            return Refusal.Conflict("This step is a candidate already.");
        var candidate = new Rectification
        {
            PrefixId = prefixId,
            StepText = text,
            StepSha256 = hash,
            Origin = RectificationOrigin.Written,
            WrittenById = actor.UserId,
            CreatedAt = clock.GetUtcNow(),
        };
        context.Add(candidate);
        solution.State = SolutionState.InReview;
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return candidate.Id;
    }

    private async Task<Outcome<Done>> MoveAsync(Actor actor, long solutionId, Func<SolutionState, bool> from, SolutionState to, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var found = await LockedAsync(context, actor, solutionId, cancellationToken);
        if (!found.Succeeded) return found.Refusal;
        if (!from(found.Value.State)) return Refusal.Conflict($"The solution's state has changed: it is {found.Value.State} now.");
        found.Value.State = to;
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return Done.Value;
    }

    private static async Task<Outcome<Solution>> LockedAsync(StepDpoContext context, Actor actor, long solutionId, CancellationToken cancellationToken)
    {
        if (await context.LockedSolutionAsync(solutionId, cancellationToken) is not { } solution) return Refusal.NotFound("There is no such solution.");
        var role = await Membership.RequireAsync(context, actor, solution.ProjectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        return actor.UserId is null ? Refusal.Forbidden("Only people decide on solutions.") : solution;
    }
}
