using Microsoft.EntityFrameworkCore;
using Npgsql;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Annotations;

/// <summary>
/// Where reviewers decide on solutions that the judgements leave open. Each call carries a key that the browser made; the same key
/// with the same words is answered as the first time, with other words refused.
/// </summary>
public sealed class AdjudicationService(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>
    /// A reviewer's word, which is the verdict. Who judged the solution may not decide on it, unless the project allows a team of one.
    /// </summary>
    /// <param name="actor">Who.</param>
    /// <param name="clientKey">The browser's key.</param>
    /// <param name="solutionId">The solution.</param>
    /// <param name="judgement">The verdict; its note is what the others are told.</param>
    /// <param name="because">Why it differs from what others said, or null where nobody differs.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<Outcome<Done>> DecideAsync(
        Actor actor, Guid clientKey, long solutionId, FirstErrorJudgement judgement, DifferenceReason? because = null, CancellationToken cancellationToken = default) =>
        StoreAsync(actor, clientKey, solutionId, known => IsSame(known, judgement, because), async (context, work) =>
        {
            if (judgement.Contradiction(work.Solution.WholeStepCount, work.Solution.AnswerCheck) is { } contradiction) return contradiction;
            if (because is { } reason && !Enum.IsDefined(reason)) return Refusal.Invalid(nameof(because), "Say whether something was overlooked or the guidelines are unclear.");
            var decision = new VerdictDecision(judgement.Outcome, judgement.Step, judgement.StoredGrade, judgement.Reason, VerdictProvenance.Adjudicated);
            var verdict = await new Verdicts(context, clock.GetUtcNow()).DecideAsync(work.Solution, decision, work.Reviewer, judgement.Note, work.Revision, cancellationToken);
            return work.Row(AdjudicationDecision.Verdict, judgement.Note, judgement.ActiveMilliseconds, verdict, because);
        }, cancellationToken);

    /// <summary>Wants one more blind judgement before anybody decides. Where the judgements agree, one more would change nothing, and it is refused.</summary>
    public Task<Outcome<Done>> OneMoreAsync(Actor actor, Guid clientKey, long solutionId, int activeMilliseconds, CancellationToken cancellationToken = default) =>
        StoreAsync(actor, clientKey, solutionId, known => known.Decision == AdjudicationDecision.OneMore, async (context, work) =>
        {
            var judgements = await Verdicts.CountingAsync(context, solutionId, cancellationToken);
            if (judgements.Count > 0 && VerdictRule.Decide(judgements, StopRule.Of(work.Revision.Settings).Agreeing) is not null)
                return Refusal.Conflict("Its judgements agree: one more would not change that. Decide on it yourself.");
            if (judgements.Count >= MostPlaces) return Refusal.Conflict($"It has {judgements.Count} judgements; a solution can have {MostPlaces}.");
            (work.Solution.State, work.Solution.WantedJudgements) = (SolutionState.Waiting, judgements.Count + 1);
            return work.Row(AdjudicationDecision.OneMore, "", activeMilliseconds);
        }, cancellationToken);

    /// <summary>Sets the solution aside: no verdict will come of it.</summary>
    public Task<Outcome<Done>> DiscardAsync(Actor actor, Guid clientKey, long solutionId, string note, int activeMilliseconds, CancellationToken cancellationToken = default) =>
        StoreAsync(actor, clientKey, solutionId, known => known.Decision == AdjudicationDecision.Discard && known.Note == note, (_, work) =>
        {
            if (note.Length > 4000 || note.Contains('\0')) return Task.FromResult<Outcome<Adjudication>>(Refusal.Invalid(nameof(note), "The note may hold 4,000 characters."));
            work.Solution.State = SolutionState.Discarded;
            return Task.FromResult<Outcome<Adjudication>>(work.Row(AdjudicationDecision.Discard, note, activeMilliseconds));
        }, cancellationToken);

    /// <summary>Takes the actor's own decision back, which was sent with the key <paramref name="undoes"/>: while no pair rests on it, and nobody has judged the solution since.</summary>
    public Task<Outcome<Done>> UndoAsync(Actor actor, Guid clientKey, long solutionId, Guid undoes, CancellationToken cancellationToken = default) =>
        StoreAsync(actor, clientKey, solutionId, known => known.Decision == AdjudicationDecision.Undone, async (context, work) =>
        {
            var target = await context.Adjudications(solutionId).OrderByDescending(a => a.Id).FirstOrDefaultAsync(cancellationToken);
            if (target is null || target.ClientKey != undoes || target.ReviewerId != work.Reviewer) return Refusal.Conflict("This decision is not yours, or is not the last one any more.");
            if (await LeftBehindAsync(context, work.Solution, target, cancellationToken) is { } refusal) return refusal;
            work.Solution.State = SolutionState.Adjudication;
            return work.Row(AdjudicationDecision.Undone, "", 0, supersedes: target.Id);
        }, cancellationToken, isUndo: true);

    /// <summary>Places of a solution: what the table of assignments holds.</summary>
    internal const int MostPlaces = 9;

    private async Task<Refusal?> LeftBehindAsync(StepDpoContext context, Solution solution, Adjudication target, CancellationToken cancellationToken)
    {
        if (target.VerdictId is { } id)
        {
            if (solution.State == SolutionState.Paired) return Refusal.Conflict("A pair has been made of this solution: reopen its first error on the review page.");
            var verdict = await context.HoldingVerdictAsync(solution.Id, cancellationToken);
            if (verdict?.Id != id) return Refusal.Conflict("This verdict does not hold any more.");
            new Verdicts(context, clock.GetUtcNow()).Supersede(solution, verdict, target.ReviewerId, SiteNote.ReviewerUndid.Words);
            return null;
        }

        if (target.Decision == AdjudicationDecision.Discard) return solution.State == SolutionState.Discarded ? null : Refusal.Conflict("This solution is no longer set aside.");
        if (solution.State != SolutionState.Waiting || (await Verdicts.CountingAsync(context, solution.Id, cancellationToken)).Count >= solution.WantedJudgements)
            return Refusal.Conflict("The solution has been judged since.");
        solution.WantedJudgements = 0;
        return null;
    }

    /// <summary>What a call works on: the solution's row is locked.</summary>
    private sealed record Work(Solution Solution, ProjectRevision Revision, Guid Reviewer, Guid ClientKey, DateTimeOffset Now)
    {
        public Adjudication Row(
            AdjudicationDecision decision, string note, int activeMilliseconds, FirstErrorVerdict? verdict = null, DifferenceReason? because = null, long? supersedes = null) => new()
            {
                SolutionId = Solution.Id,
                ReviewerId = Reviewer,
                Decision = decision,
                Verdict = verdict,
                Because = because,
                Note = note,
                ActiveMilliseconds = activeMilliseconds,
                RevisionId = Revision.Id,
                ClientKey = ClientKey,
                SupersedesId = supersedes,
                CreatedAt = Now,
            };
    }

    private async Task<Outcome<Done>> StoreAsync(
        Actor actor, Guid clientKey, long solutionId, Func<Adjudication, bool> isSame,
        Func<StepDpoContext, Work, Task<Outcome<Adjudication>>> act, CancellationToken cancellationToken, bool isUndo = false)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (await context.LockedSolutionAsync(solutionId, cancellationToken) is not { } solution) return Refusal.NotFound("There is no such solution.");
        var role = await Membership.RequireAsync(context, actor, solution.ProjectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal.Kind == RefusalKind.NotFound ? Refusal.NotFound("There is no such solution.") : role.Refusal;
        if (actor.UserId is not { } reviewer) return Refusal.Forbidden("Only people decide on solutions.");
        if (await context.Set<Adjudication>().Include(a => a.Verdict).SingleOrDefaultAsync(a => a.ClientKey == clientKey, cancellationToken) is { } known)
            return known.SolutionId == solutionId && known.ReviewerId == reviewer && isSame(known) ? Done.Value : KeyTaken;
        if (await Membership.RestsAsync(context, solution.ProjectId, cancellationToken) is { } rests) return rests;
        if (!isUndo && solution.State is not (SolutionState.Adjudication or SolutionState.Discarded)) return Refusal.Conflict("This solution has been decided on already.");

        var revision = await context.CurrentRevisionAsync(solution.ProjectId, cancellationToken);
        var judged = await context.Set<FirstErrorAnnotation>().AnyAsync(a => a.SolutionId == solutionId && a.AnnotatorId == reviewer, cancellationToken);
        if (judged && !isUndo && !revision.Settings.ReviewOfOwnFirstErrors) return Refusal.Forbidden("You have judged this solution yourself; somebody else must decide.");

        var was = solution.State;
        var row = await act(context, new(solution, revision, reviewer, clientKey, clock.GetUtcNow()));
        if (!row.Succeeded) return row.Refusal;
        if (row.Value.ActiveMilliseconds < 0) return Refusal.Invalid(nameof(row.Value.ActiveMilliseconds), "The time at work cannot be negative.");
        context.Add(row.Value);
        context.Audited(clock.GetUtcNow(), reviewer, solution.ProjectId, Action(row.Value.Decision), nameof(Solution), solutionId, new { State = was }, new { solution.State, Word(row.Value.Verdict).Outcome, Word(row.Value.Verdict).Step, row.Value.Because });
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "ix_adjudication_client_key" })
        {
            return KeyTaken;
        }

        await transaction.CommitAsync(cancellationToken);
        return Done.Value;
    }

    private static Refusal KeyTaken => Refusal.Conflict("This key was used for something else already.");

    private static string Action(AdjudicationDecision decision) => decision switch
    {
        AdjudicationDecision.Verdict => "solution.adjudicated",
        AdjudicationDecision.OneMore => "solution.one-more-judgement",
        AdjudicationDecision.Discard => "solution.discarded",
        AdjudicationDecision.Undone => "solution.adjudication-undone",
        _ => throw new ArgumentOutOfRangeException(nameof(decision), decision, "found no decision"),
    };

    private static (FirstErrorOutcome? Outcome, int? Step) Word(FirstErrorVerdict? verdict) => (verdict?.Outcome, verdict?.Step);

    private static bool IsSame(Adjudication known, FirstErrorJudgement judgement, DifferenceReason? because) =>
        known.Verdict is { } verdict && known.Because == because
        && judgement with { Grade = judgement.StoredGrade } == new FirstErrorJudgement(verdict.Outcome, verdict.Step, verdict.Grade, verdict.Reason, known.Note, known.ActiveMilliseconds);
}
