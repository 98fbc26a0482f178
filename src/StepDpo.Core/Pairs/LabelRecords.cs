using System.Globalization;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Annotations;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Problems;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Pairs;

/// <summary>A label as the records alone give it.</summary>
/// <param name="Counting">The judgements that count, oldest first.</param>
/// <param name="Verdict">The verdict that holds, or null.</param>
/// <param name="Candidates">Where each candidate stands.</param>
/// <param name="Pairs">The pairs that count, oldest first.</param>
public sealed record RebuiltLabel(
    IReadOnlyList<long> Counting, FirstErrorVerdict? Verdict, IReadOnlyDictionary<long, RectificationState> Candidates, IReadOnlyList<long> Pairs);

/// <summary>
/// Everything that was ever said of one solution, from rows that nobody can change; columns that the site may update (a verdict's
/// end, a candidate's state) are not looked at.
/// </summary>
public sealed class LabelRecords
{
    /// <summary>Every judgement, oldest first.</summary>
    public required IReadOnlyList<FirstErrorAnnotation> Annotations { get; init; }

    /// <summary>Every verdict, oldest first.</summary>
    public required IReadOnlyList<FirstErrorVerdict> Verdicts { get; init; }

    /// <summary>Every decision on the solution in dispute, oldest first.</summary>
    public required IReadOnlyList<Adjudication> Adjudications { get; init; }

    /// <summary>Every decision on a prefix as a whole, oldest first.</summary>
    public required IReadOnlyList<PrefixReview> Prefixes { get; init; }

    /// <summary>Every candidate with its step k, oldest first.</summary>
    public required IReadOnlyList<(Rectification Candidate, int Step)> Candidates { get; init; }

    /// <summary>Every decision on a candidate, oldest first.</summary>
    public required IReadOnlyList<RectificationReview> Reviews { get; init; }

    /// <summary>Every pair, oldest first.</summary>
    public required IReadOnlyList<PreferencePair> Pairs { get; init; }

    /// <summary>Every further reviewer's word on them, oldest first.</summary>
    public required IReadOnlyList<PairReview> SecondReviews { get; init; }

    /// <summary>Every pair's end, oldest first.</summary>
    public required IReadOnlyList<PairWithdrawal> Withdrawals { get; init; }

    /// <summary>The problem's reference answers, oldest first.</summary>
    public required IReadOnlyList<ReferenceAnswer> Answers { get; init; }

    /// <summary>What the audit says of the solution, its assignments, verdicts and candidates, and of its problem's answer; oldest first.</summary>
    public required IReadOnlyList<AuditEvent> Events { get; init; }

    /// <summary>Reads them.</summary>
    public static async Task<LabelRecords> ReadAsync(StepDpoContext context, Solution solution, CancellationToken cancellationToken = default)
    {
        var annotations = await context.Set<FirstErrorAnnotation>().AsNoTracking().Where(a => a.SolutionId == solution.Id).OrderBy(a => a.Id).ToListAsync(cancellationToken);
        var verdicts = await context.Set<FirstErrorVerdict>().AsNoTracking().Where(v => v.SolutionId == solution.Id).OrderBy(v => v.Id).ToListAsync(cancellationToken);
        var candidates = await context.Set<Rectification>().AsNoTracking().Where(r => r.Prefix!.SolutionId == solution.Id).OrderBy(r => r.Id)
            .Select(r => new { Candidate = r, r.Prefix!.Step }).ToListAsync(cancellationToken);
        var candidateIds = candidates.Select(c => c.Candidate.Id).ToList();
        var pairs = await context.Set<PreferencePair>().AsNoTracking()
            .Where(p => p.RectificationId != null && candidateIds.Contains(p.RectificationId.Value)).OrderBy(p => p.Id).ToListAsync(cancellationToken);
        var pairIds = pairs.Select(p => p.Id).ToList();
        var assignmentIds = await context.Set<Assignment>().Where(a => a.SolutionId == solution.Id).Select(a => a.Id).ToListAsync(cancellationToken);
        return new()
        {
            Annotations = annotations,
            Verdicts = verdicts,
            Adjudications = await context.Set<Adjudication>().AsNoTracking().Where(a => a.SolutionId == solution.Id).OrderBy(a => a.Id).ToListAsync(cancellationToken),
            Prefixes = await context.Set<PrefixReview>().AsNoTracking().Where(r => r.SolutionId == solution.Id).OrderBy(r => r.Id).ToListAsync(cancellationToken),
            Candidates = [.. candidates.Select(c => (c.Candidate, c.Step))],
            Reviews = await context.Set<RectificationReview>().AsNoTracking().Where(r => candidateIds.Contains(r.RectificationId)).OrderBy(r => r.Id).ToListAsync(cancellationToken),
            Pairs = pairs,
            SecondReviews = await context.Set<PairReview>().AsNoTracking().Where(r => pairIds.Contains(r.PairId)).OrderBy(r => r.Id).ToListAsync(cancellationToken),
            Withdrawals = await context.Set<PairWithdrawal>().AsNoTracking().Where(w => pairIds.Contains(w.PairId)).OrderBy(w => w.Id).ToListAsync(cancellationToken),
            Answers = await context.Set<ReferenceAnswer>().AsNoTracking().Where(a => a.ProblemId == solution.ProblemId).OrderBy(a => a.Version).ToListAsync(cancellationToken),
            Events = await EventsAsync(
                context,
                [
                    (nameof(Solution), [solution.Id]), (nameof(Assignment), assignmentIds), (nameof(FirstErrorVerdict), [.. verdicts.Select(v => v.Id)]),
                    (nameof(Rectification), candidateIds), (nameof(Problem), [solution.ProblemId]),
                ],
                cancellationToken),
        };
    }

    /// <summary>The label that the records amount to.</summary>
    public RebuiltLabel Rebuild()
    {
        var replaced = Annotations.Select(a => a.SupersedesId).OfType<long>().ToHashSet();
        var ended = Events.Where(e => e.Action == FirstErrorVerdict.Superseded).Select(e => long.Parse(e.SubjectId, CultureInfo.InvariantCulture)).ToHashSet();
        var withdrawn = Withdrawals.Select(w => w.PairId).ToHashSet();
        return new(
            [.. Annotations.Where(a => !a.Surplus && a.Outcome != FirstErrorOutcome.Undone && !replaced.Contains(a.Id)).Select(a => a.Id)],
            Verdicts.SingleOrDefault(v => !ended.Contains(v.Id)),
            Candidates.ToDictionary(c => c.Candidate.Id, c => Reviews.LastOrDefault(r => r.RectificationId == c.Candidate.Id)?.Decision switch
            {
                ReviewDecision.Approved => RectificationState.Approved,
                ReviewDecision.Rejected => RectificationState.Rejected,
                ReviewDecision.Reopened or null or _ => RectificationState.Proposed,
            }),
            [.. Pairs.Where(p => !withdrawn.Contains(p.Id)).Select(p => p.Id)]);
    }

    private static async Task<IReadOnlyList<AuditEvent>> EventsAsync(StepDpoContext context, (string Subject, IReadOnlyList<long> Ids)[] subjects, CancellationToken cancellationToken)
    {
        var events = new List<AuditEvent>();
        foreach (var (subject, ids) in subjects)
        {
            var keys = ids.Select(id => id.ToString(CultureInfo.InvariantCulture)).ToList();
            events.AddRange(await context.Set<AuditEvent>().AsNoTracking().Where(e => e.Subject == subject && keys.Contains(e.SubjectId)).ToListAsync(cancellationToken));
        }

        return [.. events.OrderBy(e => e.Id)];
    }
}
