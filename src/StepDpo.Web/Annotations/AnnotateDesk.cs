using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Web.Components;

namespace StepDpo.Web.Annotations;

/// <summary>What an annotator has before them.</summary>
/// <param name="Cards">The solutions to judge, in order.</param>
/// <param name="OthersHold">Open places that other annotators hold just now.</param>
/// <param name="LeaseMinutes">After how long an untouched one is free again.</param>
/// <param name="IsSampling">Whether a sampling run is queued or running: it will bring more.</param>
/// <param name="Unread">Own questions whose answers are news.</param>
/// <param name="Hold">Why no more are dealt out to this person, or null.</param>
/// <param name="ProjectId">The project.</param>
public sealed record DealtCards(
    IReadOnlyList<SolutionCard> Cards, int OthersHold, int LeaseMinutes, bool IsSampling, IReadOnlyList<OwnQuestion> Unread, DeskHold? Hold = null, long ProjectId = 0);

/// <summary>What the deck learns when its verdict has been stored.</summary>
/// <param name="AnnotationId">The judgement.</param>
/// <param name="Surplus">Kept, not counted: its place had gone to somebody else.</param>
/// <param name="Waiting">What the person is told still waits for a judgement.</param>
/// <param name="Findings">Calculations that do not come out in steps that the person let pass: "Step 3: 7 × 8 = 54 (machine: 56)".</param>
/// <param name="Suggestion">What was suggested for the solution, drawn; null where nothing is shown.</param>
public sealed record JudgedAnswer(long AnnotationId, bool Surplus, int Waiting, IReadOnlyList<string> Findings, string? Suggestion);

/// <summary>What stands beside the cards.</summary>
/// <param name="Guidelines">Markdown.</param>
/// <param name="Version">Number of the revision that holds them.</param>
/// <param name="Today">Own judgements since midnight UTC.</param>
/// <param name="Last">The newest own judgements, newest first.</param>
public sealed record DeskSide(string Guidelines, int Version, int Today, IReadOnlyList<JudgedLine> Last);

