using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Rectifications;

/// <summary>
/// From continuations to candidates: each distinct whole first step of a prefix's continuations with a right answer, unless it is
/// the losing step itself. Steps that differ in blanks alone are one candidate; its text is the first one's, as sampled.
/// </summary>
public static class Candidates
{
    /// <summary>
    /// Proposes what the prefix's continuations hold and moves the solution on: to review, or to "no candidate". Safe to call again
    /// whenever more continuations have come in; does nothing to the state of a solution whose verdict no longer names this step.
    /// </summary>
    /// <returns>The number of candidates that wait for review.</returns>
    public static async Task<int> ProposeAsync(StepDpoContext context, long prefixId, TimeProvider clock, CancellationToken cancellationToken = default)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var proposed = await ProposeWithinAsync(context, prefixId, clock.GetUtcNow(), cancellationToken);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return proposed;
    }

    /// <summary>The same within the caller's transaction; the caller saves.</summary>
    internal static async Task<int> ProposeWithinAsync(StepDpoContext context, long prefixId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var prefix = await context.Set<Prefix>().SingleAsync(p => p.Id == prefixId, cancellationToken);
        var solution = await context.Set<Solution>().FromSql($"SELECT *, xmin FROM solution WHERE id = {prefix.SolutionId} FOR UPDATE").SingleAsync(cancellationToken);
        var settings = await context.Set<Solution>().Where(s => s.Id == solution.Id)
            .Select(s => context.Set<ProjectRevision>().Single(r => r.Id == s.Run!.RevisionId).Settings).SingleAsync(cancellationToken);
        var losing = new SolutionSteps(settings.Template.FirstStep, solution.Text, solution.StepOffsets).Words(prefix.Step);

        var losingWords = FirstStep.Words(losing);
        var known = await context.Set<Rectification>().Where(r => r.PrefixId == prefixId).ToListAsync(cancellationToken);
        var right = await context.Set<Continuation>()
            .Where(c => c.PrefixId == prefixId && c.AnswerCheck == AnswerCheck.Right && c.FinishReason != FinishReason.Invalid)
            .OrderBy(c => c.RunId).ThenBy(c => c.SampleIndex)
            .Select(c => new { c.FirstStepSha256, c.Text, c.FinishReason }).ToListAsync(cancellationToken);
        var knownWords = known.Select(r => FirstStep.Words(r.StepText)).ToHashSet();
        foreach (var continuation in right.Where(c => FirstStep.IsWhole(c.Text, c.FinishReason)))
        {
            var step = FirstStep.Of(continuation.Text);
            var words = FirstStep.Words(step);
            // A step of blanks, or the losing step that ended well this time, teaches nothing.
            if (words.Length == 0 || words == losingWords || !knownWords.Add(words)) continue;
            var candidate = new Rectification
            {
                PrefixId = prefixId,
                StepText = step,
                StepSha256 = continuation.FirstStepSha256,
                Origin = RectificationOrigin.Sampled,
                CreatedAt = now,
            };
            context.Add(candidate);
            known.Add(candidate);
        }

        var proposed = known.Count(r => r.State == RectificationState.Proposed);
        var holds = await context.Set<FirstErrorVerdict>().AnyAsync(v => v.SolutionId == solution.Id && v.SupersededAt == null && v.Step == prefix.Step, cancellationToken);
        if (holds && solution.State is SolutionState.Rectifying or SolutionState.InReview or SolutionState.NoCandidate)
            solution.State = proposed > 0 ? SolutionState.InReview : SolutionState.NoCandidate;
        return proposed;
    }

    /// <summary>Where a solution stands that is neither discarded nor reopened, as its prefix's candidates say.</summary>
    internal static async Task<SolutionState> StateAsync(StepDpoContext context, long prefixId, CancellationToken cancellationToken)
    {
        var states = await context.Set<Rectification>().Where(r => r.PrefixId == prefixId).Select(r => r.State).Distinct().ToListAsync(cancellationToken);
        if (states.Contains(RectificationState.Approved)) return SolutionState.Paired;
        if (states.Contains(RectificationState.Proposed)) return SolutionState.InReview;
        var isSampled = states.Count > 0 || await context.Set<Continuation>().AnyAsync(c => c.PrefixId == prefixId, cancellationToken);
        return isSampled ? SolutionState.NoCandidate : SolutionState.Rectifying;
    }
}
