using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Evaluations;
using StepDpo.Core.Grading;
using StepDpo.Core.Models;
using StepDpo.Core.Pairs;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Statistics;

namespace StepDpo.Web.Home;

/// <summary>Reads <see cref="LoopCounts"/>. The page has checked that the person is a member.</summary>
public sealed class LoopReader(IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>The project's numbers now.</summary>
    public async Task<LoopCounts> ReadAsync(long projectId, CancellationToken stop = default)
    {
        await using var context = await contexts.CreateDbContextAsync(stop);
        var solutions = context.Set<Solution>().Where(solution => solution.ProjectId == projectId && solution.Split != Split.Gold);
        var states = await solutions.GroupBy(solution => solution.State).Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(group => group.Key, group => group.Count, stop);
        var pairs = context.Set<PreferencePair>().Where(pair => pair.ProjectId == projectId && !context.Set<PairWithdrawal>().Any(withdrawal => withdrawal.PairId == pair.Id))
            .Where(pair => !SecondReviews.Open(context, projectId).Any(open => open.Id == pair.Id));
        var training = await context.Set<Run>().Where(run => run.ProjectId == projectId && run.Kind == RunKind.Training).OrderByDescending(run => run.Id).FirstOrDefaultAsync(stop);
        var since = training?.CreatedAt ?? DateTimeOffset.MinValue;
        var settings = (await ProjectRegister.CurrentAsync(context, projectId, stop)).Settings;
        return new LoopCounts
        {
            PoolProblems = await context.Set<Problem>().CountAsync(problem => problem.ProjectId == projectId && problem.Split == Split.Pool, stop),
            HeldOutProblems = await context.Set<Problem>().CountAsync(problem => problem.ProjectId == projectId && (problem.Split == Split.Validation || problem.Split == Split.Test), stop),
            Solutions = states.Values.Sum(),
            WrongSolutions = await solutions.CountAsync(solution => solution.AnswerCheck == AnswerCheck.Wrong, stop),
            Waiting = states.GetValueOrDefault(SolutionState.Waiting),
            Disputed = states.GetValueOrDefault(SolutionState.Adjudication),
            Verdicts = await context.Set<FirstErrorVerdict>().CountAsync(verdict => verdict.SupersededAt == null && solutions.Any(solution => solution.Id == verdict.SolutionId), stop),
            Prefixes = await context.Set<Prefix>().CountAsync(prefix => solutions.Any(solution => solution.Id == prefix.SolutionId), stop),
            WaitForContinuations = states.GetValueOrDefault(SolutionState.Rectifying),
            Continuations = await context.Set<Continuation>().CountAsync(continuation => context.Set<Run>().Any(run => run.Id == continuation.RunId && run.ProjectId == projectId), stop),
            InReview = states.GetValueOrDefault(SolutionState.InReview),
            NoCandidate = states.GetValueOrDefault(SolutionState.NoCandidate),
            Pairs = await pairs.CountAsync(stop),
            PairsSinceTraining = await pairs.CountAsync(pair => pair.CreatedAt > since, stop),
            Models = await context.Set<LanguageModel>().CountAsync(model => model.State == ModelState.Ready && model.RetiredAt == null, stop),
            Training = training is null ? null : new RunLine(training.Id, training.Name, training.State, training.ProgressDone, training.ProgressTotal),
            Accuracy = await AccuracyAsync(context, projectId, stop),
            ActiveRuns = await context.Set<Run>()
                .Where(run => run.ProjectId == projectId && (run.State == RunState.Queued || run.State == RunState.Running || run.State == RunState.Cancelling))
                .Select(run => run.Kind).Distinct().ToListAsync(stop),
            RectifiesByItself = settings.RectifiesByItself,
            RectifyAtPrefixes = settings.RectifyAtPrefixes,
        };
    }

    private static async Task<AccuracyLine?> AccuracyAsync(StepDpoContext context, long projectId, CancellationToken stop)
    {
        var run = await context.Set<Run>()
            .Where(run => run.ProjectId == projectId && run.Kind == RunKind.Evaluation && run.State == RunState.Succeeded)
            .OrderByDescending(run => run.Id).FirstOrDefaultAsync(stop);
        if (run is null)
            return null;
        var items = context.Set<EvaluationItem>().Where(item => item.RunId == run.Id);
        var right = await items.CountAsync(item => (item.OverruledCheck ?? item.AnswerCheck) == AnswerCheck.Right, stop);
        return new AccuracyLine(run.Id, run.Name, Proportion.Wilson(right, await items.CountAsync(stop)));
    }
}
