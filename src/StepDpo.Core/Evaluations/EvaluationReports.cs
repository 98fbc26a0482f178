using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Statistics;

namespace StepDpo.Core.Evaluations;

/// <summary>A problem that changed sides between two evaluations.</summary>
/// <param name="ProblemId">The problem.</param>
/// <param name="Statement">Its words.</param>
/// <param name="Gained">True: wrong before, right after. False: the other way round.</param>
/// <param name="Before">Text before.</param>
/// <param name="After">Text after.</param>
public sealed record ChangedProblem(long ProblemId, string Statement, bool Gained, string Before, string After);

/// <summary>Two evaluations over the problems that both have asked.</summary>
/// <param name="Before">Accuracy before, over the common problems.</param>
/// <param name="After">Accuracy after, over the same.</param>
/// <param name="PValue">McNemar's exact two-sided p.</param>
/// <param name="Changed">The problems that changed sides; gained ones first.</param>
public sealed record EvaluationComparison(Proportion Before, Proportion After, double PValue, IReadOnlyList<ChangedProblem> Changed);

/// <summary>Accuracies and comparisons. A person's word on an item goes before the grader's.</summary>
public sealed class EvaluationReports(IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>The accuracy of what an evaluation has asked so far.</summary>
    public async Task<Outcome<Proportion>> AccuracyAsync(Actor actor, long runId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (await RefuseAsync(context, actor, runId, cancellationToken) is { } refusal) return refusal;
        var items = context.Set<EvaluationItem>().Where(i => i.RunId == runId);
        return Proportion.Wilson(
            await items.CountAsync(i => (i.OverruledCheck ?? i.AnswerCheck) == AnswerCheck.Right, cancellationToken),
            await items.CountAsync(cancellationToken));
    }

    /// <summary>Compares two evaluations of one project problem by problem.</summary>
    public async Task<Outcome<EvaluationComparison>> CompareAsync(Actor actor, long beforeRunId, long afterRunId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (await RefuseAsync(context, actor, beforeRunId, cancellationToken) is { } first) return first;
        if (await RefuseAsync(context, actor, afterRunId, cancellationToken) is { } second) return second;
        var items = await (
            from b in context.Set<EvaluationItem>()
            join a in context.Set<EvaluationItem>() on b.ProblemId equals a.ProblemId
            where b.RunId == beforeRunId && a.RunId == afterRunId
            orderby b.ProblemId
            select new
            {
                b.ProblemId,
                b.Problem!.Statement,
                RightBefore = (b.OverruledCheck ?? b.AnswerCheck) == AnswerCheck.Right,
                RightAfter = (a.OverruledCheck ?? a.AnswerCheck) == AnswerCheck.Right,
                Before = b.Text,
                After = a.Text,
            }).ToListAsync(cancellationToken);
        var changed = items.Where(i => i.RightBefore != i.RightAfter)
            .Select(i => new ChangedProblem(i.ProblemId, i.Statement, i.RightAfter, i.Before, i.After))
            .OrderByDescending(i => i.Gained).ToList();
        return new EvaluationComparison(
            Proportion.Wilson(items.Count(i => i.RightBefore), items.Count),
            Proportion.Wilson(items.Count(i => i.RightAfter), items.Count),
            McNemar.PValue(changed.Count(i => i.Gained), changed.Count(i => !i.Gained)),
            changed);
    }

    private static async Task<Refusal?> RefuseAsync(StepDpoContext context, Actor actor, long runId, CancellationToken cancellationToken)
    {
        var project = await context.Set<Run>().Where(r => r.Id == runId && r.Kind == RunKind.Evaluation).Select(r => (long?)r.ProjectId).SingleOrDefaultAsync(cancellationToken);
        if (project is null) return Refusal.NotFound("There is no such evaluation.");
        var role = await Membership.RequireAsync(context, actor, project.Value, ProjectRole.Annotator, cancellationToken);
        return role.Succeeded ? null : Refusal.NotFound("There is no such evaluation.");
    }
}
