using Microsoft.EntityFrameworkCore;
using Npgsql;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Pairs;

/// <summary>A stored decision.</summary>
/// <param name="ReviewId">Its key.</param>
/// <param name="PairId">The pair that an approval made, or null.</param>
public sealed record StoredReview(long ReviewId, long? PairId);

/// <summary>
/// Takes reviewers' decisions. An approval writes its pair in the same transaction; winner and loser come from the candidate and
/// from the solution, never from the caller, so they cannot be swapped.
/// </summary>
public sealed class ReviewService(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>The candidate becomes a pair's winning step.</summary>
    public Task<Outcome<StoredReview>> ApproveAsync(
        Actor actor, Guid clientKey, long rectificationId, string note = "", int activeMilliseconds = 0, CancellationToken cancellationToken = default) =>
        DecideAsync(actor, clientKey, rectificationId, ReviewDecision.Approved, null, note, activeMilliseconds, cancellationToken);

    /// <summary>The candidate does not become a pair.</summary>
    public Task<Outcome<StoredReview>> RejectAsync(
        Actor actor, Guid clientKey, long rectificationId, RejectReason reason, string note = "", int activeMilliseconds = 0, CancellationToken cancellationToken = default) =>
        DecideAsync(actor, clientKey, rectificationId, ReviewDecision.Rejected, reason, note, activeMilliseconds, cancellationToken);

    /// <summary>Takes the last decision on a candidate back: it is proposed again, and the pair made of it is withdrawn.</summary>
    public Task<Outcome<StoredReview>> ReopenAsync(
        Actor actor, Guid clientKey, long rectificationId, string note = "", CancellationToken cancellationToken = default) =>
        DecideAsync(actor, clientKey, rectificationId, ReviewDecision.Reopened, null, note, 0, cancellationToken);

    private sealed record Work(Rectification Candidate, Prefix Prefix, Solution Solution, ProjectRevision Revision);

    private async Task<Outcome<StoredReview>> DecideAsync(
        Actor actor, Guid clientKey, long rectificationId, ReviewDecision decision, RejectReason? reason, string note, int activeMilliseconds, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var work = await LockAsync(context, actor, rectificationId, cancellationToken);
        if (!work.Succeeded) return work.Refusal;
        if (await context.Set<RectificationReview>().SingleOrDefaultAsync(r => r.ClientKey == clientKey, cancellationToken) is { } known)
        {
            var isSame = (known.RectificationId, known.Decision, known.Reason, known.Note, known.ReviewerId) == (rectificationId, decision, reason, note, actor.UserId);
            return isSame ? new StoredReview(known.Id, await PairOfAsync(context, rectificationId, cancellationToken)) : Refusal.Conflict("This key was used for another decision.");
        }

        if (await Membership.RestsAsync(context, work.Value.Solution.ProjectId, cancellationToken) is { } rests) return rests;
        if (await RefusalAsync(context, actor, work.Value, decision, reason, note, activeMilliseconds, cancellationToken) is { } refusal) return refusal;
        var review = new RectificationReview
        {
            RectificationId = rectificationId,
            ReviewerId = actor.UserId,
            Decision = decision,
            Reason = reason,
            Note = note,
            ActiveMilliseconds = activeMilliseconds,
            RevisionId = work.Value.Revision.Id,
            ClientKey = clientKey,
            CreatedAt = clock.GetUtcNow(),
        };
        context.Add(review);
        var pair = decision == ReviewDecision.Approved ? await new PairMaking(context, clock).MakeAsync(work.Value.Candidate, work.Value.Prefix, work.Value.Solution, work.Value.Revision, actor.UserId, cancellationToken) : null;
        if (pair is { Succeeded: false }) return pair.Refusal;
        if (decision == ReviewDecision.Reopened)
            await PairWithdrawals.OfRectificationsAsync(context, [rectificationId], WithdrawalReason.ReviewReopened, note, actor.UserId, clock.GetUtcNow(), cancellationToken);

        work.Value.Candidate.State = decision switch
        {
            ReviewDecision.Approved => RectificationState.Approved,
            ReviewDecision.Rejected => RectificationState.Rejected,
            ReviewDecision.Reopened => RectificationState.Proposed,
            _ => throw new ArgumentOutOfRangeException(nameof(decision)),
        };
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return Refusal.Conflict("This decision, or a pair with the same words, has been stored a moment ago.");
        }

        work.Value.Solution.State = await Candidates.StateAsync(context, work.Value.Prefix.Id, cancellationToken);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new StoredReview(review.Id, pair?.Value.Id);
    }

    // The solution's row is the lock of all that hangs on it: verdict, candidates, pairs.
    private static async Task<Outcome<Work>> LockAsync(StepDpoContext context, Actor actor, long rectificationId, CancellationToken cancellationToken)
    {
        var solutionId = await context.Set<Rectification>().Where(r => r.Id == rectificationId).Select(r => (long?)r.Prefix!.SolutionId).SingleOrDefaultAsync(cancellationToken);
        if (solutionId is null || await context.LockedSolutionAsync(solutionId.Value, cancellationToken) is not { } solution) return Refusal.NotFound("There is no such candidate.");
        var role = await Membership.RequireAsync(context, actor, solution.ProjectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (actor.UserId is null) return Refusal.Forbidden("Only people review.");
        var candidate = await context.Set<Rectification>().Include(r => r.Prefix).SingleAsync(r => r.Id == rectificationId, cancellationToken);
        return new Work(candidate, candidate.Prefix!, solution, await context.CurrentRevisionAsync(solution.ProjectId, cancellationToken));
    }

    private static async Task<Refusal?> RefusalAsync(
        StepDpoContext context, Actor actor, Work work, ReviewDecision decision, RejectReason? reason, string note, int activeMilliseconds, CancellationToken cancellationToken)
    {
        if (note.Length > 4000) return Refusal.Invalid(nameof(note), $"The note may hold 4,000 characters; found {note.Length}.");
        if (note.Contains('\0')) return Refusal.Invalid(nameof(note), "The note holds a character that cannot be stored.");
        if (activeMilliseconds < 0) return Refusal.Invalid(nameof(activeMilliseconds), "The time at work cannot be negative.");
        if (reason == RejectReason.Other && string.IsNullOrWhiteSpace(note)) return Refusal.Invalid(nameof(note), "Say in the note what the reason is.");
        var isDecided = work.Candidate.State != RectificationState.Proposed;
        var isReopening = decision == ReviewDecision.Reopened;
        if (isReopening && !isDecided) return Refusal.Conflict("Nobody has decided on this candidate.");
        if (!isReopening && isDecided) return Refusal.Conflict(work.Candidate.State == RectificationState.Approved ? "This candidate is approved already." : "This candidate is rejected already.");
        if (work.Solution.State is not (SolutionState.InReview or SolutionState.Paired) && !(isReopening && work.Solution.State == SolutionState.NoCandidate)) return Refusal.Conflict("The solution is no longer in review.");
        if (await context.HoldingVerdictAsync(work.Solution.Id, cancellationToken) is not { } verdict || verdict.Step != work.Prefix.Step)
            return Refusal.Conflict("The first error has been reopened; this candidate no longer fits.");
        if (isReopening) return null;
        if (!await OwnFirstErrors.MayDecideAsync(context, actor, verdict, cancellationToken)) return Refusal.Forbidden("You alone marked this first error; somebody else must review its rectifications.");
        if (decision != ReviewDecision.Approved) return null;
        var settings = work.Revision.Settings;
        if (work.Candidate.WrittenById == actor.UserId && !settings.ReviewOfOwnFirstErrors) return Refusal.Forbidden("You wrote this step; somebody else must approve it.");
        var winners = await context.Set<Rectification>().CountAsync(r => r.PrefixId == work.Prefix.Id && r.State == RectificationState.Approved, cancellationToken);
        if (winners < settings.WinnersPerPrefix) return null;
        return winners == 1 ? Refusal.Conflict("This prefix has a winner already.") : Refusal.Conflict($"This prefix has {winners} winners already.");
    }

    private static Task<long?> PairOfAsync(StepDpoContext context, long rectificationId, CancellationToken cancellationToken) =>
        context.Set<PreferencePair>().Where(p => p.RectificationId == rectificationId).OrderByDescending(p => p.Version).Select(p => (long?)p.Id).FirstOrDefaultAsync(cancellationToken);
}
