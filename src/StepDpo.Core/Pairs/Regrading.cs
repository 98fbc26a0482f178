using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Problems;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Pairs;

/// <summary>
/// What follows when a reference answer is corrected: the problem's solutions and continuations are graded anew, and pairs whose
/// winner no longer ends right, or whose loser no longer ends wrong, are withdrawn.
/// </summary>
public sealed class Regrading(TimeProvider clock) : IAnswerCorrection
{
    /// <inheritdoc/>
    public async Task FollowAsync(StepDpoContext context, Problem problem, Actor actor, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        // Locked in one order, so that two corrections do not wait for each other.
        var solutions = await context.Set<Solution>().FromSql($"SELECT *, xmin FROM solution WHERE problem_id = {problem.Id} ORDER BY id FOR UPDATE").OrderBy(s => s.Id).ToListAsync(cancellationToken);
        var prefixes = await context.Set<Prefix>().Where(p => p.ProblemId == problem.Id).ToListAsync(cancellationToken);
        var prefixIds = prefixes.Select(p => p.Id).ToList();
        foreach (var continuation in await context.Set<Continuation>().Where(c => prefixIds.Contains(c.PrefixId)).ToListAsync(cancellationToken))
        {
            if (continuation.FinishReason == FinishReason.Invalid) continue;
            var graded = AnswerGrading.Grade(continuation.Text, problem.Answer, continuation.FinishReason == FinishReason.Length);
            (continuation.ExtractedAnswer, continuation.AnswerCheck, continuation.AnswerVersion) = (graded.Answer, graded.Check, problem.AnswerVersion);
        }

        var withdrawn = await WithdrawAsync(context, problem, now, cancellationToken);
        foreach (var solution in solutions) await RegradeAsync(context, solution, problem, actor, now, cancellationToken);
        // Stored before candidates are looked for: they are found by what the database holds.
        await context.SaveChangesAsync(cancellationToken);
        foreach (var prefix in prefixes) await ReviewAgainAsync(context, prefix, now, cancellationToken);
        // Last: it touches rows that the context has read.
        await context.SaveChangesAsync(cancellationToken);
        await Usefulness.RefreshAsync(context, [problem.Id], cancellationToken);
        context.Audited(now, actor.UserId, problem.ProjectId, "problem.regraded", nameof(Problem), problem.Id, now: new { Solutions = solutions.Count, PairsWithdrawn = withdrawn });
    }

    private static async Task RegradeAsync(StepDpoContext context, Solution solution, Problem problem, Actor actor, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var wasRight = solution.AnswerCheck == AnswerCheck.Right;
        if (solution.FinishReason != FinishReason.Invalid)
        {
            var graded = AnswerGrading.Grade(solution.Text, problem.Answer, solution.FinishReason == FinishReason.Length);
            (solution.ExtractedAnswer, solution.AnswerCheck) = (graded.Answer, graded.Check);
        }

        solution.AnswerVersion = problem.AnswerVersion;
        var isRight = solution.AnswerCheck == AnswerCheck.Right;
        if (isRight == wasRight || solution.SameTextAsId is not null) return;

        // A word that was given under the old answer no longer holds.
        if (await context.HoldingVerdictAsync(solution.Id, cancellationToken) is { } verdict)
        {
            new Verdicts(context, now).Supersede(solution, verdict, actor.UserId, SiteNote.AnswerCorrected.Words);
            solution.State = isRight ? SolutionState.Closed : SolutionState.Adjudication;
        }
        else if (isRight)
        {
            solution.State = SolutionState.Sampled;
        }
        else if (solution.Split == Split.Pool && solution.State == SolutionState.Sampled && UpForJudging.Is(solution.Text, solution.FinishReason, solution.AnswerCheck, problem.Answer))
        {
            solution.State = SolutionState.Waiting;
        }
    }

    private static async Task<int> WithdrawAsync(StepDpoContext context, Problem problem, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var pairs = await context.Set<PreferencePair>()
            .Where(p => p.ProblemId == problem.Id && !context.Set<PairWithdrawal>().Any(w => w.PairId == p.Id)).ToListAsync(cancellationToken);
        var broken = pairs.Where(p =>
            AnswerGrading.Grade(p.FullChosen, problem.Answer).Check != AnswerCheck.Right || AnswerGrading.Grade(p.FullRejected, problem.Answer).Check == AnswerCheck.Right).ToList();
        foreach (var pair in broken)
        {
            context.Add(new PairWithdrawal { PairId = pair.Id, Reason = WithdrawalReason.AnswerCorrected, CreatedAt = now });
            if (pair.RectificationId is not { } id) continue;
            (await context.Set<Rectification>().SingleAsync(r => r.Id == id, cancellationToken)).State = RectificationState.Proposed;
            context.Add(new RectificationReview
            {
                RectificationId = id,
                Decision = ReviewDecision.Reopened,
                Note = SiteNote.AnswerCorrected.Words,
                RevisionId = pair.RevisionId,
                ClientKey = Guid.NewGuid(),
                CreatedAt = now,
            });
        }

        return broken.Count;
    }

    // Other continuations may end right now; a solution that lost its pair is in review again.
    private static async Task ReviewAgainAsync(StepDpoContext context, Prefix prefix, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var solution = await context.Set<Solution>().SingleAsync(s => s.Id == prefix.SolutionId, cancellationToken);
        if (await context.HoldingVerdictAsync(solution.Id, cancellationToken) is not { } verdict || verdict.Step != prefix.Step) return;
        var states = await context.Set<Rectification>().Where(r => r.PrefixId == prefix.Id).Select(r => r.State).ToListAsync(cancellationToken);
        if (solution.State == SolutionState.Paired && !states.Contains(RectificationState.Approved)) solution.State = SolutionState.InReview;
        if (await context.Set<Continuation>().AnyAsync(c => c.PrefixId == prefix.Id, cancellationToken)) await Candidates.ProposeWithinAsync(context, prefix.Id, now, cancellationToken);
    }
}
