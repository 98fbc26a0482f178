using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Pairs;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Runs;

namespace StepDpo.Web.Rectifications;

/// <summary>What a reviewer has before them.</summary>
/// <param name="Items">The prefixes to decide on, in order, each with what its annotators said.</param>
/// <param name="Settings">How the project reviews.</param>
/// <param name="Waiting">All prefixes of the project that wait for a review.</param>
/// <param name="OwnOnly">How many of them this person may not decide on: they alone marked the first error.</param>
/// <param name="IsRectifying">Whether a rectification run is queued or running: it will bring more.</param>
public sealed record OpenPrefixes(IReadOnlyList<ReviewCard> Items, ProjectSettings Settings, int Waiting, int OwnOnly, bool IsRectifying);

/// <summary>A prefix in review, and how its first error came about.</summary>
/// <param name="Item">The prefix with its candidates.</param>
/// <param name="Agreement">"2 of 2 agree", or "decided by a reviewer".</param>
/// <param name="Notes">What those wrote who marked this step.</param>
/// <param name="SecondOf">The pair whose second review this is; null for a first review.</param>
public sealed record ReviewCard(ReviewItem Item, string Agreement, IReadOnlyList<string> Notes, long? SecondOf = null);

/// <summary>Composes Core's answers into what the review page draws.</summary>
public sealed class ReviewDesk(ReviewQueue queue, SecondReviews seconds, IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>The prefixes that this person may decide on and the page does not have yet; second reviews first, for their pairs do not count until then.</summary>
    public async Task<Outcome<OpenPrefixes>> OpenAsync(Actor actor, long projectId, int count, IReadOnlyCollection<long> have, CancellationToken stop)
    {
        var second = await seconds.ListAsync(actor, projectId, have, count, stop);
        if (!second.Succeeded)
            return second.Refusal;
        var first = await queue.ListAsync(actor, projectId, have, count, stop);
        if (!first.Succeeded)
            return first.Refusal;
        await using var context = await contexts.CreateDbContextAsync(stop);
        var isRectifying = await context.Set<Run>().AnyAsync(run => run.ProjectId == projectId && run.Kind == RunKind.Rectification && (run.State == RunState.Queued || run.State == RunState.Running), stop);
        var cards = new List<ReviewCard>();
        foreach (var (item, pair) in second.Value.Select(s => (s.Item, (long?)s.PairId)).Concat(first.Value.Items.Select(item => (item, (long?)null))).Take(Math.Clamp(count, 1, 50)))
            cards.Add(await CardAsync(context, item, stop) with { SecondOf = pair });
        return new OpenPrefixes(cards, (await ProjectRegister.CurrentAsync(context, projectId, stop)).Settings, first.Value.Waiting + second.Value.Count, first.Value.OwnOnly, isRectifying);
    }

    /// <summary>The sums of a candidate's step that do not come out, in words.</summary>
    public async Task<IReadOnlyList<string>> SumsAsync(long rectificationId, CancellationToken stop)
    {
        await using var context = await contexts.CreateDbContextAsync(stop);
        var step = await context.Set<Rectification>().Where(r => r.Id == rectificationId).Select(r => r.StepText).SingleAsync(stop);
        return [.. StepArithmetic.Findings(step).Select(finding => T(finding.InWords()))];
    }

    private static async Task<ReviewCard> CardAsync(StepDpoContext context, ReviewItem item, CancellationToken stop)
    {
        var all = context.Set<FirstErrorAnnotation>();
        var judgements = await all
            .Where(a => a.SolutionId == item.SolutionId && !a.Surplus && a.Outcome != FirstErrorOutcome.Undone && !all.Any(later => later.SupersedesId == a.Id))
            .OrderBy(a => a.Id).Select(a => new { a.Step, a.Note }).ToListAsync(stop);
        var verdict = await context.Set<FirstErrorVerdict>().Where(v => v.SolutionId == item.SolutionId && v.SupersededAt == null).Select(v => new { v.Provenance, v.Note }).SingleAsync(stop);
        var agreeing = judgements.Where(a => a.Step == item.Step).ToList();
        return verdict.Provenance is VerdictProvenance.Adjudicated or VerdictProvenance.Imported
            ? new(item, verdict.Provenance == VerdictProvenance.Imported ? T("imported") : T("decided by a reviewer"), [.. agreeing.Select(a => a.Note).Append(verdict.Note).Where(note => note.Length > 0)])
            : new(item, T($"{agreeing.Count} of {judgements.Count} agree"), [.. agreeing.Select(a => a.Note).Where(note => note.Length > 0)]);
    }
}
