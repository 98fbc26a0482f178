using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Rectifications;

/// <summary>A candidate as a reviewer sees it.</summary>
/// <param name="RectificationId">What a decision names.</param>
/// <param name="Text">The step as sampled, with its leading space.</param>
/// <param name="Count">How many continuations begin with it.</param>
/// <param name="RightCount">How many of these end in the right answer.</param>
/// <param name="Continuation">The whole text that the step was cut from; for a written one the step alone.</param>
/// <param name="Origin">Whose words.</param>
/// <param name="State">Where it stands.</param>
public sealed record ReviewCandidate(
    long RectificationId, string Text, int Count, int RightCount, string Continuation, RectificationOrigin Origin, RectificationState State);

/// <summary>A solution in review: what is needed to compare the losing step with its candidates.</summary>
/// <param name="SolutionId">The solution.</param>
/// <param name="PrefixId">Where the candidates start.</param>
/// <param name="Statement">The problem.</param>
/// <param name="ReferenceAnswer">The answer that counts now.</param>
/// <param name="WorkedSolution">The source's own solution, or null.</param>
/// <param name="Step">k.</param>
/// <param name="StepsBefore">The words of steps 1 to k-1.</param>
/// <param name="PrefixText">The text that was continued.</param>
/// <param name="LosingStep">The words of step k in the solution.</param>
/// <param name="LosingRest">The solution from step k on.</param>
/// <param name="Sampled">Number of continuations sampled.</param>
/// <param name="Candidates">The most frequent first.</param>
/// <param name="MayDecide">Whether this reviewer may: not where they alone marked the first error.</param>
public sealed record ReviewItem(
    long SolutionId, long PrefixId, string Statement, string ReferenceAnswer, string? WorkedSolution, int Step, IReadOnlyList<string> StepsBefore,
    string PrefixText, string LosingStep, string LosingRest, int Sampled, IReadOnlyList<ReviewCandidate> Candidates, bool MayDecide);

/// <summary>What waits for review.</summary>
public sealed class ReviewQueue(IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>The solutions in review, oldest first, after the one with key <paramref name="after"/>.</summary>
    public async Task<Outcome<IReadOnlyList<ReviewItem>>> ListAsync(Actor actor, long projectId, long after, int take, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var ids = await context.Set<Solution>()
            .Where(s => s.ProjectId == projectId && s.State == SolutionState.InReview && s.Id > after)
            .OrderBy(s => s.Id).Take(Math.Clamp(take, 1, 50)).Select(s => s.Id).ToListAsync(cancellationToken);
        var items = new List<ReviewItem>();
        foreach (var id in ids)
        {
            if (await ItemAsync(context, actor, id, cancellationToken) is { } item) items.Add(item);
        }

        return items;
    }

    /// <summary>How many solutions wait for review.</summary>
    public async Task<Outcome<int>> CountAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        return await context.Set<Solution>().CountAsync(s => s.ProjectId == projectId && s.State == SolutionState.InReview, cancellationToken);
    }

    /// <summary>One solution with its candidates, in whatever state it is.</summary>
    public async Task<Outcome<ReviewItem>> FindAsync(Actor actor, long solutionId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var projectId = await context.Set<Solution>().Where(s => s.Id == solutionId).Select(s => s.ProjectId).SingleOrDefaultAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        return await ItemAsync(context, actor, solutionId, cancellationToken) is { } item ? item : Refusal.NotFound("This solution has no prefix to go on from.");
    }

    private static async Task<ReviewItem?> ItemAsync(StepDpoContext context, Actor actor, long solutionId, CancellationToken cancellationToken)
    {
        if (await context.HoldingVerdictAsync(solutionId, cancellationToken) is not { Step: { } k } verdict) return null;
        var row = await context.Set<Prefix>().AsNoTracking().Where(p => p.SolutionId == solutionId && p.Step == k)
            .Select(p => new
            {
                Prefix = p,
                Solution = p.Solution!,
                Problem = context.Set<Problem>().Single(problem => problem.Id == p.ProblemId),
                context.Set<ProjectRevision>().Single(r => r.Id == p.Solution!.Run!.RevisionId).Settings,
            })
            .SingleOrDefaultAsync(cancellationToken);
        if (row is null) return null;

        var steps = new SolutionSteps(row.Settings.Template.FirstStep, row.Solution.Text, row.Solution.StepOffsets);
        var continuations = await context.Set<Continuation>().AsNoTracking().Where(c => c.PrefixId == row.Prefix.Id)
            .OrderBy(c => c.RunId).ThenBy(c => c.SampleIndex).ToListAsync(cancellationToken);
        var bySteps = continuations.ToLookup(c => c.FirstStepSha256);
        var candidates = await context.Set<Rectification>().AsNoTracking().Where(r => r.PrefixId == row.Prefix.Id).OrderBy(r => r.Id).ToListAsync(cancellationToken);
        return new(
            solutionId, row.Prefix.Id, row.Problem.Statement, row.Problem.Answer, row.Problem.WorkedSolution, k,
            [.. Enumerable.Range(1, k - 1).Select(steps.Words)], row.Prefix.Text, steps.Words(k), steps.From(k), continuations.Count,
            [.. candidates.Select(candidate => Candidate(candidate, bySteps[candidate.StepSha256])).OrderByDescending(candidate => candidate.Count)],
            await OwnFirstErrors.MayDecideAsync(context, actor, solutionId, verdict, cancellationToken));
    }

    private static ReviewCandidate Candidate(Rectification candidate, IEnumerable<Continuation> continuations)
    {
        var all = continuations.ToList();
        var whole = all.FirstOrDefault(c => c.AnswerCheck == AnswerCheck.Right) ?? all.FirstOrDefault();
        return new(
            candidate.Id, candidate.StepText, all.Count, all.Count(c => c.AnswerCheck == AnswerCheck.Right), whole?.Text ?? candidate.StepText, candidate.Origin, candidate.State);
    }
}
