using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Annotations;

/// <summary>
/// Sends solutions back to judging: the verdict falls, each judgement that counts is taken back by a row of its own, and all N places
/// are free again; what was said of it as a gold item stays. Works within the caller's transaction, with the solutions and their assignments locked.
/// </summary>
internal sealed class Requeueing(StepDpoContext context, Guid? actorId, DateTimeOffset now)
{
    /// <summary>What the audit calls it.</summary>
    public const string Requeued = "solution.requeued";

    /// <summary>Why a solution in this state cannot go back, or null.</summary>
    public static Sentence? Why(SolutionState state) => state switch
    {
        SolutionState.Waiting => "waits for judgements already",
        SolutionState.Sampled => "is not up for judging",
        SolutionState.Paired => "a pair was made of it: reopen its first error instead",
        SolutionState.Adjudication or SolutionState.Rectifying or SolutionState.InReview or SolutionState.NoCandidate or SolutionState.Closed or SolutionState.Discarded or _ => null,
    };

    /// <summary>Sends them back; the caller has asked <see cref="Why"/> and saves.</summary>
    public async Task RequeueAsync(IReadOnlyCollection<Solution> solutions, string reason, CancellationToken cancellationToken)
    {
        var ids = solutions.Select(s => s.Id).ToList();
        var verdicts = await context.Set<FirstErrorVerdict>().Where(v => ids.Contains(v.SolutionId) && v.SupersededAt == null).ToDictionaryAsync(v => v.SolutionId, cancellationToken);
        var counting = (await context.Set<FirstErrorAnnotation>()
            .Where(a => ids.Contains(a.SolutionId) && a.Outcome != FirstErrorOutcome.Undone && !a.Surplus && !context.Set<FirstErrorAnnotation>().Any(later => later.SupersedesId == a.Id))
            .ToListAsync(cancellationToken)).ToLookup(a => a.SolutionId);
        var places = (await context.Set<Assignment>().Where(a => ids.Contains(a.SolutionId) && a.State == AssignmentState.Submitted && a.Slot != Assignment.Gold).ToListAsync(cancellationToken)).ToLookup(a => a.SolutionId);
        foreach (var solution in solutions)
        {
            context.Audited(now, actorId, solution.ProjectId, Requeued, nameof(Solution), solution.Id, solution.State, new { Reason = reason });
            if (verdicts.GetValueOrDefault(solution.Id) is { } verdict) new Verdicts(context, now).Supersede(solution, verdict, actorId, reason);
            foreach (var annotation in counting[solution.Id]) context.Add(TakenBack(annotation, reason));
            foreach (var place in places[solution.Id]) place.State = AssignmentState.Released;
            // How many are wanted follows anew from what is said then.
            (solution.State, solution.WantedJudgements) = (SolutionState.Waiting, 0);
        }
    }

    // The row stands in the chain of its annotator; who sent the solution back stands in the audit.
    private FirstErrorAnnotation TakenBack(FirstErrorAnnotation annotation, string reason) => new()
    {
        AssignmentId = annotation.AssignmentId,
        SolutionId = annotation.SolutionId,
        AnnotatorId = annotation.AnnotatorId,
        StepCount = annotation.StepCount,
        AnswerCheck = annotation.AnswerCheck,
        Outcome = FirstErrorOutcome.Undone,
        Note = SiteNote.SentBack(reason).ToString(),
        RevisionId = annotation.RevisionId,
        ClientKey = Guid.NewGuid(),
        SupersedesId = annotation.Id,
        CreatedAt = now,
    };
}
