using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;

namespace StepDpo.Web.Annotations;

/// <summary>What an annotator has before them.</summary>
/// <param name="Cards">The solutions to judge, in order.</param>
/// <param name="OthersHold">Open places that other annotators hold just now.</param>
/// <param name="LeaseMinutes">After how long an untouched one is free again.</param>
/// <param name="IsSampling">Whether a sampling run is queued or running: it will bring more.</param>
public sealed record DealtCards(IReadOnlyList<SolutionCard> Cards, int OthersHold, int LeaseMinutes, bool IsSampling);

/// <summary>What stands beside the cards.</summary>
/// <param name="Guidelines">Markdown.</param>
/// <param name="Version">Number of the revision that holds them.</param>
/// <param name="Today">Own judgements since midnight UTC.</param>
/// <param name="Last">The newest own judgements, newest first.</param>
public sealed record DeskSide(string Guidelines, int Version, int Today, IReadOnlyList<JudgedLine> Last);

/// <summary>Composes Core's answers into what the annotate page draws.</summary>
public sealed class AnnotateDesk(AssignmentService assignments, IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    private const int Lines = 3;

    /// <summary>Deals solutions out, up to <paramref name="count"/> on the desk.</summary>
    public async Task<Outcome<DealtCards>> DealAsync(Actor actor, long projectId, int count, CancellationToken stop)
    {
        var batch = await assignments.NextAsync(actor, projectId, count, stop);
        if (!batch.Succeeded)
            return batch.Refusal;
        await using var context = await contexts.CreateDbContextAsync(stop);
        var held = await context.Set<Assignment>().CountAsync(a => a.Solution!.ProjectId == projectId && a.State == AssignmentState.Leased && a.AnnotatorId != actor.UserId, stop);
        var isSampling = await context.Set<Run>().AnyAsync(run => run.ProjectId == projectId && run.Kind == RunKind.Sampling && (run.State == RunState.Queued || run.State == RunState.Running), stop);
        var revision = await RevisionAsync(context, projectId, stop);
        return new DealtCards([.. batch.Value.Cards.Select(Card)], held, revision.Settings.LeaseMinutes, isSampling);
    }

    /// <summary>Guidelines and what the person judged last. The caller has been let in as the project's annotator.</summary>
    public async Task<DeskSide> SideAsync(Actor actor, long projectId, CancellationToken stop)
    {
        await using var context = await contexts.CreateDbContextAsync(stop);
        var revision = await RevisionAsync(context, projectId, stop);
        var now = clock.GetUtcNow();
        var midnight = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        var own = context.Set<FirstErrorAnnotation>()
            .Where(a => a.AnnotatorId == actor.UserId && a.Outcome != FirstErrorOutcome.Undone)
            .Where(a => context.Set<Solution>().Any(s => s.Id == a.SolutionId && s.ProjectId == projectId))
            .Where(a => !context.Set<FirstErrorAnnotation>().Any(later => later.SupersedesId == a.Id));
        var last = await own.OrderByDescending(a => a.Id).Take(Lines).ToListAsync(stop);
        return new DeskSide(
            revision.Settings.Guidelines, revision.Number, await own.CountAsync(a => a.CreatedAt >= midnight, stop),
            [.. last.Select(a => new JudgedLine(a.AssignmentId, a.ClientKey, Sign(a), Words(a), Since(now - a.CreatedAt)))]);
    }

    /// <summary>The person's own annotation that the browser sent with this key, or null.</summary>
    public async Task<long?> FindAsync(Actor actor, Guid clientKey, CancellationToken stop)
    {
        await using var context = await contexts.CreateDbContextAsync(stop);
        return await context.Set<FirstErrorAnnotation>().Where(a => a.ClientKey == clientKey && a.AnnotatorId == actor.UserId).Select(a => (long?)a.Id).SingleOrDefaultAsync(stop);
    }

    private static Task<ProjectRevision> RevisionAsync(StepDpoContext context, long projectId, CancellationToken stop) =>
        context.Set<ProjectRevision>().AsNoTracking().Where(r => r.ProjectId == projectId).OrderByDescending(r => r.Number).FirstAsync(stop);

    private static SolutionCard Card(AnnotationCard card) => new(
        card.AssignmentId, null, card.Statement, card.ReferenceAnswer, card.ExtractedAnswer, card.AnswerCheck == AnswerCheck.Wrong, [.. card.Steps.Select(step => step.Trim())]);

    private static string Sign(FirstErrorAnnotation a) => a.Outcome switch
    {
        FirstErrorOutcome.FirstError => a.Grade == StepGrade.Neutral ? "neutral" : "error",
        FirstErrorOutcome.NoError => "tick",
        FirstErrorOutcome.CannotJudge or FirstErrorOutcome.Undone or _ => "warn",
    };

    private static string Words(FirstErrorAnnotation a) => a.Outcome switch
    {
        FirstErrorOutcome.FirstError => $"Step {a.Step}",
        FirstErrorOutcome.NoError => "No error",
        FirstErrorOutcome.CannotJudge or FirstErrorOutcome.Undone or _ => "Cannot judge",
    };

    private static string Since(TimeSpan ago) => ago.TotalMinutes < 1 ? "now" : ago.TotalHours < 1 ? $"{(int)ago.TotalMinutes} min" : ago.TotalDays < 1 ? $"{(int)ago.TotalHours} h" : $"{(int)ago.TotalDays} d";
}
