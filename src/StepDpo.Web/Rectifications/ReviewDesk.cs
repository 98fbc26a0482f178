using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;

namespace StepDpo.Web.Rectifications;

/// <summary>What a reviewer has before them.</summary>
/// <param name="Items">The prefixes to decide on, in order, each with what its annotators said.</param>
/// <param name="Waiting">All prefixes of the project that wait for a review.</param>
/// <param name="OwnOnly">How many of the ones looked at this person may not decide on: they alone marked the first error.</param>
/// <param name="IsRectifying">Whether a rectification run is queued or running: it will bring more.</param>
public sealed record OpenPrefixes(IReadOnlyList<ReviewCard> Items, int Waiting, int OwnOnly, bool IsRectifying);

/// <summary>A prefix in review, and how its first error came about.</summary>
/// <param name="Item">The prefix with its candidates.</param>
/// <param name="Agreement">"2 of 2 agree", or "decided by a reviewer".</param>
/// <param name="Notes">What those wrote who marked this step.</param>
public sealed record ReviewCard(ReviewItem Item, string Agreement, IReadOnlyList<string> Notes);

/// <summary>Composes Core's answers into what the review page draws.</summary>
public sealed class ReviewDesk(ReviewQueue queue, IDbContextFactory<StepDpoContext> contexts)
{
    private const int Page = 50;

    /// <summary>The oldest prefixes that this person may decide on and the page does not have yet.</summary>
    public async Task<Outcome<OpenPrefixes>> OpenAsync(Actor actor, long projectId, int count, IReadOnlyCollection<long> have, CancellationToken stop)
    {
        var waiting = await queue.CountAsync(actor, projectId, stop);
        if (!waiting.Succeeded)
            return waiting.Refusal;
        var items = new List<ReviewItem>();
        var own = 0;
        var after = 0L;
        while (items.Count < Math.Clamp(count, 1, Page))
        {
            var page = await queue.ListAsync(actor, projectId, after, Page, stop);
            if (!page.Succeeded)
                return page.Refusal;
            own += page.Value.Count(item => !item.MayDecide);
            items.AddRange(page.Value.Where(item => item.MayDecide && !have.Contains(item.SolutionId)));
            if (page.Value.Count == 0)
                break;
            after = page.Value[^1].SolutionId;
        }

        await using var context = await contexts.CreateDbContextAsync(stop);
        var isRectifying = await context.Set<Run>().AnyAsync(run => run.ProjectId == projectId && run.Kind == RunKind.Rectification && (run.State == RunState.Queued || run.State == RunState.Running), stop);
        var cards = new List<ReviewCard>();
        foreach (var item in items.Take(Math.Clamp(count, 1, Page)))
            cards.Add(await CardAsync(context, item, stop));
        return new OpenPrefixes(cards, waiting.Value, own, isRectifying);
    }

    private static async Task<ReviewCard> CardAsync(StepDpoContext context, ReviewItem item, CancellationToken stop)
    {
        var all = context.Set<FirstErrorAnnotation>();
        var judgements = await all
            .Where(a => a.SolutionId == item.SolutionId && !a.Surplus && a.Outcome != FirstErrorOutcome.Undone && !all.Any(later => later.SupersedesId == a.Id))
            .OrderBy(a => a.Id).Select(a => new { a.Step, a.Note }).ToListAsync(stop);
        var verdict = await context.Set<FirstErrorVerdict>().Where(v => v.SolutionId == item.SolutionId && v.SupersededAt == null).Select(v => new { v.Provenance, v.Note }).SingleAsync(stop);
        var agreeing = judgements.Where(a => a.Step == item.Step).ToList();
        return verdict.Provenance == VerdictProvenance.Adjudicated
            ? new(item, "decided by a reviewer", [.. agreeing.Select(a => a.Note).Append(verdict.Note).Where(note => note.Length > 0)])
            : new(item, $"{agreeing.Count} of {judgements.Count} agree", [.. agreeing.Select(a => a.Note).Where(note => note.Length > 0)]);
    }

    /// <summary>Whether the solution stands where the action would have put it.</summary>
    internal async Task<bool> HasBecomeAsync(long solutionId, PrefixAction action, CancellationToken stop)
    {
        await using var context = await contexts.CreateDbContextAsync(stop);
        var state = await context.Set<Solution>().Where(s => s.Id == solutionId).Select(s => (SolutionState?)s.State).SingleOrDefaultAsync(stop);
        return state == action switch
        {
            PrefixAction.SampleMore => SolutionState.Rectifying,
            PrefixAction.Discard => SolutionState.Closed,
            PrefixAction.Reopen => SolutionState.Adjudication,
            _ => null,
        };
    }
}
