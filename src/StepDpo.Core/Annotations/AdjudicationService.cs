using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Annotations;

/// <summary>A solution on which the judgements disagree, or which was reopened.</summary>
/// <param name="SolutionId">The solution.</param>
/// <param name="Statement">The problem.</param>
/// <param name="ReferenceAnswer">The answer that counts now.</param>
/// <param name="ExtractedAnswer">The solution's final answer, or null.</param>
/// <param name="Steps">The words of the whole steps; step k is at k - 1.</param>
/// <param name="Judgements">The judgements that count, oldest first.</param>
public sealed record AdjudicationItem(
    long SolutionId, string Statement, string ReferenceAnswer, string? ExtractedAnswer, IReadOnlyList<string> Steps, IReadOnlyList<FirstErrorAnnotation> Judgements);

/// <summary>Where reviewers decide on solutions that the judgements leave open.</summary>
public sealed class AdjudicationService(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>The open solutions, oldest first.</summary>
    public async Task<Outcome<IReadOnlyList<AdjudicationItem>>> ListAsync(Actor actor, long projectId, int skip, int take, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var solutions = await context.Set<Solution>().AsNoTracking()
            .Where(s => s.ProjectId == projectId && s.State == SolutionState.Adjudication)
            .OrderBy(s => s.Id).Skip(skip).Take(Math.Clamp(take, 1, 100))
            .Select(s => new
            {
                Solution = s,
                Problem = context.Set<Problem>().Single(p => p.Id == s.ProblemId),
                context.Set<ProjectRevision>().Single(r => r.Id == s.Run!.RevisionId).Settings,
            })
            .ToListAsync(cancellationToken);
        var items = new List<AdjudicationItem>();
        foreach (var row in solutions)
        {
            var steps = new SolutionSteps(row.Settings.Template.FirstStep, row.Solution.Text, row.Solution.StepOffsets);
            items.Add(new(
                row.Solution.Id, row.Problem.Statement, row.Problem.Answer, row.Solution.ExtractedAnswer,
                [.. Enumerable.Range(1, row.Solution.WholeStepCount).Select(steps.Words)], await Verdicts.CountingAsync(context, row.Solution.Id, cancellationToken)));
        }

        return items;
    }

    /// <summary>
    /// A reviewer's word, which is the verdict. Who judged the solution may not decide on it, unless the project allows a team of one.
    /// </summary>
    public async Task<Outcome<Done>> DecideAsync(Actor actor, long solutionId, FirstErrorJudgement judgement, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (await context.LockedSolutionAsync(solutionId, cancellationToken) is not { } solution) return Refusal.NotFound("There is no such solution.");
        var role = await Membership.RequireAsync(context, actor, solution.ProjectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (actor.UserId is not { } reviewer) return Refusal.Forbidden("Only people decide on solutions.");
        if (solution.State != SolutionState.Adjudication) return Refusal.Conflict("This solution has been decided on already.");
        if (judgement.Contradiction(solution.WholeStepCount, solution.AnswerCheck) is { } contradiction) return contradiction;

        var revision = await context.CurrentRevisionAsync(solution.ProjectId, cancellationToken);
        var judged = await context.Set<FirstErrorAnnotation>().AnyAsync(a => a.SolutionId == solutionId && a.AnnotatorId == reviewer, cancellationToken);
        if (judged && !revision.Settings.ReviewOfOwnFirstErrors) return Refusal.Forbidden("You have judged this solution yourself; somebody else must decide.");

        var decision = new VerdictDecision(judgement.Outcome, judgement.Step, judgement.StoredGrade, judgement.Reason, VerdictProvenance.Adjudicated);
        await new Verdicts(context, clock.GetUtcNow()).DecideAsync(solution, decision, reviewer, judgement.Note, revision, cancellationToken);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return Done.Value;
    }
}
