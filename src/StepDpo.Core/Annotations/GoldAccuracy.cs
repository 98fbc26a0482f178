using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;
using StepDpo.Core.Statistics;

namespace StepDpo.Core.Annotations;

/// <summary>A judged gold item.</summary>
internal sealed record GoldJudgement
{
    /// <summary>The judgement.</summary>
    public required long AnnotationId { get; init; }

    /// <summary>Whose it is.</summary>
    public required Guid AnnotatorId { get; init; }

    /// <summary>The gold item.</summary>
    public required long GoldItemId { get; init; }

    /// <summary>The step named, or null for "no error".</summary>
    public required int? Step { get; init; }

    /// <summary>Whether it names the first error, or that there is none.</summary>
    public required bool IsRight { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>
/// What a person's gold judgements say of them, and what follows. Only the newest <see cref="Stretch"/> since the last pause are looked
/// at, so that a good year does not cover a bad week. "Cannot judge" counts neither way: a question is no mistake.
/// </summary>
internal static class GoldAccuracy
{
    /// <summary>How many judged gold items the interval rests on, at most.</summary>
    public const int Stretch = 30;

    /// <summary>How it stands with a person: the newest judgements since the last pause, newest first.</summary>
    public static async Task<IReadOnlyList<GoldJudgement>> NewestAsync(
        StepDpoContext context, long projectId, Guid annotator, DateTimeOffset? lifted, int most, CancellationToken cancellationToken) =>
        await Judgements(context, projectId).Where(j => j.AnnotatorId == annotator && (lifted == null || j.At > lifted))
            .OrderByDescending(j => j.AnnotationId).Take(most).ToListAsync(cancellationToken);

    /// <summary>How often people named the known first error, with the interval; who judged no gold item is left out.</summary>
    /// <param name="context">The database.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="annotators">Of these people; of all where null.</param>
    /// <param name="from">Judged at or after; from the beginning where null.</param>
    /// <param name="until">Judged before; up to now where null.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<IReadOnlyDictionary<Guid, Proportion>> PeopleAsync(
        StepDpoContext context, long projectId, IReadOnlyCollection<Guid>? annotators, DateTimeOffset? from, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        var judged = Judgements(context, projectId).Where(j => (from == null || j.At >= from) && (until == null || j.At < until));
        if (annotators is not null) judged = judged.Where(j => annotators.Contains(j.AnnotatorId));
        var people = await judged.GroupBy(j => j.AnnotatorId)
            .Select(own => new { own.Key, Right = own.Count(j => j.IsRight), Total = own.Count() }).ToListAsync(cancellationToken);
        return people.ToDictionary(own => own.Key, own => Proportion.Wilson(own.Right, own.Total));
    }

    /// <summary>When the person's last pause was lifted, or null.</summary>
    public static Task<DateTimeOffset?> LiftedAsync(StepDpoContext context, long projectId, Guid annotator, CancellationToken cancellationToken) =>
        context.Set<AnnotatorPause>().Where(p => p.ProjectId == projectId && p.UserId == annotator).MaxAsync(p => p.LiftedAt, cancellationToken);

    /// <summary>The pause that holds, or null.</summary>
    public static Task<AnnotatorPause?> HoldingPauseAsync(this StepDpoContext context, long projectId, Guid annotator, CancellationToken cancellationToken) =>
        context.Set<AnnotatorPause>().SingleOrDefaultAsync(p => p.ProjectId == projectId && p.UserId == annotator && p.LiftedAt == null, cancellationToken);

    private static IQueryable<GoldJudgement> Judgements(StepDpoContext context, long projectId) => Judgements(context, context.Set<GoldItem>().Where(g => g.ProjectId == projectId && g.RetiredAt == null));

    /// <summary>The judgements of these gold items that count: as they were blind, whatever a suggestion changed afterwards.</summary>
    public static IQueryable<GoldJudgement> Judgements(StepDpoContext context, IQueryable<GoldItem> items) =>
        from a in context.Set<FirstErrorAnnotation>()
        join g in items on a.SolutionId equals g.SolutionId
        where (a.Outcome == FirstErrorOutcome.FirstError || a.Outcome == FirstErrorOutcome.NoError)
            && context.Set<Assignment>().Any(x => x.Id == a.AssignmentId && x.Slot == Assignment.Gold)
            && !a.AfterSuggestion && !context.Set<FirstErrorAnnotation>().Any(later => later.SupersedesId == a.Id && !later.AfterSuggestion)
        select new GoldJudgement { AnnotationId = a.Id, AnnotatorId = a.AnnotatorId, GoldItemId = g.Id, Step = a.Step, IsRight = a.Step == g.Step, At = a.CreatedAt };

    /// <summary>
    /// Pauses the person when the whole interval of their accuracy lies below the project's mark: their leases end, and what they judged
    /// in that stretch and nobody reviewed is set aside, so that its solutions wait again. Within the caller's transaction.
    /// </summary>
    /// <param name="context">The transaction's context.</param>
    /// <param name="revision">The settings that hold now.</param>
    /// <param name="annotator">The person, who has just judged a gold item.</param>
    /// <param name="now">Now.</param>
    /// <param name="reopen">Takes a judgement out of the verdict that rests on it, unless more rests on that.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task FollowAsync(
        StepDpoContext context, ProjectRevision revision, Guid annotator, DateTimeOffset now,
        Func<Assignment, Solution, FirstErrorAnnotation, Task<Refusal?>> reopen, CancellationToken cancellationToken)
    {
        var (projectId, settings) = (revision.ProjectId, revision.Settings);
        var lifted = await LiftedAsync(context, projectId, annotator, cancellationToken);
        var newest = await NewestAsync(context, projectId, annotator, lifted, Stretch + 1, cancellationToken);
        // What was judged before the stretch was measured by gold items of its own.
        var before = newest.Count > Stretch ? newest[Stretch].AnnotationId : 0;
        GoldJudgement[] judged = [.. newest.Take(Stretch)];
        if (judged.Length < settings.GoldMinimum) return;
        var accuracy = Proportion.Wilson(judged.Count(j => j.IsRight), judged.Length);
        if (accuracy.High * 100 >= settings.GoldPausePercent) return;

        await context.Set<Assignment>()
            .Where(a => a.AnnotatorId == annotator && a.State == AssignmentState.Leased && a.Solution!.ProjectId == projectId)
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.State, AssignmentState.Released), cancellationToken);
        var requeued = await SetAsideAsync(context, revision, annotator, before, lifted, now, reopen, cancellationToken);
        context.Add(new AnnotatorPause { ProjectId = projectId, UserId = annotator, Right = accuracy.Right, Total = accuracy.Total, Requeued = requeued, CreatedAt = now });
        context.Audited(now, null, projectId, "annotator.paused", nameof(AnnotatorPause), annotator, now: new { accuracy.Right, accuracy.Total, accuracy.High, settings.GoldPausePercent, Requeued = requeued });
    }

    private static async Task<int> SetAsideAsync(
        StepDpoContext context, ProjectRevision revision, Guid annotator, long before, DateTimeOffset? lifted, DateTimeOffset now,
        Func<Assignment, Solution, FirstErrorAnnotation, Task<Refusal?>> reopen, CancellationToken cancellationToken)
    {
        var annotations = context.Set<FirstErrorAnnotation>();
        var counting = await annotations
            .Where(a => a.AnnotatorId == annotator && a.Id > before && (lifted == null || a.CreatedAt > lifted) && !a.Surplus && a.Outcome != FirstErrorOutcome.Undone)
            .Where(a => context.Set<Solution>().Any(s => s.Id == a.SolutionId && s.ProjectId == revision.ProjectId))
            .Where(a => !annotations.Any(later => later.SupersedesId == a.Id))
            .OrderBy(a => a.SolutionId).ToListAsync(cancellationToken);
        var requeued = 0;
        foreach (var last in counting)
        {
            var assignment = await context.Set<Assignment>().SingleAsync(a => a.Id == last.AssignmentId, cancellationToken);
            var solution = (await context.LockedSolutionAsync(last.SolutionId, cancellationToken))!;
            if (await reopen(assignment, solution, last) is not null) continue;
            assignment.State = AssignmentState.Released;
            context.Add(new FirstErrorAnnotation
            {
                AssignmentId = last.AssignmentId,
                SolutionId = last.SolutionId,
                AnnotatorId = annotator,
                StepCount = last.StepCount,
                AnswerCheck = last.AnswerCheck,
                Outcome = FirstErrorOutcome.Undone,
                Note = SiteNote.SetAside.Words,
                RevisionId = revision.Id,
                ClientKey = Guid.NewGuid(),
                SupersedesId = last.Id,
                CreatedAt = now,
            });
            requeued++;
        }

        return requeued;
    }
}
