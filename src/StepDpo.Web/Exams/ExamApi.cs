using Microsoft.AspNetCore.Http.HttpResults;
using StepDpo.Core.Exams;
using StepDpo.Web.Accounts;
using StepDpo.Web.Security;

namespace StepDpo.Web.Exams;

/// <summary>What the exam's deck calls: the next items, and an answer, which is told at once whether it is right.</summary>
public static class ExamApi
{
    /// <summary>Adds the endpoints to the API's guarded group.</summary>
    public static RouteGroupBuilder MapExams(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("projects/{ProjectId:long}/exam").RequireAuthorization(Access.Annotator);
        group.MapPost("cards", CardsAsync);
        group.MapPost("answer", AnswerAsync);
        return api;
    }

    /// <summary>Address of the group for a project.</summary>
    public static string Path(long projectId) => $"{Api.Prefix}/projects/{projectId}/exam";

    /// <summary>How many open items the deck wants to hold.</summary>
    internal sealed record CardsRequest(int Count);

    /// <summary>An answer: the step, 0 for "no error", null for "cannot judge".</summary>
    internal sealed record AnswerRequest(long Item, int? Step, int ActiveMilliseconds);

    private static async Task<IResult> CardsAsync(long projectId, CardsRequest request, CurrentUser user, ExamService exams, CancellationToken stop)
    {
        var desk = await exams.DeskAsync(user.Actor, projectId, stop);
        return desk.Succeeded
            ? new RazorComponentResult<ExamItems>(new { Desk = desk.Value, ProjectId = projectId, Count = Math.Clamp(request.Count, 1, 10) })
            : desk.Refusal.AsPanel();
    }

    private static async Task<IResult> AnswerAsync(long projectId, AnswerRequest request, CurrentUser user, ExamService exams, CancellationToken stop)
    {
        if (ExamCards.ItemOf(request.Item) is not { } item) return Core.Data.Refusal.NotFound("There is no such item in this exam.").AsProblem();
        var reply = await exams.AnswerAsync(user.Actor, projectId, item.Name, request.Step, request.ActiveMilliseconds, stop);
        return reply.Succeeded ? new RazorComponentResult<ExamWord>(new { Reply = reply.Value }) : reply.Refusal.AsProblem();
    }
}
