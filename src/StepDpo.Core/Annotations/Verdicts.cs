using Microsoft.EntityFrameworkCore;
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
    /// Looks at the judgements that count. With all N there the solution gets its verdict or goes to adjudication; with fewer it
    /// goes on waiting.
    /// </summary>
    /// <param name="solution">The solution, locked and in state Waiting or Adjudication.</param>
    /// <param name="revision">The settings that hold now.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task JudgeAsync(Solution solution, ProjectRevision revision, CancellationToken cancellationToken)
    {
        var judgements = await CountingAsync(context, solution.Id, cancellationToken);
        if (judgements.Count < revision.Settings.JudgementsPerSolution) solution.State = SolutionState.Waiting;
        else if (VerdictRule.Decide(judgements) is not { } decision) solution.State = SolutionState.Adjudication;
        else await DecideAsync(solution, decision, adjudicatorId: null, "", revision, cancellationToken);
    }

    /// <summary>Writes a verdict; a first error of a wrong Pool solution gets its prefix and waits for rectification.</summary>
    public async Task DecideAsync(
        Solution solution, VerdictDecision decision, Guid? adjudicatorId, string note, ProjectRevision revision, CancellationToken cancellationToken)
    {
        context.Add(new FirstErrorVerdict
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
        });
        var isCut = decision.Outcome == FirstErrorOutcome.FirstError && solution.Split == Split.Pool && solution.AnswerCheck != AnswerCheck.Right
            && (decision.Grade == StepGrade.Incorrect || revision.Settings.CutRule == CutRule.FirstNeutralOrIncorrect);
        solution.State = isCut ? SolutionState.Rectifying : SolutionState.Closed;
        if (isCut) await CutAsync(solution, decision.Step!.Value, cancellationToken);
    }

    /// <summary>The verdict that holds no longer does.</summary>
    public static void Supersede(FirstErrorVerdict verdict, DateTimeOffset now, string reason) =>
        (verdict.SupersededAt, verdict.SupersededReason) = (now, reason);

    /// <summary>The judgements that count: the last of each assignment, without those taken back and those that came too late; oldest first.</summary>
    public static Task<List<FirstErrorAnnotation>> CountingAsync(StepDpoContext context, long solutionId, CancellationToken cancellationToken) =>
        context.Set<FirstErrorAnnotation>()
            .Where(a => a.SolutionId == solutionId && !a.Surplus && a.Outcome != FirstErrorOutcome.Undone)
            .Where(a => !context.Set<FirstErrorAnnotation>().Any(later => later.SupersedesId == a.Id))
            .OrderBy(a => a.Id)
            .ToListAsync(cancellationToken);

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
