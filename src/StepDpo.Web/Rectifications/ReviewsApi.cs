using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using StepDpo.Core.Data;
using StepDpo.Core.Pairs;
using StepDpo.Core.Rectifications;
using StepDpo.Web.Accounts;
using StepDpo.Web.Security;

namespace StepDpo.Web.Rectifications;

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
        group.MapPost("prefix/undo", TakeBackAsync);
        group.MapPost("second", SecondAsync);
        group.MapPost("second/undo", TakeSecondBackAsync);
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

    /// <summary>A decision on a whole prefix.</summary>
    internal sealed record PrefixRequest(
        Guid ClientKey,
        long Solution,
        [property: JsonConverter(typeof(JsonStringEnumConverter<PrefixDecision>))] PrefixDecision Action,
        double? Temperature,
        string? Step,
        string? Note,
        int ActiveMilliseconds);

    /// <summary>Takes a decision on a whole prefix back.</summary>
    internal sealed record PrefixUndoRequest(Guid ClientKey, long Solution, Guid Undoes);

    /// <summary>A second reviewer's words on the candidates of a pair's prefix.</summary>
    internal sealed record SecondRequest(Guid ClientKey, long Pair, IReadOnlyList<SecondRequestWord>? Words, string? Note, int ActiveMilliseconds);

    /// <summary>One of these words.</summary>
    internal sealed record SecondRequestWord(
        long Rectification,
        [property: JsonConverter(typeof(JsonStringEnumConverter<ReviewDecision>))] ReviewDecision Decision,
        [property: JsonConverter(typeof(JsonStringEnumConverter<RejectReason>))] RejectReason? Reason);

    /// <summary>Takes a second reviewer's words back.</summary>
    internal sealed record SecondUndoRequest(Guid ClientKey, long Pair);

    private static async Task<IResult> CardsAsync(long projectId, CardsRequest request, CurrentUser user, ReviewDesk desk, CancellationToken stop)
    {
        var open = await desk.OpenAsync(user.Actor, projectId, request.Count, request.Have ?? [], stop);
        return open.Succeeded ? new RazorComponentResult<NextPrefixes>(new { Desk = open.Value }) : open.Refusal.AsPanel();
    }

    /// <summary>What the machine says of a winner's sums, once a person has approved it: earlier it would lead them.</summary>
    internal sealed record ApprovedAnswer(IReadOnlyList<string> Findings);

    private static async Task<IResult> DecideAsync(DecisionRequest request, CurrentUser user, ReviewService reviews, ReviewDesk desk, CancellationToken stop) => request switch
    {
        { Decision: ReviewDecision.Approved } =>
            await reviews.ApproveAsync(user.Actor, request.ClientKey, request.Rectification, request.Note ?? "", request.ActiveMilliseconds, stop) is { Succeeded: false } refused
                ? refused.Refusal.AsProblem()
                : Results.Ok(new ApprovedAnswer(await desk.SumsAsync(request.Rectification, stop))),
        { Decision: ReviewDecision.Rejected, Reason: { } reason } =>
            (await reviews.RejectAsync(user.Actor, request.ClientKey, request.Rectification, reason, request.Note ?? "", request.ActiveMilliseconds, stop)).AsAnswer(),
        _ => Refusal.Invalid(nameof(request.Reason), "A rejection needs a reason.").AsProblem(),
    };

    private static async Task<IResult> UndoAsync(UndoRequest request, CurrentUser user, ReviewService reviews, CancellationToken stop) =>
        (await reviews.ReopenAsync(user.Actor, request.ClientKey, request.Rectification, cancellationToken: stop)).AsAnswer();

    private static readonly Refusal _noSuchAction = Refusal.Invalid(nameof(PrefixRequest.Action), "There is no such action.");

    private static async Task<IResult> ActAsync(PrefixRequest request, CurrentUser user, RectificationService rectifications, FirstErrorReopening reopening, CancellationToken stop)
    {
        var word = new PrefixWord(request.ClientKey, request.Note ?? "", request.ActiveMilliseconds);
        return request.Action switch
        {
            PrefixDecision.SampleMore => (await rectifications.SampleMoreAsync(user.Actor, word, request.Solution, request.Temperature, stop)).AsAnswer(),
            PrefixDecision.Discard => (await rectifications.DiscardAsync(user.Actor, word, request.Solution, stop)).AsAnswer(),
            PrefixDecision.Reopen => (await reopening.ReopenAsync(user.Actor, word, request.Solution, stop)).AsAnswer(),
            PrefixDecision.Write => (await rectifications.WriteAsync(user.Actor, word, request.Solution, request.Step ?? "", stop)).AsAnswer(),
            PrefixDecision.TakenBack => _noSuchAction.AsProblem(),
            _ => _noSuchAction.AsProblem(),
        };
    }

    private static async Task<IResult> TakeBackAsync(PrefixUndoRequest request, CurrentUser user, RectificationService rectifications, CancellationToken stop) =>
        (await rectifications.TakeBackAsync(user.Actor, new PrefixWord(request.ClientKey), request.Solution, request.Undoes, stop)).AsAnswer();

    private static async Task<IResult> SecondAsync(SecondRequest request, CurrentUser user, SecondReviews seconds, CancellationToken stop) =>
        (await seconds.DecideAsync(
            user.Actor, new PrefixWord(request.ClientKey, request.Note ?? "", request.ActiveMilliseconds), request.Pair,
            [.. (request.Words ?? []).Select(said => new SecondWord(said.Rectification, said.Decision, said.Reason))], stop)).AsAnswer();

    private static async Task<IResult> TakeSecondBackAsync(SecondUndoRequest request, CurrentUser user, SecondReviews seconds, CancellationToken stop) =>
        (await seconds.TakeBackAsync(user.Actor, new PrefixWord(request.ClientKey), request.Pair, stop)).AsAnswer();
}
