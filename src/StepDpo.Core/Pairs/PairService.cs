using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Pairs;

/// <summary>Which pairs a list shows.</summary>
/// <param name="Search">Words that occur in the problem or in either step; null for all.</param>
/// <param name="Dataset">Where the problem comes from; null for all.</param>
/// <param name="IsWithdrawn">Only those withdrawn (true) or those that count (false); null for both.</param>
/// <param name="Origin">Whose words the winner is; null for both.</param>
/// <param name="IsImported">Only imported (true) or own (false); null for both.</param>
/// <param name="Step">The step k; null for all.</param>
/// <param name="WinnerModelId">The model that sampled the winner; null for all.</param>
/// <param name="ApprovedById">Who approved or imported it; null for all.</param>
public sealed record PairFilter(
    string? Search = null, string? Dataset = null, bool? IsWithdrawn = false, RectificationOrigin? Origin = null, bool? IsImported = null, int? Step = null,
    long? WinnerModelId = null, Guid? ApprovedById = null);

/// <summary>A pair in a list.</summary>
/// <param name="Pair">The pair.</param>
/// <param name="Withdrawal">Its end, or null.</param>
/// <param name="WaitsForSecond">Whether it does not count yet: a second or third reviewer decides.</param>
public sealed record PairRow(PreferencePair Pair, PairWithdrawal? Withdrawal, bool WaitsForSecond);

/// <summary>A page of a list.</summary>
/// <param name="Rows">The rows, newest first.</param>
/// <param name="Total">How many the filter lets through.</param>
/// <param name="Unread">Pairs of the project that are left out: the reader may give their second review, and must not know the first.</param>
public sealed record PairPage(IReadOnlyList<PairRow> Rows, int Total, int Unread);

/// <summary>All that a pair rests on. The parts before <paramref name="Withdrawal"/> are empty for an imported pair.</summary>
/// <param name="Pair">The pair.</param>
/// <param name="Solution">The solution that lost.</param>
/// <param name="Annotations">Every judgement of it, superseded ones too, oldest first.</param>
/// <param name="Verdicts">Every verdict, superseded ones too, oldest first.</param>
/// <param name="Continuations">The continuations that begin with the winning step.</param>
/// <param name="Reviews">Every decision on the candidate, oldest first.</param>
/// <param name="SecondReviews">Every word of further reviewers on the winner, oldest first.</param>
/// <param name="WaitsForSecond">Whether it does not count yet: a second or third reviewer decides.</param>
/// <param name="Withdrawal">Its end, or null.</param>
/// <param name="ExportIds">The exports that hold it.</param>
public sealed record PairHistory(
    PreferencePair Pair, Solution? Solution, IReadOnlyList<FirstErrorAnnotation> Annotations, IReadOnlyList<FirstErrorVerdict> Verdicts,
    IReadOnlyList<Continuation> Continuations, IReadOnlyList<RectificationReview> Reviews, IReadOnlyList<PairReview> SecondReviews, bool WaitsForSecond,
    PairWithdrawal? Withdrawal, IReadOnlyList<long> ExportIds);

