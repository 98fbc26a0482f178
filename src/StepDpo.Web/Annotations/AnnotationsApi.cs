using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using StepDpo.Core.Annotations;
using StepDpo.Core.Projects;
using StepDpo.Web.Accounts;
using StepDpo.Web.Security;

namespace StepDpo.Web.Annotations;

/// <summary>What the annotate deck calls: cards, and what its outbox sends. Each call that changes something carries the browser's key.</summary>
public static class AnnotationsApi
{
    /// <summary>Registers what page and endpoints read.</summary>
    public static void AddAnnotationPages(this IServiceCollection services) => services.AddScoped<HtmlRenderer>().AddScoped<AnnotateDesk>();

    /// <summary>Adds the endpoints to the API's guarded group.</summary>
    public static RouteGroupBuilder MapAnnotations(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("projects/{ProjectId:long}/annotations").RequireAuthorization(Access.Annotator);
        group.MapPost("cards", CardsAsync).AddEndpointFilter<EvenAnswers>();
        group.MapPost("verdict", VerdictAsync).AddEndpointFilter<EvenAnswers>();
        group.MapPost("acknowledge", AcknowledgeAsync);
        group.MapPost("undo", UndoAsync);
        group.MapPost("skip", SkipAsync);
        group.MapPost("flag", FlagAsync);
        group.MapPost("read", ReadAsync);
        group.MapPost("keep", KeepAsync);
        api.MapPost("calculate", (CalculateRequest request) => new { value = Core.Grading.Calculator.Value(request.Line ?? "") });
        return api;
    }

    /// <summary>Address of the group for a project.</summary>
    public static string Path(long projectId) => $"{Api.Prefix}/projects/{projectId}/annotations";

    /// <summary>How many open cards the deck wants to hold.</summary>
    internal sealed record CardsRequest(int Count);

    /// <summary>A judgement as the deck sends it.</summary>
    internal sealed record VerdictRequest(
        Guid ClientKey,
        long Assignment,
        [property: JsonConverter(typeof(JsonStringEnumConverter<FirstErrorOutcome>))] FirstErrorOutcome Outcome,
        int? Step,
        [property: JsonConverter(typeof(JsonStringEnumConverter<StepGrade>))] StepGrade? Grade,
        [property: JsonConverter(typeof(JsonStringEnumConverter<FirstErrorReason>))] FirstErrorReason? Reason,
        string? Note,
        int ActiveMilliseconds);

    /// <summary>Takes back the judgement that was sent with the key <c>Undoes</c>.</summary>
    internal sealed record UndoRequest(Guid ClientKey, Guid Undoes);

    /// <summary>Puts a solution aside.</summary>
    internal sealed record SkipRequest(long Assignment);

    /// <summary>The person has read the changed guidelines of this revision.</summary>
    internal sealed record AcknowledgeRequest(long Revision);

    private static async Task<IResult> AcknowledgeAsync(long projectId, AcknowledgeRequest request, CurrentUser user, GuidelinesReadings readings, CancellationToken stop) =>
        (await readings.AcknowledgeAsync(user.Actor, projectId, request.Revision, stop)).AsAnswer();

    /// <summary>A question to the leads.</summary>
    internal sealed record FlagRequest(Guid ClientKey, long Assignment, int? Step, string? Question);

    /// <summary>An answer that has been read.</summary>
    internal sealed record ReadRequest(long Flag);

    /// <summary>The judgement that was sent with the key <c>Judged</c> is kept in spite of the suggestion.</summary>
    internal sealed record KeepRequest(Guid Judged);

    /// <summary>A line of arithmetic.</summary>
    internal sealed record CalculateRequest(string? Line);

    private static async Task<IResult> CardsAsync(long projectId, CardsRequest request, CurrentUser user, AnnotateDesk desk, CancellationToken stop)
    {
        var drawn = await desk.DealAsync(user.Actor, projectId, request.Count, stop);
        return drawn.Succeeded
            ? new RazorComponentResult<NextSolutions>(new { Desk = drawn.Value })
            : drawn.Refusal.AsPanel();
    }

    private static async Task<IResult> VerdictAsync(VerdictRequest request, CurrentUser user, AnnotationService annotations, AnnotateDesk desk, CancellationToken stop)
    {
        var judgement = new FirstErrorJudgement(request.Outcome, request.Step, request.Grade, request.Reason, request.Note ?? "", request.ActiveMilliseconds);
        var stored = await annotations.SubmitAsync(user.Actor, request.ClientKey, request.Assignment, judgement, stop);
        return stored.Succeeded ? Results.Ok(await desk.JudgedAsync(user.Actor, stored.Value, stop)) : stored.Refusal.AsProblem();
    }

    private static async Task<IResult> UndoAsync(UndoRequest request, CurrentUser user, AnnotateDesk desk, AnnotationService annotations, CancellationToken stop)
    {
        if (await desk.FindAsync(user.Actor, request.Undoes, stop) is not { } annotation)
            return Core.Data.Refusal.NotFound("There is no such judgement of yours.").AsProblem();
        return (await annotations.UndoAsync(user.Actor, request.ClientKey, annotation, stop)).AsAnswer();
    }

    private static async Task<IResult> SkipAsync(SkipRequest request, CurrentUser user, AssignmentService assignments, CancellationToken stop) =>
        (await assignments.SkipAsync(user.Actor, request.Assignment, stop)).AsAnswer();

    private static async Task<IResult> FlagAsync(FlagRequest request, CurrentUser user, FlagService flags, CancellationToken stop) =>
        (await flags.AskAsync(user.Actor, request.ClientKey, request.Assignment, request.Step, request.Question ?? "", stop)).AsAnswer();

    private static async Task<IResult> ReadAsync(ReadRequest request, CurrentUser user, FlagService flags, CancellationToken stop) =>
        (await flags.ReadAsync(user.Actor, request.Flag, stop)).AsAnswer();

    private static async Task<IResult> KeepAsync(KeepRequest request, CurrentUser user, AnnotateDesk desk, ShownSuggestions suggestions, CancellationToken stop) =>
        await desk.FindAsync(user.Actor, request.Judged, stop) is { } annotation
            ? (await suggestions.KeepAsync(user.Actor, annotation, stop)).AsAnswer()
            : Core.Data.Refusal.NotFound("There is no such judgement of yours.").AsProblem();
}
