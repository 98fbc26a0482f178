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
/// <param name="LogProbability">How likely the model finds the step: the sum of its tokens' log-probabilities; null where nobody said.</param>
/// <param name="Continuation">The whole text that the step was cut from; for a written one the step alone.</param>
/// <param name="Origin">Whose words.</param>
/// <param name="State">Where it stands.</param>
/// <param name="IsOwn">Whether this reviewer wrote it: somebody else approves it.</param>
public sealed record ReviewCandidate(
    long RectificationId, string Text, int Count, int RightCount, double? LogProbability, string Continuation, RectificationOrigin Origin, RectificationState State, bool IsOwn);

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
/// <param name="Right">How many of them end in the right answer.</param>
/// <param name="Candidates">The most frequent first; of equally frequent ones the likeliest.</param>
/// <param name="MayDecide">Whether this reviewer may: not where they alone marked the first error.</param>
public sealed record ReviewItem(
    long SolutionId, long PrefixId, string Statement, string ReferenceAnswer, string? WorkedSolution, int Step, IReadOnlyList<string> StepsBefore,
    string PrefixText, string LosingStep, string LosingRest, int Sampled, int Right, IReadOnlyList<ReviewCandidate> Candidates, bool MayDecide);

/// <summary>A reviewer's next work.</summary>
/// <param name="Items">Prefixes that they may decide on.</param>
/// <param name="Waiting">All prefixes of the project that wait for a decision.</param>
/// <param name="OwnOnly">How many of them this person may not decide on: they alone marked the first error.</param>
public sealed record ReviewList(IReadOnlyList<ReviewItem> Items, int Waiting, int OwnOnly);

/// <summary>What waits for review: prefixes with candidates, and prefixes that none is left of.</summary>
public sealed class ReviewQueue(IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>
    /// The prefixes that the actor may decide on and does not have yet, oldest first. Two reviewers begin at different places of the
    /// queue, so that they seldom meet: reviews have no leases.
    /// </summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="have">Solutions that are left out.</param>
    /// <param name="take">At most so many, 50 at once.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Outcome<ReviewList>> ListAsync(Actor actor, long projectId, IReadOnlyCollection<long> have, int take, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (await Membership.RestsAsync(context, projectId, cancellationToken) is { } rests) return rests;
        var all = await Waiting(context, projectId).OrderBy(s => s.Id).Select(s => s.Id).ToListAsync(cancellationToken);
        var own = actor.UserId is { } person && !(await context.CurrentRevisionAsync(projectId, cancellationToken)).Settings.ReviewOfOwnFirstErrors
            ? await Waiting(context, projectId).Where(s => OwnFirstErrors.Of(context, person).Contains(s.Id)).Select(s => s.Id).ToHashSetAsync(cancellationToken)
            : [];
        var start = (int)(all.Count * await PlaceAsync(context, actor, projectId, cancellationToken));
        var mine = all[start..].Concat(all[..start]).Where(id => !own.Contains(id)).Except(have).Take(Math.Clamp(take, 1, 50));
        var items = new List<ReviewItem>();
        foreach (var id in mine)
        {
            if (await ItemAsync(context, actor, id, cancellationToken) is { } item) items.Add(item);
        }

        return new ReviewList(items, all.Count, own.Count);
    }

    /// <summary>The project's solutions that a reviewer must decide on: candidates wait, or none is left.</summary>
    public static IQueryable<Solution> Waiting(StepDpoContext context, long projectId) =>
        context.Set<Solution>().Where(s => s.ProjectId == projectId && (s.State == SolutionState.InReview || s.State == SolutionState.NoCandidate));

    // Where in the queue a person begins: the reviewers of the project share it evenly, the first one at its head.
    private static async Task<double> PlaceAsync(StepDpoContext context, Actor actor, long projectId, CancellationToken cancellationToken)
    {
        ProjectRole[] roles = [ProjectRole.Reviewer, ProjectRole.Lead];
        var reviewers = await context.Set<ProjectMember>().Where(m => m.ProjectId == projectId && roles.Contains(m.Role)).OrderBy(m => m.AddedAt).ThenBy(m => m.UserId).Select(m => m.UserId).ToListAsync(cancellationToken);
        return actor.UserId is { } person && reviewers.IndexOf(person) is > 0 and var place ? (double)place / reviewers.Count : 0;
    }

    /// <summary>One solution with its candidates, in whatever state it is; null where no prefix is gone on from.</summary>
    internal static async Task<ReviewItem?> ItemAsync(StepDpoContext context, Actor actor, long solutionId, CancellationToken cancellationToken)
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
        var bySteps = continuations.ToLookup(c => FirstStep.Words(FirstStep.Of(c.Text)));
        var candidates = await context.Set<Rectification>().AsNoTracking().Where(r => r.PrefixId == row.Prefix.Id).OrderBy(r => r.Id).ToListAsync(cancellationToken);
        return new(
            solutionId, row.Prefix.Id, row.Problem.Statement, row.Problem.Answer, row.Problem.WorkedSolution, k,
            [.. Enumerable.Range(1, k - 1).Select(steps.Words)], row.Prefix.Text, steps.Words(k), steps.From(k), continuations.Count, continuations.Count(c => c.AnswerCheck == AnswerCheck.Right),
            [
                .. candidates.Select(candidate => Candidate(candidate, bySteps[FirstStep.Words(candidate.StepText)], actor))
                    .OrderByDescending(candidate => candidate.Count).ThenByDescending(candidate => candidate.LogProbability ?? double.NegativeInfinity).ThenBy(candidate => candidate.RectificationId),
            ],
            await OwnFirstErrors.MayDecideAsync(context, actor, verdict, cancellationToken));
    }

    private static ReviewCandidate Candidate(Rectification candidate, IEnumerable<Continuation> continuations, Actor actor)
    {
        var all = continuations.ToList();
        var whole = all.FirstOrDefault(c => c.FirstStepSha256 == candidate.StepSha256 && c.AnswerCheck == AnswerCheck.Right) ?? all.FirstOrDefault(c => c.FirstStepSha256 == candidate.StepSha256);
        return new(
            candidate.Id, candidate.StepText, all.Count, all.Count(c => c.AnswerCheck == AnswerCheck.Right), all.Max(c => c.StepLogProbabilitySum), whole?.Text ?? candidate.StepText, candidate.Origin, candidate.State,
            candidate.WrittenById is { } author && author == actor.UserId);
    }
}
