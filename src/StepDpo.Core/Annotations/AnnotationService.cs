using Microsoft.EntityFrameworkCore;
using Npgsql;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Annotations;

/// <summary>
/// Takes judgements in. Rows are only ever added: a change or an undo supersedes. Each call carries a key that the browser made;
/// the same key with the same words is answered as the first time, with other words refused.
/// </summary>
public sealed class AnnotationService(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>How many of their own last judgements people can take back.</summary>
    public const int Undoable = 20;

    /// <summary>
    /// Stores a judgement. With the last of the N a verdict comes about. One that arrives after its place went to somebody else is
    /// kept as surplus and does not count. A second judgement of the same assignment replaces the first while no pair rests on it.
    /// </summary>
    public Task<Outcome<StoredJudgement>> SubmitAsync(
        Actor actor, Guid clientKey, long assignmentId, FirstErrorJudgement judgement, CancellationToken cancellationToken = default) =>
        StoreAsync(actor, clientKey, assignmentId, known => IsSame(known, assignmentId, judgement), async (context, work) =>
        {
            if (judgement.Contradiction(work.Solution.WholeStepCount, work.Solution.AnswerCheck) is { } contradiction) return contradiction;
            var surplus = work.IsGold;
            if (work.IsGold)
            {
                work.Assignment.State = AssignmentState.Submitted;
            }
            else if (work.IsPaused)
            {
                if (work.Assignment.State == AssignmentState.Submitted) return Refusal.Conflict("Your work in this project is paused.");
                surplus = true;
                if (work.Assignment.State == AssignmentState.Leased) work.Assignment.State = AssignmentState.Released;
            }
            else if (work.Assignment.State == AssignmentState.Submitted)
            {
                if (await ReopenAsync(context, work, work.Assignment.AnnotatorId, SiteNote.JudgementChanged.Words, cancellationToken) is { } refusal) return refusal;
            }
            else
            {
                surplus = !await HasPlaceAsync(context, work, cancellationToken);
                if (!surplus) work.Assignment.State = AssignmentState.Submitted;
                else if (work.Assignment.State == AssignmentState.Leased) work.Assignment.State = AssignmentState.Released;
            }

            return Row(work, clientKey, judgement, surplus);
        }, cancellationToken);

    /// <summary>
    /// Takes one of the actor's last <see cref="Undoable"/> judgements back: it no longer counts, and the solution lies on the
    /// actor's desk again. Not possible once a pair was made of it or a reviewer has decided.
    /// </summary>
    public async Task<Outcome<StoredJudgement>> UndoAsync(Actor actor, Guid clientKey, long annotationId, CancellationToken cancellationToken = default)
    {
        await using var reading = await contexts.CreateDbContextAsync(cancellationToken);
        var last = await reading.Set<FirstErrorAnnotation>()
            .Where(a => a.AnnotatorId == actor.UserId && a.Outcome != FirstErrorOutcome.Undone)
            .OrderByDescending(a => a.Id).Take(Undoable).Select(a => new { a.Id, a.AssignmentId }).ToListAsync(cancellationToken);
        if (last.SingleOrDefault(a => a.Id == annotationId) is not { } target) return Refusal.NotFound($"It is not among your last {Undoable} judgements.");

        return await StoreAsync(actor, clientKey, target.AssignmentId, known => known.Outcome == FirstErrorOutcome.Undone && known.SupersedesId == annotationId, async (context, work) =>
        {
            if (work.Last is not { } current || current.Id != annotationId) return Refusal.Conflict("This judgement has been replaced already.");
            if (!current.Surplus || work.IsGold)
            {
                if (!work.IsGold && await ReopenAsync(context, work, work.Assignment.AnnotatorId, SiteNote.JudgementTakenBack.Words, cancellationToken) is { } refusal) return refusal;
                work.Assignment.State = AssignmentState.Leased;
                work.Assignment.LeasedUntil = clock.GetUtcNow().AddMinutes(work.Revision.Settings.LeaseMinutes);
            }

            return Row(work, clientKey, new(FirstErrorOutcome.Undone), current.Surplus);
        }, cancellationToken);
    }

    /// <summary>What a call works on: all rows that may change are locked.</summary>
    private sealed record Work(Assignment Assignment, Solution Solution, ProjectRevision Revision, FirstErrorAnnotation? Last, bool IsPaused, bool SuggestionSeen)
    {
        public bool IsGold => Assignment.Slot == Assignment.Gold;
    }

    private async Task<Outcome<StoredJudgement>> StoreAsync(
        Actor actor, Guid clientKey, long assignmentId, Func<FirstErrorAnnotation, bool> isSame,
        Func<StepDpoContext, Work, Task<Outcome<FirstErrorAnnotation>>> act, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var assignment = await context.LockedAssignmentAsync(actor, assignmentId, cancellationToken);
        if (!assignment.Succeeded) return assignment.Refusal;
        if (await context.Set<FirstErrorAnnotation>().SingleOrDefaultAsync(a => a.ClientKey == clientKey, cancellationToken) is { } known)
            return isSame(known) ? Stored(known, assignment.Value) : KeyTaken;

        var solution = (await context.LockedSolutionAsync(assignment.Value.SolutionId, cancellationToken))!;
        if (await Membership.RestsAsync(context, solution.ProjectId, cancellationToken) is { } rests) return rests;
        var revision = await context.CurrentRevisionAsync(solution.ProjectId, cancellationToken);
        var last = await context.Set<FirstErrorAnnotation>().Where(a => a.AssignmentId == assignmentId).OrderByDescending(a => a.Id).FirstOrDefaultAsync(cancellationToken);
        var isPaused = await context.HoldingPauseAsync(solution.ProjectId, assignment.Value.AnnotatorId, cancellationToken) is not null;
        var suggestionSeen = await context.Set<ShownSuggestion>().AnyAsync(s => s.AssignmentId == assignmentId, cancellationToken);
        var work = new Work(assignment.Value, solution, revision, last, isPaused, suggestionSeen);
        var row = await act(context, work);
        if (!row.Succeeded) return row.Refusal;

        context.Add(row.Value);
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "ix_first_error_annotation_client_key" })
        {
            return KeyTaken;
        }

        if (work.IsGold)
        {
            if (!isPaused)
            {
                await GoldAccuracy.FollowAsync(
                    context, revision, work.Assignment.AnnotatorId, clock.GetUtcNow(),
                    (a, s, judgement) => ReopenAsync(context, new(a, s, revision, judgement, false, false), by: null, SiteNote.AnnotatorPaused.Words, cancellationToken), cancellationToken);
            }
        }
        else if (!row.Value.Surplus) await new Verdicts(context, clock.GetUtcNow()).JudgeAsync(solution, revision, cancellationToken);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return Stored(row.Value, work.Assignment);
    }

    // To the outside a gold item is one like the others: nobody took its place.
    private static StoredJudgement Stored(FirstErrorAnnotation row, Assignment assignment) => new(row.Id, row.Surplus && assignment.Slot != Assignment.Gold);

    private static Refusal KeyTaken => Refusal.Conflict("This key was used for another judgement.");

    private FirstErrorAnnotation Row(Work work, Guid clientKey, FirstErrorJudgement judgement, bool surplus) => new()
    {
        AssignmentId = work.Assignment.Id,
        SolutionId = work.Solution.Id,
        AnnotatorId = work.Assignment.AnnotatorId,
        StepCount = work.Solution.StepCount,
        AnswerCheck = work.Solution.AnswerCheck,
        Outcome = judgement.Outcome,
        Step = judgement.Step,
        Grade = judgement.StoredGrade,
        Reason = judgement.Reason,
        Note = judgement.Note,
        ActiveMilliseconds = judgement.ActiveMilliseconds,
        RevisionId = work.Revision.Id,
        ClientKey = clientKey,
        SupersedesId = work.Last?.Id,
        Surplus = surplus,
        AfterSuggestion = work.SuggestionSeen,
        CreatedAt = clock.GetUtcNow(),
    };

    private static bool IsSame(FirstErrorAnnotation known, long assignmentId, FirstErrorJudgement judgement) =>
        known.AssignmentId == assignmentId
        && judgement with { Grade = judgement.StoredGrade } == new FirstErrorJudgement(known.Outcome, known.Step, known.Grade, known.Reason, known.Note, known.ActiveMilliseconds);

    // A lease that has run out still counts while nobody else took the place.
    private static async Task<bool> HasPlaceAsync(StepDpoContext context, Work work, CancellationToken cancellationToken)
    {
        if (work.Solution.State != SolutionState.Waiting) return false;
        if (work.Assignment.State == AssignmentState.Leased) return true;
        var taken = await context.Set<Assignment>()
            .Where(a => a.SolutionId == work.Solution.Id && (a.State == AssignmentState.Leased || a.State == AssignmentState.Submitted))
            .Select(a => a.Slot).ToListAsync(cancellationToken);
        var free = Enumerable.Range(1, Math.Max(work.Revision.Settings.JudgementsPerSolution, work.Solution.WantedJudgements)).Except(taken).FirstOrDefault();
        if (free == 0) return false;
        work.Assignment.Slot = free;
        return true;
    }

    // A judgement that counted changes: the verdict that rests on it falls, unless a pair or a reviewer's word rests on that.
    private async Task<Refusal?> ReopenAsync(StepDpoContext context, Work work, Guid? by, string reason, CancellationToken cancellationToken)
    {
        if (work.Solution.State == SolutionState.Paired) return Refusal.Conflict("A pair has been made of this solution. Ask a reviewer to reopen its first error.");
        if (await context.HoldingVerdictAsync(work.Solution.Id, cancellationToken) is { } verdict)
        {
            if (verdict.Provenance == VerdictProvenance.Adjudicated) return Refusal.Conflict("A reviewer has decided on this solution.");
            new Verdicts(context, clock.GetUtcNow()).Supersede(work.Solution, verdict, by, reason);
        }
        else if (work.Solution.State is SolutionState.Sampled or SolutionState.Closed)
        {
            // Without a verdict these are solutions that a corrected answer has made right.
            return Refusal.Conflict("The reference answer was corrected, and this solution is right: it is no longer judged.");
        }
        else if (work.Solution.State == SolutionState.Discarded && await context.Adjudications(work.Solution.Id).AnyAsync(a => a.Decision == AdjudicationDecision.Discard, cancellationToken))
        {
            return Refusal.Conflict("A reviewer has decided on this solution.");
        }

        // How many are wanted follows anew from what the others said.
        (work.Solution.State, work.Solution.WantedJudgements) = (SolutionState.Waiting, 0);
        return null;
    }
}