/// <summary>Composes Core's answers into what the annotate page draws.</summary>
public sealed class AnnotateDesk(
    AssignmentService assignments, FlagService flags, ShownSuggestions suggestions, HtmlRenderer renderer, IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    private static readonly JsonSerializerOptions Camel = new(JsonSerializerDefaults.Web) { Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() } };

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
        var own = await flags.OwnAsync(actor, projectId, [.. batch.Value.Cards.Select(card => card.SolutionId)], stop);
        if (!own.Succeeded)
            return own.Refusal;
        var seen = await SeenAsync(actor, projectId, batch.Value.Cards.Select(card => card.AssignmentId), stop);
        var cards = batch.Value.Cards.Select(card => Card(card, revision.Settings) with { Seen = seen.GetValueOrDefault(card.AssignmentId), Questions = [.. own.Value.Where(flag => flag.SolutionId == card.SolutionId).Select(Question)] });
        return new DealtCards([.. cards], held, revision.Settings.LeaseMinutes, isSampling, [.. own.Value.Where(flag => flag.IsNews).Select(Question)], batch.Value.Hold, projectId);
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
        var last = await own.OrderByDescending(a => a.Id).Take(AnnotationService.Undoable).ToListAsync(stop);
        var seen = await SeenAsync(actor, projectId, last.Select(a => a.AssignmentId), stop);
        return new DeskSide(
            revision.Settings.Guidelines, revision.Number, await own.CountAsync(a => a.CreatedAt >= midnight, stop),
            [.. last.Select(a => new JudgedLine(a.AssignmentId, a.ClientKey, Sign(a), Words(a), Since(now - a.CreatedAt), Choice(a), seen.GetValueOrDefault(a.AssignmentId)))]);
    }

    /// <summary>The person's own annotation that the browser sent with this key, or null.</summary>
    public async Task<long?> FindAsync(Actor actor, Guid clientKey, CancellationToken stop)
    {
        await using var context = await contexts.CreateDbContextAsync(stop);
        return await context.Set<FirstErrorAnnotation>().Where(a => a.ClientKey == clientKey && a.AnnotatorId == actor.UserId).Select(a => (long?)a.Id).SingleOrDefaultAsync(stop);
    }

    private static Task<ProjectRevision> RevisionAsync(StepDpoContext context, long projectId, CancellationToken stop) =>
        context.Set<ProjectRevision>().AsNoTracking().Where(r => r.ProjectId == projectId).OrderByDescending(r => r.Number).FirstAsync(stop);

    /// <summary>What the deck is told of a judgement of the actor that has just been stored.</summary>
    public async Task<JudgedAnswer> JudgedAsync(Actor actor, StoredJudgement stored, CancellationToken stop)
    {
        var seen = await suggestions.ShowAsync(actor, stored.AnnotationId, stop);
        await using var context = await contexts.CreateDbContextAsync(stop);
        var judged = await context.Set<FirstErrorAnnotation>().AsNoTracking().SingleAsync(a => a.Id == stored.AnnotationId, stop);
        var solution = await context.Set<Solution>().AsNoTracking().SingleAsync(s => s.Id == judged.SolutionId, stop);
        var waiting = await WaitingForJudgement.CountAsync(context, solution.ProjectId, judged.AnnotatorId, stop);
        return new(stored.AnnotationId, stored.Surplus, waiting, Missed(judged, new SolutionSteps("", solution.Text, solution.StepOffsets)), seen is { Succeeded: true, Value: { } suggestion } ? await DrawnAsync(suggestion) : null);
    }

    private Task<string> DrawnAsync(SeenSuggestion seen) => renderer.Dispatcher.InvokeAsync(async () =>
        (await renderer.RenderComponentAsync<SuggestionNote>(ParameterView.FromDictionary(new Dictionary<string, object?> { [nameof(SuggestionNote.Seen)] = seen }))).ToHtmlString());

    // Suggestions that the person has seen, by assignment: of others nothing leaves the database.
    private async Task<Dictionary<long, SeenSuggestion>> SeenAsync(Actor actor, long projectId, IEnumerable<long> assignments, CancellationToken stop) =>
        ((await suggestions.SeenAsync(actor, projectId, [.. assignments], stop)).ValueOrNull() ?? []).ToDictionary(seen => seen.AssignmentId);

    // What stands before the marked step, or anywhere in a solution that was called free of errors.
    private static List<string> Missed(FirstErrorAnnotation judged, SolutionSteps steps)
    {
        var passed = judged.Outcome switch
        {
            FirstErrorOutcome.FirstError => judged.Step!.Value - 1,
            FirstErrorOutcome.NoError => steps.Count,
            FirstErrorOutcome.CannotJudge or FirstErrorOutcome.Undone or _ => 0,
        };
        return [.. Enumerable.Range(1, passed).SelectMany(k => StepArithmetic.Findings(steps.Words(k)).Select(finding => T($"Step {k}: {finding.InWords()}")))];
    }

    private static OwnQuestion Question(OwnFlag flag) => new(flag.FlagId, flag.Step, flag.Question, flag.Answer, flag.AnsweredBy);

    // Nothing of the problem's source: it would tell gold items from others.
    private static SolutionCard Card(AnnotationCard card, ProjectSettings settings) => new(
        card.AssignmentId, null, card.Statement, card.ReferenceAnswer, card.ExtractedAnswer, card.AnswerCheck == AnswerCheck.Wrong, [.. card.Steps.Select(step => step.Trim())])
    {
        Arithmetic = settings.ShowsArithmetic ? [.. card.Steps.Select(step => StepArithmetic.Findings(step).Select(finding => T(finding.InWords())).ToArray())] : [],
    };

    // The deck's own names, as annotate-deck.js keeps a choice.
    private static string Choice(FirstErrorAnnotation a) => JsonSerializer.Serialize(
        new { a.Outcome, a.Step, Grade = a.Grade ?? StepGrade.Incorrect, a.Reason, a.Note, At = a.Step ?? 1, Milliseconds = a.ActiveMilliseconds }, Camel);

    private static string Sign(FirstErrorAnnotation a) => a.Outcome switch
    {
        FirstErrorOutcome.FirstError => a.Grade == StepGrade.Neutral ? "neutral" : "error",
        FirstErrorOutcome.NoError => "tick",
        FirstErrorOutcome.CannotJudge or FirstErrorOutcome.Undone or _ => "warn",
    };

    private static string Words(FirstErrorAnnotation a) => a.Outcome switch
    {
        FirstErrorOutcome.FirstError => T($"Step {a.Step}"),
        FirstErrorOutcome.NoError => T("No error"),
        FirstErrorOutcome.CannotJudge or FirstErrorOutcome.Undone or _ => T("Cannot judge"),
    };

    private static string Since(TimeSpan ago) => ago.TotalMinutes < 1 ? T("now") : ago.TotalHours < 1 ? T($"{(int)ago.TotalMinutes} min") : ago.TotalDays < 1 ? T($"{(int)ago.TotalHours} h") : T($"{(int)ago.TotalDays} d");
}
