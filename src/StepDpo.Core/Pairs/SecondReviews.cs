using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;

namespace StepDpo.Core.Pairs;

/// <summary>
/// Second reviews: a sampled share of the approved steps is decided on again, by somebody who does not know what the first reviewer
/// said. The second approves: the pair counts. The second rejects: a third decides, as blind; two of three hold, and a pair that
/// is outvoted is withdrawn.
/// </summary>
public sealed class SecondReviews(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    private const int MostCandidates = 3;

    /// <summary>The pairs that wait for a word of this person: they have said nothing on this prefix yet, and may review it.</summary>
    public async Task<Outcome<IReadOnlyList<SecondReviewItem>>> ListAsync(Actor actor, long projectId, IReadOnlyCollection<long> have, int take, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (await Membership.RestsAsync(context, projectId, cancellationToken) is { } rests) return rests;
        var found = await (await OpenToAsync(context, actor, projectId, cancellationToken))
            .OrderBy(p => p.Id)
            .Select(p => new { Pair = p, context.Set<Rectification>().Single(w => w.Id == p.RectificationId).Prefix!.SolutionId })
            .Where(p => !have.Contains(p.SolutionId))
            .Take(Math.Clamp(take, 1, 50)).ToListAsync(cancellationToken);
        var items = new List<SecondReviewItem>();
        foreach (var row in found)
        {
            if (await ReviewQueue.ItemAsync(context, actor, row.SolutionId, cancellationToken) is { MayDecide: true } item) items.Add(new(row.Pair.Id, AsFirstSeen(item, row.Pair.RectificationId!.Value)));
        }

        return items;
    }

    /// <summary>Stores a further reviewer's words on the candidates of a pair's prefix.</summary>
    /// <param name="actor">Who.</param>
    /// <param name="word">Key, note and time.</param>
    /// <param name="pairId">The pair.</param>
    /// <param name="words">A decision on each candidate that was shown; the winner must be among them.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Outcome<SecondAnswer>> DecideAsync(Actor actor, PrefixWord word, long pairId, IReadOnlyList<SecondWord> words, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var locked = await LockedAsync(context, actor, pairId, cancellationToken);
        if (!locked.Succeeded) return locked.Refusal;
        var (pair, prefix, reviewer) = (locked.Value.Pair, locked.Value.Prefix, locked.Value.Reviewer);
        if (word.Problem() is { } problem) return problem;
        if (await context.Set<PairReview>().Where(r => r.ClientKey == word.ClientKey).ToListAsync(cancellationToken) is { Count: > 0 } known)
        {
            return known.All(r => r.ReviewerId == reviewer && r.PairId == pairId)
                ? await AnswerAsync(context, pair, words, cancellationToken)
                : Refusal.Conflict("This key was used for another decision.");
        }

        if (await Membership.RestsAsync(context, pair.ProjectId, cancellationToken) is { } rests) return rests;
        if (await RefusalAsync(context, actor, pair, prefix, reviewer, words, word.Note, cancellationToken) is { } refusal) return refusal;
        var revision = await context.CurrentRevisionAsync(pair.ProjectId, cancellationToken);
        context.AddRange(words.Select((said, i) => new PairReview
        {
            PairId = pairId,
            RectificationId = said.RectificationId,
            ReviewerId = reviewer,
            Decision = said.Decision,
            Reason = said.Reason,
            Note = word.Note,
            ActiveMilliseconds = i == 0 ? word.ActiveMilliseconds : 0,
            RevisionId = revision.Id,
            ClientKey = word.ClientKey,
            CreatedAt = clock.GetUtcNow(),
        }));
        await context.SaveChangesAsync(cancellationToken);
        await WithdrawIfOutvotedAsync(context, pair, prefix, revision.Id, cancellationToken);
        var answer = await AnswerAsync(context, pair, words, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return answer;
    }

    /// <summary>Takes the actor's words on a pair back; not possible once the pair is withdrawn.</summary>
    public async Task<Outcome<Done>> TakeBackAsync(Actor actor, PrefixWord word, long pairId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var locked = await LockedAsync(context, actor, pairId, cancellationToken);
        if (!locked.Succeeded) return locked.Refusal;
        if (word.Problem() is { } problem) return problem;
        var reviewer = locked.Value.Reviewer;
        if (await context.Set<PairReview>().AnyAsync(r => r.ClientKey == word.ClientKey && r.ReviewerId == reviewer, cancellationToken)) return Done.Value;
        if (await Membership.RestsAsync(context, locked.Value.Pair.ProjectId, cancellationToken) is { } rests) return rests;
        var said = await PairReview.Counting(context).Where(r => r.PairId == pairId && r.ReviewerId == reviewer).ToListAsync(cancellationToken);
        if (said.Count == 0) return Refusal.Conflict("You have said nothing on this pair.");
        if (await IsWithdrawnAsync(context, pairId, cancellationToken)) return Refusal.Conflict("The pair has been withdrawn; this cannot be taken back.");
        context.AddRange(said.Select(r => new PairReview
        {
            PairId = pairId,
            RectificationId = r.RectificationId,
            ReviewerId = reviewer,
            Decision = ReviewDecision.Reopened,
            RevisionId = r.RevisionId,
            ClientKey = word.ClientKey,
            CreatedAt = clock.GetUtcNow(),
        }));
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return Done.Value;
    }

    /// <summary>How far first and second reviewers agree. A third's word is left out: thirds are asked only where the two differ.</summary>
    public async Task<Outcome<ReviewAgreement>> AgreementAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var counting = PairReview.Counting(context);
        var cells = await counting
            .Join(context.Set<PreferencePair>().Where(p => p.ProjectId == projectId), r => r.PairId, p => p.Id, (r, p) => new { Word = r, IsWinner = r.RectificationId == p.RectificationId })
            .Where(r => !counting.Any(earlier => earlier.PairId == r.Word.PairId && earlier.RectificationId == r.Word.RectificationId && earlier.Id < r.Word.Id))
            .Select(r => new { r.IsWinner, First = FirstOnOthers(context).Where(f => f.PairId == r.Word.PairId && f.RectificationId == r.Word.RectificationId).Select(f => (ReviewDecision?)f.Decision).FirstOrDefault(), Second = r.Word.Decision })
            .ToListAsync(cancellationToken);
        int Cell(ReviewDecision first, ReviewDecision second) => cells.Count(cell => (cell.IsWinner ? ReviewDecision.Approved : cell.First) == first && cell.Second == second);
        return new ReviewAgreement(
            Cell(ReviewDecision.Approved, ReviewDecision.Approved), Cell(ReviewDecision.Rejected, ReviewDecision.Rejected),
            Cell(ReviewDecision.Approved, ReviewDecision.Rejected), Cell(ReviewDecision.Rejected, ReviewDecision.Approved),
            await Open(context, projectId).CountAsync(cancellationToken));
    }

    /// <summary>The project's pairs that wait for a second or third reviewer.</summary>
    public static IQueryable<PreferencePair> Open(StepDpoContext context, long projectId) => context.Set<PreferencePair>()
        .Where(p => p.ProjectId == projectId && p.NeedsSecond && !context.Set<PairWithdrawal>().Any(w => w.PairId == p.Id))
        .Where(p => !PairReview.Counting(context).Any(r => r.PairId == p.Id && r.RectificationId == p.RectificationId && r.Decision == ReviewDecision.Approved));

    /// <summary>
    /// The open pairs that this reviewer may still decide on: they have said nothing on the prefix, and did not alone mark its first
    /// error. Until they have, nobody shows them what the others said.
    /// </summary>
    internal static async Task<IQueryable<PreferencePair>> OpenToAsync(StepDpoContext context, Actor actor, long projectId, CancellationToken cancellationToken)
    {
        var open = Open(context, projectId);
        if (actor.UserId is not { } person) return open.Where(p => false);
        var candidates = context.Set<Rectification>();
        open = open
            .Where(p => !context.Set<RectificationReview>().Any(r => r.ReviewerId == person && candidates.Any(c => c.Id == r.RectificationId
                && c.PrefixId == candidates.Single(w => w.Id == p.RectificationId).PrefixId)))
            .Where(p => !PairReview.Counting(context).Any(r => r.PairId == p.Id && r.ReviewerId == person));
        return (await context.CurrentRevisionAsync(projectId, cancellationToken)).Settings.ReviewOfOwnFirstErrors
            ? open
            : open.Where(p => !candidates.Any(w => w.Id == p.RectificationId && OwnFirstErrors.Of(context, person).Contains(w.Prefix!.SolutionId)));
    }

    /// <summary>Why a reviewer is not shown what the others said.</summary>
    internal static Refusal Unread => Refusal.Conflict("This waits for a second review, and you may give it: do that on the review page, then look at what the others said.");

    private sealed record FirstWord
    {
        public required long PairId { get; init; }

        public required long RectificationId { get; init; }

        public required ReviewDecision Decision { get; init; }
    }

    // What the first reviewer has decided on the prefix's other candidates; the pair's winner they approved.
    private static IQueryable<FirstWord> FirstOnOthers(StepDpoContext context)
    {
        var reviews = context.Set<RectificationReview>();
        return from pair in context.Set<PreferencePair>()
               join winner in context.Set<Rectification>() on pair.RectificationId equals winner.Id
               join candidate in context.Set<Rectification>() on winner.PrefixId equals candidate.PrefixId
               join review in reviews on candidate.Id equals review.RectificationId
               where candidate.Id != winner.Id && review.ReviewerId == pair.CreatedById && review.Decision != ReviewDecision.Reopened
                   && !reviews.Any(later => later.RectificationId == review.RectificationId && later.Id > review.Id)
               select new FirstWord { PairId = pair.Id, RectificationId = candidate.Id, Decision = review.Decision };
    }

    // The winner and what makes it hard to guess: first what was rejected, then what nobody decided on; in the usual order, all open.
    private static ReviewItem AsFirstSeen(ReviewItem item, long winner)
    {
        var shown = item.Candidates.Where(c => c.RectificationId == winner)
            .Concat(item.Candidates.Where(c => c.State == RectificationState.Rejected))
            .Concat(item.Candidates.Where(c => c.State == RectificationState.Proposed))
            .Take(MostCandidates).Select(c => c.RectificationId).ToHashSet();
        return item with { Candidates = [.. item.Candidates.Where(c => shown.Contains(c.RectificationId)).Select(c => c with { State = RectificationState.Proposed })] };
    }

    private static async Task<Outcome<(PreferencePair Pair, Sampling.Prefix Prefix, Guid Reviewer)>> LockedAsync(StepDpoContext context, Actor actor, long pairId, CancellationToken cancellationToken)
    {
        var found = await context.Set<PreferencePair>().Where(p => p.Id == pairId && p.NeedsSecond)
            .Join(context.Set<Rectification>(), p => p.RectificationId, r => r.Id, (p, r) => new { Pair = p, Prefix = r.Prefix! }).SingleOrDefaultAsync(cancellationToken);
        if (found is null) return Refusal.NotFound("There is no such pair in second review.");
        var locked = await PrefixReviews.LockedAsync(context, actor, found.Prefix.SolutionId, cancellationToken);
        return locked.Succeeded ? (found.Pair, found.Prefix, locked.Value.Reviewer) : locked.Refusal;
    }

    private static async Task<Refusal?> RefusalAsync(
        StepDpoContext context, Actor actor, PreferencePair pair, Sampling.Prefix prefix, Guid reviewer, IReadOnlyList<SecondWord> words, string note, CancellationToken cancellationToken)
    {
        if (words.Any(said => said.Decision == ReviewDecision.Reopened || (said.Decision == ReviewDecision.Rejected) != said.Reason.HasValue)) return Refusal.Invalid(nameof(words), "Approve or reject each candidate; a rejection needs a reason.");
        if (words.Any(said => said.Reason == RejectReason.Other) && string.IsNullOrWhiteSpace(note)) return Refusal.Invalid(nameof(note), "Say in the note what the reason is.");
        var ids = words.Select(said => said.RectificationId).Distinct().ToList();
        if (ids.Count != words.Count || !ids.Contains(pair.RectificationId!.Value) || await context.Set<Rectification>().CountAsync(r => ids.Contains(r.Id) && r.PrefixId == prefix.Id, cancellationToken) != ids.Count)
            return Refusal.Invalid(nameof(words), "Decide once on each candidate of this prefix that was shown.");
        if (await IsWithdrawnAsync(context, pair.Id, cancellationToken)) return Refusal.Conflict("The pair has been withdrawn meanwhile.");
        var first = await context.Set<RectificationReview>().AnyAsync(r => r.ReviewerId == reviewer && context.Set<Rectification>().Any(c => c.Id == r.RectificationId && c.PrefixId == prefix.Id), cancellationToken);
        if (first) return Refusal.Forbidden("You have decided on this prefix already; somebody else must.");
        if (await context.HoldingVerdictAsync(prefix.SolutionId, cancellationToken) is not { } verdict) return Refusal.Conflict("The first error has been reopened; this pair no longer fits.");
        if (!await OwnFirstErrors.MayDecideAsync(context, actor, verdict, cancellationToken))
            return Refusal.Forbidden("You alone marked this first error; somebody else must review its rectifications.");
        if (await PairReview.Counting(context).AnyAsync(r => r.PairId == pair.Id && r.ReviewerId == reviewer, cancellationToken)) return Refusal.Conflict("You have decided on this pair already.");
        return await Open(context, pair.ProjectId).AnyAsync(p => p.Id == pair.Id, cancellationToken) ? null : Refusal.Conflict("The others have decided on this pair meanwhile.");
    }

    private async Task WithdrawIfOutvotedAsync(StepDpoContext context, PreferencePair pair, Sampling.Prefix prefix, long revisionId, CancellationToken cancellationToken)
    {
        var against = await PairReview.Counting(context)
            .Where(r => r.PairId == pair.Id && r.RectificationId == pair.RectificationId && r.Decision == ReviewDecision.Rejected).OrderBy(r => r.Id).ToListAsync(cancellationToken);
        if (against.Count < 2) return;
        await PairWithdrawals.RejectAsync(context, pair, against[^1].ReviewerId, WithdrawalReason.Outvoted, against[^1].Reason!.Value, against[^1].Note, revisionId, clock.GetUtcNow(), cancellationToken);
        await context.SaveChangesAsync(cancellationToken);
        var solution = await context.LockedSolutionAsync(prefix.SolutionId, cancellationToken);
        solution!.State = await Candidates.StateAsync(context, prefix.Id, cancellationToken);
        await context.SaveChangesAsync(cancellationToken);
    }

    private static async Task<SecondAnswer> AnswerAsync(StepDpoContext context, PreferencePair pair, IReadOnlyList<SecondWord> words, CancellationToken cancellationToken)
    {
        var first = await FirstOnOthers(context).Where(f => f.PairId == pair.Id).ToDictionaryAsync(f => f.RectificationId, f => f.Decision, cancellationToken);
        first[pair.RectificationId!.Value] = ReviewDecision.Approved;
        var isOpen = await Open(context, pair.ProjectId).AnyAsync(p => p.Id == pair.Id, cancellationToken);
        var counts = !isOpen && !await IsWithdrawnAsync(context, pair.Id, cancellationToken);
        var compared = words.Where(said => first.ContainsKey(said.RectificationId)).ToList();
        return new SecondAnswer(counts, isOpen, compared.Count(said => first[said.RectificationId] == said.Decision), compared.Count);
    }

    private static Task<bool> IsWithdrawnAsync(StepDpoContext context, long pairId, CancellationToken cancellationToken) =>
        context.Set<PairWithdrawal>().AnyAsync(w => w.PairId == pairId, cancellationToken);
}
