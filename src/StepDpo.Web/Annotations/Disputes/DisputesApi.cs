using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Web.Accounts;
using StepDpo.Web.Security;

namespace StepDpo.Web.Annotations.Disputes;

/// <summary>What the deck of disputes calls: cards, and what its outbox sends, each with the browser's key.</summary>
public static class DisputesApi
{
    /// <summary>Registers what page and endpoints read.</summary>
    public static void AddDisputePages(this IServiceCollection services) => services.AddScoped<DisputeDesk>();

    /// <summary>Adds the endpoints to the API's guarded group.</summary>
    public static RouteGroupBuilder MapDisputes(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("projects/{ProjectId:long}/disputes").RequireAuthorization(Access.Reviewer);
        group.MapPost("cards", CardsAsync);
        group.MapPost("decision", DecideAsync);
        group.MapPost("undo", UndoAsync);
        return api;
    }

    /// <summary>Address of the group for a project.</summary>
    public static string Path(long projectId) => $"{Api.Prefix}/projects/{projectId}/disputes";

    /// <summary>How many open disputes the deck wants, and which it has.</summary>
    internal sealed record CardsRequest(int Count, long[]? Have);

    /// <summary>A decision as the deck sends it; outcome and what follows belong to a verdict.</summary>
    internal sealed record DecisionRequest(
        Guid ClientKey,
        long Solution,
        [property: JsonConverter(typeof(JsonStringEnumConverter<AdjudicationDecision>))] AdjudicationDecision Decision,
        [property: JsonConverter(typeof(JsonStringEnumConverter<FirstErrorOutcome>))] FirstErrorOutcome? Outcome,
        int? Step,
        [property: JsonConverter(typeof(JsonStringEnumConverter<StepGrade>))] StepGrade? Grade,
        [property: JsonConverter(typeof(JsonStringEnumConverter<FirstErrorReason>))] FirstErrorReason? Reason,
        [property: JsonConverter(typeof(JsonStringEnumConverter<DifferenceReason>))] DifferenceReason? Because,
        string? Note,
        int ActiveMilliseconds);

    /// <summary>Takes back the decision that was sent with the key <c>Undoes</c>.</summary>
    internal sealed record UndoRequest(Guid ClientKey, long Solution, Guid Undoes);

    private static async Task<IResult> CardsAsync(long projectId, CardsRequest request, CurrentUser user, AdjudicationQueue queue, CancellationToken stop)
    {
        var open = await queue.ListAsync(user.Actor, projectId, request.Have ?? [], request.Count, cancellationToken: stop);
        return open.Succeeded ? new RazorComponentResult<NextDisputes>(new { Desk = open.Value }) : open.Refusal.AsPanel();
    }

    private static async Task<IResult> DecideAsync(DecisionRequest request, CurrentUser user, AdjudicationService adjudication, CancellationToken stop) => (request.Decision switch
    {
        AdjudicationDecision.Verdict => await adjudication.DecideAsync(
            user.Actor, request.ClientKey, request.Solution,
            new(request.Outcome ?? FirstErrorOutcome.Undone, request.Step, request.Grade, request.Reason, request.Note ?? "", request.ActiveMilliseconds), request.Because, stop),
        AdjudicationDecision.OneMore => await adjudication.OneMoreAsync(user.Actor, request.ClientKey, request.Solution, request.ActiveMilliseconds, stop),
        AdjudicationDecision.Discard => await adjudication.DiscardAsync(user.Actor, request.ClientKey, request.Solution, request.Note ?? "", request.ActiveMilliseconds, stop),
        AdjudicationDecision.Undone or _ => Refusal.Invalid(nameof(request.Decision), "There is no such decision."),
    }).AsAnswer();

    private static async Task<IResult> UndoAsync(UndoRequest request, CurrentUser user, AdjudicationService adjudication, CancellationToken stop) =>
        (await adjudication.UndoAsync(user.Actor, request.ClientKey, request.Solution, request.Undoes, stop)).AsAnswer();
}
