using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using StepDpo.Core.Data;
using StepDpo.Core.Pairs;
using StepDpo.Core.Rectifications;
using StepDpo.Web.Accounts;
using StepDpo.Web.Security;

namespace StepDpo.Web.Rectifications;

/// <summary>What a reviewer does with a prefix as a whole.</summary>
internal enum PrefixAction
{
    /// <summary>No candidate is good: the next rectification run samples more.</summary>
    SampleMore,

    /// <summary>No pair will come of it.</summary>
    Discard,

    /// <summary>A step before k is wrong already: the first error is opened again.</summary>
    Reopen,
}

/// <summary>What the review deck calls. Winner and loser are never named by the browser, so they cannot be swapped.</summary>
public static class ReviewsApi
{
    /// <summary>Registers what page and endpoints read.</summary>
    public static void AddReviewPages(this IServiceCollection services) => services.AddScoped<ReviewDesk>();

    /// <summary>Adds the endpoints to the API's guarded group.</summary>
    public static RouteGroupBuilder MapReviews(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("projects/{ProjectId:long}/reviews").RequireAuthorization(Access.Reviewer);
        group.MapPost("cards", CardsAsync);
        group.MapPost("decision", DecideAsync);
        group.MapPost("undo", UndoAsync);
        group.MapPost("prefix", ActAsync);
        return api;
    }

    /// <summary>Address of the group for a project.</summary>
    public static string Path(long projectId) => $"{Api.Prefix}/projects/{projectId}/reviews";

    /// <summary>How many open prefixes the deck wants, and which it has.</summary>
    internal sealed record CardsRequest(int Count, long[]? Have);

    /// <summary>A decision on one candidate.</summary>
    internal sealed record DecisionRequest(
        Guid ClientKey,
        long Rectification,
        [property: JsonConverter(typeof(JsonStringEnumConverter<ReviewDecision>))] ReviewDecision Decision,
        [property: JsonConverter(typeof(JsonStringEnumConverter<RejectReason>))] RejectReason? Reason,
        string? Note,
        int ActiveMilliseconds);

    /// <summary>Takes the decision on a candidate back.</summary>
    internal sealed record UndoRequest(Guid ClientKey, long Rectification);

    /// <summary>An action on a whole prefix.</summary>
    internal sealed record PrefixRequest(
        long Solution,
        [property: JsonConverter(typeof(JsonStringEnumConverter<PrefixAction>))] PrefixAction Action,
        string? Note);

    private static async Task<IResult> CardsAsync(long projectId, CardsRequest request, CurrentUser user, ReviewDesk desk, CancellationToken stop)
    {
        var open = await desk.OpenAsync(user.Actor, projectId, request.Count, request.Have ?? [], stop);
        return open.Succeeded ? new RazorComponentResult<NextPrefixes>(new { Desk = open.Value }) : open.Refusal.AsProblem();
    }

    private static async Task<IResult> DecideAsync(DecisionRequest request, CurrentUser user, ReviewService reviews, CancellationToken stop) => request switch
    {
        { Decision: ReviewDecision.Approved } =>
            (await reviews.ApproveAsync(user.Actor, request.ClientKey, request.Rectification, request.Note ?? "", request.ActiveMilliseconds, stop)).AsAnswer(),
        { Decision: ReviewDecision.Rejected, Reason: { } reason } =>
            (await reviews.RejectAsync(user.Actor, request.ClientKey, request.Rectification, reason, request.Note ?? "", request.ActiveMilliseconds, stop)).AsAnswer(),
        _ => Refusal.Invalid(nameof(request.Reason), "A rejection needs a reason.").AsProblem(),
    };

    private static async Task<IResult> UndoAsync(UndoRequest request, CurrentUser user, ReviewService reviews, CancellationToken stop) =>
        (await reviews.ReopenAsync(user.Actor, request.ClientKey, request.Rectification, cancellationToken: stop)).AsAnswer();

    private static async Task<IResult> ActAsync(
        PrefixRequest request, CurrentUser user, ReviewDesk desk, RectificationService rectifications, FirstErrorReopening reopening, CancellationToken stop)
    {
        var refusal = request.Action switch
        {
            PrefixAction.SampleMore => (await rectifications.SampleMoreAsync(user.Actor, request.Solution, stop)).Refusal,
            PrefixAction.Discard => (await rectifications.DiscardAsync(user.Actor, request.Solution, stop)).Refusal,
            PrefixAction.Reopen => (await reopening.ReopenAsync(user.Actor, request.Solution, request.Note ?? "", stop)).Refusal,
            _ => Refusal.Invalid(nameof(request.Action), "There is no such action."),
        };
        // Sent again because its answer was lost: what it asked for holds already.
        var isDone = refusal is null || (refusal.Kind == RefusalKind.Conflict && await desk.HasBecomeAsync(request.Solution, request.Action, stop));
        return isDone ? Results.Ok() : refusal!.AsProblem();
    }
}
