using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Pairs;
using StepDpo.Core.Rectifications;

namespace StepDpo.Demo;

/// <summary>The oracle in the chairs of annotators and reviewers, who work at the same time: it takes work from the queues and gives its verdicts through the services.</summary>
public sealed class OracleAtWork(AssignmentService assignments, AnnotationService annotations, ReviewQueue queue, ReviewService reviews)
{
    /// <summary>Judges until nothing waits.</summary>
    /// <returns>How many first errors were marked, and how many solutions could not be judged.</returns>
    public async Task<(int Marked, int Unjudged)> AnnotateAsync(IReadOnlyList<Actor> annotators, long projectId, CancellationToken cancellationToken)
    {
        var judged = await Task.WhenAll(annotators.Select(annotator => AnnotateAsync(annotator, projectId, cancellationToken)));
        return (judged.Sum(one => one.Marked), judged.Sum(one => one.Unjudged));
    }

    /// <summary>Approves the most frequent candidate whose step is right, and rejects the wrong ones before it.</summary>
    /// <returns>How many were approved, and how many rejected although their final answer was right.</returns>
    public async Task<(int Approved, int Rejected)> ReviewAsync(IReadOnlyList<Actor> reviewers, long projectId, CancellationToken cancellationToken)
    {
        var (approved, rejected) = (0, 0);
        var seen = new HashSet<long>(); // what is left without a candidate waits for a person
        while (true)
        {
            var items = (await queue.ListAsync(reviewers[0], projectId, seen, 50, cancellationToken)).Value.Items;
            if (items.Count == 0) return (approved, rejected);
            var decided = await Task.WhenAll(reviewers.Select((reviewer, chair) =>
                ReviewAsync(reviewer, items.Where((_, at) => at % reviewers.Count == chair), cancellationToken)));
            (approved, rejected) = (approved + decided.Sum(one => one.Approved), rejected + decided.Sum(one => one.Rejected));
            seen.UnionWith(items.Select(item => item.SolutionId));
        }
    }

    private async Task<(int Marked, int Unjudged)> AnnotateAsync(Actor annotator, long projectId, CancellationToken cancellationToken)
    {
        var (marked, unjudged) = (0, 0);
        while (true)
        {
            var batch = (await assignments.NextAsync(annotator, projectId, AssignmentService.MaximumCards, cancellationToken)).Value;
            if (batch.Cards.Count == 0) return (marked, unjudged);
            foreach (var card in batch.Cards)
            {
                var firstError = new ArithmeticOracle(card.Statement).FirstError(card.Steps);
                // A text that stops early after right steps has no wrong step.
                var judgement = firstError is { } k
                    ? new FirstErrorJudgement(FirstErrorOutcome.FirstError, k)
                    : new FirstErrorJudgement(FirstErrorOutcome.CannotJudge, Reason: FirstErrorReason.Other, Note: "It stops before its last step.");
                _ = (await annotations.SubmitAsync(annotator, Guid.CreateVersion7(), card.AssignmentId, judgement, cancellationToken)).Value;
                if (firstError is null) unjudged++;
                else marked++;
            }
        }
    }

    private async Task<(int Approved, int Rejected)> ReviewAsync(Actor reviewer, IEnumerable<ReviewItem> items, CancellationToken cancellationToken)
    {
        var (approved, rejected) = (0, 0);
        foreach (var item in items)
        {
            var oracle = new ArithmeticOracle(item.Statement);
            foreach (var candidate in item.Candidates.Where(candidate => candidate.State == RectificationState.Proposed))
            {
                if (oracle.IsRight(item.Step, candidate.Text))
                {
                    _ = (await reviews.ApproveAsync(reviewer, Guid.CreateVersion7(), candidate.RectificationId, cancellationToken: cancellationToken)).Value;
                    approved++;
                    break;
                }

                _ = (await reviews.RejectAsync(reviewer, Guid.CreateVersion7(), candidate.RectificationId, RejectReason.RightAnswerWrongStep, cancellationToken: cancellationToken)).Value;
                rejected++;
            }
        }

        return (approved, rejected);
    }
}
