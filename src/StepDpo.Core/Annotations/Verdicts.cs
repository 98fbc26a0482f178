using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Annotations;

/// <summary>
/// Writes verdicts and moves solutions on. Its methods work within the caller's transaction, with the solution's row locked.
/// </summary>
internal sealed class Verdicts(StepDpoContext context, DateTimeOffset now)
{
    /// <summary>
    /// Looks at the judgements that count. With all that are wanted there the solution gets its verdict, waits for one more, goes to
    /// adjudication or is set aside; with fewer it goes on waiting.
    /// </summary>
    /// <param name="solution">The solution, locked and in state Waiting or Adjudication.</param>
    /// <param name="revision">The settings that hold now.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task JudgeAsync(Solution solution, ProjectRevision revision, CancellationToken cancellationToken)
    {
        var judgements = await CountingAsync(context, solution.Id, cancellationToken);
        var rule = StopRule.Of(revision.Settings);
        if (judgements.Count < Math.Max(rule.First, solution.WantedJudgements)) solution.State = SolutionState.Waiting;
        else if (VerdictRule.Decide(judgements, rule.Agreeing) is { } decision) await DecideAsync(solution, decision, adjudicatorId: null, "", revision, cancellationToken);
        else if (rule.Wanted(judgements) is var wanted && wanted > judgements.Count) (solution.State, solution.WantedJudgements) = (SolutionState.Waiting, wanted);
        else solution.State = IsDiscarded(judgements, revision.Settings) ? SolutionState.Discarded : SolutionState.Adjudication;
    }

    // What cannot be judged is a question to a reviewer, never a disagreement.
    private static bool IsDiscarded(List<FirstErrorAnnotation> judgements, ProjectSettings settings) =>
        settings.Undecided == UndecidedRule.Discard && judgements.All(j => j.Outcome != FirstErrorOutcome.CannotJudge);

    /// <summary>Writes a verdict; a first error of a wrong Pool solution gets its prefix and waits for rectification.</summary>
    public async Task<FirstErrorVerdict> DecideAsync(
        Solution solution, VerdictDecision decision, Guid? adjudicatorId, string note, ProjectRevision revision, CancellationToken cancellationToken)
    {
        var verdict = new FirstErrorVerdict
        {
            SolutionId = solution.Id,
            StepCount = solution.StepCount,
            Outcome = decision.Outcome,
            Step = decision.Step,
            Grade = decision.Grade,
            Reason = decision.Reason,
            Provenance = decision.Provenance,
            AdjudicatorId = adjudicatorId,
            Note = note,
            RevisionId = revision.Id,
            CreatedAt = now,
        };
        context.Add(verdict);
        var isCut = IsCut(decision.Outcome, decision.Grade, solution.Split, solution.AnswerCheck, revision.Settings);
        solution.State = isCut ? SolutionState.Rectifying : SolutionState.Closed;
        if (isCut) await CutAsync(solution, decision.Step!.Value, cancellationToken);
        return verdict;
    }

    /// <summary>Whether a solution is cut before its first error, to be gone on with: one of the pool whose answer is not right, by the project's cut rule.</summary>
    public static bool IsCut(FirstErrorOutcome outcome, StepGrade? grade, Split split, AnswerCheck answer, ProjectSettings settings) =>
        outcome == FirstErrorOutcome.FirstError && split == Split.Pool && answer != AnswerCheck.Right
        && (grade == StepGrade.Incorrect || settings.CutRule == CutRule.FirstNeutralOrIncorrect);

    /// <summary>The verdict that holds no longer does. These two columns may be updated, so who did it stands in the audit.</summary>
    public void Supersede(Solution solution, FirstErrorVerdict verdict, Guid? actorId, string reason)
    {
        (verdict.SupersededAt, verdict.SupersededReason) = (now, reason);
        context.Audited(now, actorId, solution.ProjectId, FirstErrorVerdict.Superseded, nameof(FirstErrorVerdict), verdict.Id, new { verdict.Outcome, verdict.Step, verdict.Grade, verdict.Provenance }, new { Reason = reason });
    }

    /// <summary>The judgements that count: the last of each assignment, without those taken back and those that came too late; oldest first.</summary>
    public static Task<List<FirstErrorAnnotation>> CountingAsync(StepDpoContext context, long solutionId, CancellationToken cancellationToken) =>
        Counting(context).Where(a => a.SolutionId == solutionId).OrderBy(a => a.Id).ToListAsync(cancellationToken);

    /// <summary>The same for many solutions at once.</summary>
    public static async Task<ILookup<long, FirstErrorAnnotation>> CountingAsync(StepDpoContext context, IReadOnlyList<long> solutionIds, CancellationToken cancellationToken) =>
        (await Counting(context).Where(a => solutionIds.Contains(a.SolutionId)).OrderBy(a => a.Id).AsNoTracking().ToListAsync(cancellationToken)).ToLookup(a => a.SolutionId);

    private static IQueryable<FirstErrorAnnotation> Counting(StepDpoContext context) =>
        context.Set<FirstErrorAnnotation>()
            .Where(a => !a.Surplus && a.Outcome != FirstErrorOutcome.Undone)
            .Where(a => !context.Set<FirstErrorAnnotation>().Any(later => later.SupersedesId == a.Id));

    // A prefix that an earlier verdict cut at the same step is the same text: its continuations are used again.
    private async Task CutAsync(Solution solution, int step, CancellationToken cancellationToken)
    {
        if (await context.Set<Prefix>().AnyAsync(p => p.SolutionId == solution.Id && p.Step == step, cancellationToken)) return;
        var settings = await context.Set<Solution>().Where(s => s.Id == solution.Id)
            .Select(s => context.Set<ProjectRevision>().Single(r => r.Id == s.Run!.RevisionId).Settings)
            .SingleAsync(cancellationToken);
        context.Add(new Prefix
        {
            SolutionId = solution.Id,
            ProblemId = solution.ProblemId,
            Split = solution.Split,
            StepCount = solution.StepCount,
            Step = step,
            Text = PrefixText.Of(settings.Template, solution.Text, step),
            CreatedAt = now,
        });
    }
}
