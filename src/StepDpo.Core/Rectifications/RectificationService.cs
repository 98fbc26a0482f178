using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Rectifications;

/// <summary>
/// What reviewers do with a prefix that has no good candidate: sample more, write one by hand, give it up; and take that back.
/// (Reopening its first error withdraws pairs, and is theirs: <c>FirstErrorReopening</c>.)
/// </summary>
public sealed class RectificationService(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>Most characters of a step written by a person.</summary>
    public const int MaximumStepLength = 8000;

    /// <summary>Sends a solution without candidates back to sampling: the next rectification run takes its prefix.</summary>
    /// <param name="actor">Who.</param>
    /// <param name="word">Key, note and time.</param>
    /// <param name="solutionId">The solution.</param>
    /// <param name="temperature">What this prefix is sampled at; null for the project's temperature.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<Outcome<Done>> SampleMoreAsync(Actor actor, PrefixWord word, long solutionId, double? temperature = null, CancellationToken cancellationToken = default) =>
        DecideAsync(actor, word, solutionId, PrefixDecision.SampleMore, temperature, (_, work, _) => Task.FromResult(
            temperature is { } t && !(t >= 0 && t <= 5) ? Refusal.Invalid(nameof(temperature), "The temperature must lie within 0 and 5.")
            : MoveTo(SolutionState.Rectifying, work.Solution, SolutionState.NoCandidate)), cancellationToken);

    /// <summary>Gives a solution up: no pair will come of it.</summary>
    public Task<Outcome<Done>> DiscardAsync(Actor actor, PrefixWord word, long solutionId, CancellationToken cancellationToken = default) =>
        DecideAsync(actor, word, solutionId, PrefixDecision.Discard, null, (_, work, _) => Task.FromResult(
            MoveTo(SolutionState.Closed, work.Solution, SolutionState.NoCandidate, SolutionState.InReview, SolutionState.Rectifying)), cancellationToken);

    /// <summary>
    /// Adds a candidate in a person's own words, where the project allows it. It is out of distribution (the paper's table 4 shows
    /// the loss), so exports leave its pair out unless asked; somebody else decides on it.
    /// </summary>
    public Task<Outcome<Done>> WriteAsync(Actor actor, PrefixWord word, long solutionId, string step, CancellationToken cancellationToken = default) =>
        DecideAsync(actor, word, solutionId, PrefixDecision.Write, null, async (context, work, now) =>
        {
            if (!(await context.CurrentRevisionAsync(work.Solution.ProjectId, cancellationToken)).Settings.AllowsWrittenSteps)
                return Refusal.Conflict("This project takes sampled steps only; a lead can allow written ones in its settings.");
            if (string.IsNullOrWhiteSpace(step) || step.Length > MaximumStepLength || step.Contains('\0') || step.Contains(StepSplit.Boundary, StringComparison.Ordinal))
                return Refusal.Invalid(nameof(step), $"A step holds 1 to {MaximumStepLength} characters and no further step.");
            if (work.Solution.State is not (SolutionState.Rectifying or SolutionState.InReview or SolutionState.NoCandidate))
                return Refusal.Conflict("This solution does not wait for a rectification.");
            var text = step.StartsWith(' ') ? step : $" {step}";
            var known = await context.Set<Rectification>().Where(r => r.PrefixId == work.PrefixId).Select(r => r.StepText).ToListAsync(cancellationToken);
            if (known.Any(other => FirstStep.Words(other) == FirstStep.Words(text))) return Refusal.Conflict("This step is a candidate already.");
            var candidate = new Rectification
            {
                PrefixId = work.PrefixId,
                StepText = text,
                StepSha256 = TextHash.Of(text),
                Origin = RectificationOrigin.Written,
                WrittenById = work.Reviewer,
                CreatedAt = now,
            };
            context.Add(candidate);
            await context.SaveChangesAsync(cancellationToken);
            work.Solution.State = SolutionState.InReview;
            return (long?)candidate.Id;
        }, cancellationToken);

    /// <summary>
    /// Takes the actor's last decision on a prefix as a whole back, as long as nothing has come of it. The solution stands again where
    /// its candidates say. A reopened first error gets its verdict again as a new row; pairs that were withdrawn with it stay so.
    /// </summary>
    /// <param name="actor">Who.</param>
    /// <param name="word">Key, note and time.</param>
    /// <param name="solutionId">The solution.</param>
    /// <param name="undoes">The key of the decision that is taken back.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Outcome<Done>> TakeBackAsync(Actor actor, PrefixWord word, long solutionId, Guid undoes, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var locked = await PrefixReviews.LockedAsync(context, actor, solutionId, cancellationToken);
        if (!locked.Succeeded) return locked.Refusal;
        var (solution, reviewer) = locked.Value;
        if (word.Problem() is { } problem) return problem;
        if (await context.Set<PrefixReview>().SingleOrDefaultAsync(r => r.ClientKey == undoes && r.ReviewerId == reviewer && r.SolutionId == solutionId, cancellationToken) is not { } decision)
            return Refusal.NotFound("There is no such decision of yours.");
        var known = await PrefixReviews.KnownAsync(context, word.ClientKey, reviewer, solution.Id, PrefixDecision.TakenBack, cancellationToken);
        if (!known.Succeeded) return known.Refusal;
        if (known.Value is not null) return Done.Value;
        var last = await context.Set<PrefixReview>().Where(r => r.SolutionId == solution.Id).MaxAsync(r => r.Id, cancellationToken);
        if (decision.Id != last || decision.Decision == PrefixDecision.TakenBack || solution.State != Followed(decision.Decision))
            return Refusal.Conflict("Others have gone on from this decision; it cannot be taken back.");

        var now = clock.GetUtcNow();
        if (decision.Decision == PrefixDecision.Reopen) await RestoreVerdictAsync(context, solution, decision.PrefixId, now, cancellationToken);
        if (decision.RectificationId is { } written && await RejectWrittenAsync(context, written, reviewer, decision.RevisionId, now, cancellationToken) is { } refusal) return refusal;
        context.Add(new PrefixReview
        {
            SolutionId = solution.Id,
            PrefixId = decision.PrefixId,
            ReviewerId = reviewer,
            Decision = PrefixDecision.TakenBack,
            TakesBackId = decision.Id,
            Note = word.Note,
            ActiveMilliseconds = word.ActiveMilliseconds,
            RevisionId = decision.RevisionId,
            ClientKey = word.ClientKey,
            CreatedAt = now,
        });
        await context.SaveChangesAsync(cancellationToken);
        solution.State = decision.PrefixId is { } prefix ? await Candidates.StateAsync(context, prefix, cancellationToken) : SolutionState.Closed;
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return Done.Value;
    }

    private sealed record Work(Solution Solution, long PrefixId, Guid Reviewer);

    private async Task<Outcome<Done>> DecideAsync(
        Actor actor, PrefixWord word, long solutionId, PrefixDecision decision, double? temperature,
        Func<StepDpoContext, Work, DateTimeOffset, Task<Outcome<long?>>> act, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var locked = await PrefixReviews.LockedAsync(context, actor, solutionId, cancellationToken);
        if (!locked.Succeeded) return locked.Refusal;
        if (word.Problem() is { } problem) return problem;
        var (solution, reviewer) = locked.Value;
        var known = await PrefixReviews.KnownAsync(context, word.ClientKey, reviewer, solutionId, decision, cancellationToken);
        if (!known.Succeeded) return known.Refusal;
        if (known.Value is not null) return Done.Value;
        if (await PrefixReviews.PrefixIdAsync(context, solutionId, cancellationToken) is not { } prefixId) return Refusal.Conflict("The first error is open again; there is nothing to review.");
        var now = clock.GetUtcNow();
        var written = await act(context, new Work(solution, prefixId, reviewer), now);
        if (!written.Succeeded) return written.Refusal;
        context.Add(new PrefixReview
        {
            SolutionId = solutionId,
            PrefixId = prefixId,
            ReviewerId = reviewer,
            Decision = decision,
            Temperature = temperature,
            RectificationId = written.Value,
            Note = word.Note,
            ActiveMilliseconds = word.ActiveMilliseconds,
            RevisionId = (await context.CurrentRevisionAsync(solution.ProjectId, cancellationToken)).Id,
            ClientKey = word.ClientKey,
            CreatedAt = now,
        });
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return Done.Value;
    }

    private static Outcome<long?> MoveTo(SolutionState to, Solution solution, params ReadOnlySpan<SolutionState> from)
    {
        if (!from.Contains(solution.State)) return Refusal.Conflict($"The solution's state has changed meanwhile. It is now: {solution.State}.");
        solution.State = to;
        return (long?)null;
    }

    // Where a decision leaves the solution while nobody has gone on from it.
    private static SolutionState? Followed(PrefixDecision decision) => decision switch
    {
        PrefixDecision.SampleMore => SolutionState.Rectifying,
        PrefixDecision.Discard => SolutionState.Closed,
        PrefixDecision.Reopen => SolutionState.Adjudication,
        PrefixDecision.Write => SolutionState.InReview,
        PrefixDecision.TakenBack => null,
        _ => throw new ArgumentOutOfRangeException(nameof(decision)),
    };

    // The one that cut the prefix: others may have been given and taken back since.
    private static async Task RestoreVerdictAsync(StepDpoContext context, Solution solution, long? prefixId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var verdict = await context.Set<FirstErrorVerdict>()
            .Where(v => v.SolutionId == solution.Id && (prefixId == null || context.Set<Prefix>().Any(p => p.Id == prefixId && p.Step == v.Step)))
            .OrderByDescending(v => v.Id).FirstAsync(cancellationToken);
        context.Add(new FirstErrorVerdict
        {
            SolutionId = verdict.SolutionId,
            StepCount = verdict.StepCount,
            Outcome = verdict.Outcome,
            Step = verdict.Step,
            Grade = verdict.Grade,
            Reason = verdict.Reason,
            Provenance = verdict.Provenance,
            AdjudicatorId = verdict.AdjudicatorId,
            Note = verdict.Note,
            RevisionId = verdict.RevisionId,
            CreatedAt = now,
        });
    }

    // What was written stays; its author has withdrawn it, so nobody need decide on it.
    private static async Task<Refusal?> RejectWrittenAsync(StepDpoContext context, long rectificationId, Guid author, long revisionId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var candidate = await context.Set<Rectification>().SingleAsync(r => r.Id == rectificationId, cancellationToken);
        if (candidate.State != RectificationState.Proposed) return Refusal.Conflict("Somebody has decided on this step.");
        candidate.State = RectificationState.Rejected;
        context.Add(new RectificationReview
        {
            RectificationId = rectificationId,
            ReviewerId = author,
            Decision = ReviewDecision.Rejected,
            Reason = RejectReason.Other,
            Note = SiteNote.AuthorUndid.Words,
            RevisionId = revisionId,
            ClientKey = Guid.NewGuid(),
            CreatedAt = now,
        });
        return null;
    }
}