/// <summary>Lists pairs, tells their history, withdraws them.</summary>
public sealed class PairService(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>A page of the project's pairs, newest first, without those that the actor may give the second review of.</summary>
    public async Task<Outcome<PairPage>> ListAsync(Actor actor, long projectId, PairFilter filter, int skip, int take, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var unread = await SecondReviews.OpenToAsync(context, actor, projectId, cancellationToken);
        var pairs = Filtered(context, projectId, filter).Where(p => !unread.Any(u => u.Id == p.Id));
        var rows = await pairs.OrderByDescending(p => p.Id).Skip(Math.Max(0, skip)).Take(Math.Clamp(take, 1, 200))
            .Select(p => new PairRow(p, context.Set<PairWithdrawal>().SingleOrDefault(w => w.PairId == p.Id), SecondReviews.Open(context, projectId).Any(open => open.Id == p.Id)))
            .AsNoTracking().ToListAsync(cancellationToken);
        return new PairPage(rows, await pairs.CountAsync(cancellationToken), await unread.CountAsync(cancellationToken));
    }

    /// <summary>Everything that a pair rests on. Whoever may give its second review does that first.</summary>
    public async Task<Outcome<PairHistory>> HistoryAsync(Actor actor, long pairId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        context.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        var found = await FindAsync(context, actor, pairId, cancellationToken);
        if (!found.Succeeded) return found.Refusal;
        var pair = found.Value;
        if (await (await SecondReviews.OpenToAsync(context, actor, pair.ProjectId, cancellationToken)).AnyAsync(p => p.Id == pairId, cancellationToken)) return SecondReviews.Unread;
        var candidate = await context.Set<Rectification>().Include(r => r.Prefix!.Solution).SingleOrDefaultAsync(r => r.Id == pair.RectificationId, cancellationToken);
        var solutionId = candidate?.Prefix!.SolutionId;
        return new PairHistory(
            pair,
            candidate?.Prefix!.Solution,
            await context.Set<FirstErrorAnnotation>().Where(a => a.SolutionId == solutionId).OrderBy(a => a.Id).ToListAsync(cancellationToken),
            await context.Set<FirstErrorVerdict>().Where(v => v.SolutionId == solutionId).OrderBy(v => v.Id).ToListAsync(cancellationToken),
            candidate is null ? [] : await context.Set<Continuation>()
                .Where(c => c.PrefixId == candidate.PrefixId && c.FirstStepSha256 == candidate.StepSha256)
                .OrderBy(c => c.RunId).ThenBy(c => c.SampleIndex).ToListAsync(cancellationToken),
            await context.Set<RectificationReview>().Where(r => r.RectificationId == pair.RectificationId).OrderBy(r => r.Id).ToListAsync(cancellationToken),
            await context.Set<PairReview>().Where(r => r.PairId == pairId && r.RectificationId == pair.RectificationId).OrderBy(r => r.Id).ToListAsync(cancellationToken),
            await SecondReviews.Open(context, pair.ProjectId).AnyAsync(p => p.Id == pairId, cancellationToken),
            await context.Set<PairWithdrawal>().SingleOrDefaultAsync(w => w.PairId == pairId, cancellationToken),
            await context.Set<ExportPair>().Where(e => e.PairId == pairId).Select(e => e.ExportId).OrderBy(id => id).ToListAsync(cancellationToken));
    }

    /// <summary>
    /// Withdraws a pair: it stays in earlier exports and enters no new one. Its winner counts as rejected, and the solution goes back
    /// to review, or to "no candidate", as its other candidates say.
    /// </summary>
    public async Task<Outcome<Done>> WithdrawAsync(Actor actor, long pairId, string note, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var found = await FindAsync(context, actor, pairId, cancellationToken);
        if (!found.Succeeded) return found.Refusal;
        var prefix = await context.Set<Rectification>().Where(r => r.Id == found.Value.RectificationId).Select(r => r.Prefix).SingleOrDefaultAsync(cancellationToken);
        var solution = prefix is null ? null : await context.LockedSolutionAsync(prefix.SolutionId, cancellationToken);
        if (string.IsNullOrWhiteSpace(note) || note.Length > 4000) return Refusal.Invalid(nameof(note), "Say why, in at most 4,000 characters.");
        if (await context.Set<PairWithdrawal>().AnyAsync(w => w.PairId == pairId, cancellationToken)) return Refusal.Conflict("This pair has been withdrawn already.");
        var now = clock.GetUtcNow();
        var revision = await context.CurrentRevisionAsync(found.Value.ProjectId, cancellationToken);
        await PairWithdrawals.RejectAsync(context, found.Value, actor.UserId, WithdrawalReason.Mistake, RejectReason.Other, note, revision.Id, now, cancellationToken);
        context.Audited(now, actor.UserId, found.Value.ProjectId, "pair.withdrawn", nameof(PreferencePair), pairId, now: new { Note = note });
        await context.SaveChangesAsync(cancellationToken);
        if (solution is { State: SolutionState.Paired }) solution.State = await Candidates.StateAsync(context, prefix!.Id, cancellationToken);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return Done.Value;
    }

    private static async Task<Outcome<PreferencePair>> FindAsync(StepDpoContext context, Actor actor, long pairId, CancellationToken cancellationToken)
    {
        if (await context.Set<PreferencePair>().SingleOrDefaultAsync(p => p.Id == pairId, cancellationToken) is not { } pair) return Refusal.NotFound("There is no such pair.");
        var role = await Membership.RequireAsync(context, actor, pair.ProjectId, ProjectRole.Reviewer, cancellationToken);
        return role.Succeeded ? pair : role.Refusal;
    }

    private static IQueryable<PreferencePair> Filtered(StepDpoContext context, long projectId, PairFilter filter)
    {
        var pairs = context.Set<PreferencePair>().Where(p => p.ProjectId == projectId);
        if (filter.IsWithdrawn is { } isWithdrawn) pairs = pairs.Where(p => context.Set<PairWithdrawal>().Any(w => w.PairId == p.Id) == isWithdrawn);
        if (filter.IsImported is { } isImported) pairs = pairs.Where(p => (p.RectificationId == null) == isImported);
        if (filter.Dataset is { } dataset) pairs = pairs.Where(p => p.Dataset == dataset);
        if (filter.Origin is { } origin) pairs = pairs.Where(p => p.Origin == origin);
        if (filter.Step is { } step) pairs = pairs.Where(p => p.Step == step);
        if (filter.WinnerModelId is { } model) pairs = pairs.Where(p => p.WinnerModelId == model);
        if (filter.ApprovedById is { } person) pairs = pairs.Where(p => p.CreatedById == person);
        if (string.IsNullOrWhiteSpace(filter.Search)) return pairs;
        var pattern = $"%{filter.Search.Trim().Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%";
        return pairs.Where(p => EF.Functions.ILike(p.Prompt, pattern) || EF.Functions.ILike(p.Chosen, pattern) || EF.Functions.ILike(p.Rejected, pattern));
    }
}
