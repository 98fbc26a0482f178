using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;
using StepDpo.Core.Suggestions;

namespace StepDpo.Core.Annotations;

/// <summary>How a judgement and the suggestion that was shown after it stand to each other.</summary>
public enum SuggestionAnswer
{
    /// <summary>They say the same; nothing is asked.</summary>
    Same,

    /// <summary>They differ, and the person has not said what follows.</summary>
    Open,

    /// <summary>They differed; the person keeps theirs, or has said it once more since.</summary>
    Kept,

    /// <summary>They differed; the person has said something else since.</summary>
    Revised,
}

/// <summary>A suggestion as a person sees it after their own judgement.</summary>
/// <param name="AssignmentId">The assignment that was judged.</param>
/// <param name="Source">Who or what suggests.</param>
/// <param name="Step">The first error, or null for none.</param>
/// <param name="Confidence">How sure it is, 0 to 1, or null.</param>
/// <param name="Rationale">Why: text of a model.</param>
/// <param name="Answer">What came of it.</param>
public sealed record SeenSuggestion(long AssignmentId, string Source, int? Step, double? Confidence, string Rationale, SuggestionAnswer Answer);

/// <summary>
/// Shows suggestions to those who have judged: the only way from a suggestion to a person at work. What is shown is written down, so
/// that how far suggestions lead can be measured.
/// </summary>
public sealed class ShownSuggestions(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>
    /// The suggestion for an own judgement that has been stored, or null where there is none to see. The first look is written down;
    /// later ones see the same suggestion. Of several sources the newest speaks.
    /// </summary>
    public async Task<Outcome<SeenSuggestion?>> ShowAsync(Actor actor, long annotationId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var own = await OwnAsync(context, actor, annotationId, cancellationToken);
        if (!own.Succeeded) return own.Refusal;
        var (judged, projectId) = own.Value;
        if (judged.Outcome is not (FirstErrorOutcome.FirstError or FirstErrorOutcome.NoError)) return (SeenSuggestion?)null;
        if (await ShownAsync(context, judged.AssignmentId, cancellationToken) is { } shown) return shown;

        var settings = (await context.CurrentRevisionAsync(projectId, cancellationToken)).Settings;
        if (settings.Suggestions == SuggestionUse.Off || await context.GoldWithoutSuggestionAsync(projectId, settings, cancellationToken) > 0) return (SeenSuggestion?)null;
        var newest = await context.Set<Suggestion>().Where(s => s.SolutionId == judged.SolutionId).OrderByDescending(s => s.Id).Select(s => (long?)s.Id).FirstOrDefaultAsync(cancellationToken);
        if (newest is not { } suggestion) return (SeenSuggestion?)null;
        context.Add(new ShownSuggestion { AnnotationId = judged.Id, AssignmentId = judged.AssignmentId, SuggestionId = suggestion, ShownAt = clock.GetUtcNow() });
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.IsDuplicate())
        {
            // The same judgement's answer was asked for twice at once: the other one has written it down.
        }

        return await ShownAsync(context, judged.AssignmentId, cancellationToken);
    }

    /// <summary>The person keeps their judgement in spite of the suggestion. Said twice, the first time counts.</summary>
    public async Task<Outcome<Done>> KeepAsync(Actor actor, long annotationId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var own = await OwnAsync(context, actor, annotationId, cancellationToken);
        if (!own.Succeeded) return own.Refusal;
        if (await context.Set<ShownSuggestion>().SingleOrDefaultAsync(s => s.AssignmentId == own.Value.Judged.AssignmentId, cancellationToken) is not { } shown)
            return Refusal.Conflict("No suggestion was shown for this judgement.");
        if (shown.KeptAt is not null) return Done.Value;
        if (await Membership.RestsAsync(context, own.Value.ProjectId, cancellationToken) is { } rests) return rests;
        shown.KeptAt = clock.GetUtcNow();
        context.Audited(clock.GetUtcNow(), actor.UserId, own.Value.ProjectId, "suggestion.kept", nameof(ShownSuggestion), shown.Id);
        await context.SaveChangesAsync(cancellationToken);
        return Done.Value;
    }

    /// <summary>What the actor has seen of some own assignments. For annotators.</summary>
    public async Task<Outcome<IReadOnlyList<SeenSuggestion>>> SeenAsync(Actor actor, long projectId, IReadOnlyList<long> assignmentIds, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Annotator, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var own = context.Set<Assignment>().Where(a => a.AnnotatorId == actor.UserId && a.Solution!.ProjectId == projectId && assignmentIds.Contains(a.Id)).Select(a => a.Id);
        return await Seen(context, context.Set<ShownSuggestion>().Where(s => own.Contains(s.AssignmentId))).ToListAsync(cancellationToken);
    }

    private static Task<SeenSuggestion?> ShownAsync(StepDpoContext context, long assignmentId, CancellationToken cancellationToken) =>
        Seen(context, context.Set<ShownSuggestion>().Where(s => s.AssignmentId == assignmentId)).SingleOrDefaultAsync(cancellationToken);

    private static IQueryable<SeenSuggestion> Seen(StepDpoContext context, IQueryable<ShownSuggestion> shown)
    {
        var annotations = context.Set<FirstErrorAnnotation>();
        return from s in shown
               join blind in annotations on s.AnnotationId equals blind.Id
               from last in annotations.Where(a => a.AssignmentId == s.AssignmentId && !annotations.Any(later => later.SupersedesId == a.Id))
               let again = last.AfterSuggestion && last.Outcome != FirstErrorOutcome.Undone
               select new SeenSuggestion(
                   s.AssignmentId, s.Suggestion!.Source, s.Suggestion.Step, s.Suggestion.Confidence, s.Suggestion.Rationale,
                   blind.Step == s.Suggestion.Step ? SuggestionAnswer.Same
                   : again && (last.Outcome != blind.Outcome || last.Step != blind.Step) ? SuggestionAnswer.Revised
                   : again || s.KeptAt != null ? SuggestionAnswer.Kept : SuggestionAnswer.Open);
    }

    private static async Task<Outcome<(FirstErrorAnnotation Judged, long ProjectId)>> OwnAsync(StepDpoContext context, Actor actor, long annotationId, CancellationToken cancellationToken)
    {
        var judged = await context.Set<FirstErrorAnnotation>().AsNoTracking().SingleOrDefaultAsync(a => a.Id == annotationId, cancellationToken);
        if (judged is null || judged.AnnotatorId != actor.UserId) return Refusal.NotFound("There is no such judgement of yours.");
        var projectId = await context.Set<Solution>().Where(s => s.Id == judged.SolutionId).Select(s => s.ProjectId).SingleAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Annotator, cancellationToken);
        return role.Succeeded ? (judged, projectId) : role.Refusal;
    }
}
