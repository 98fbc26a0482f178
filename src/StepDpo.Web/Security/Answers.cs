using Microsoft.AspNetCore.Http.HttpResults;
using StepDpo.Core.Data;
using StepDpo.Web.Components.Layout;

namespace StepDpo.Web.Security;

/// <summary>From a service's outcome to an answer of the JSON API.</summary>
public static class Answers
{
    /// <summary>200 with the value, or the refusal's problem details.</summary>
    public static IResult AsAnswer<T>(this Outcome<T> outcome) => outcome.Succeeded ? Results.Ok(outcome.Value) : outcome.Refusal.AsProblem();

    /// <summary>For a deck that asks for cards: where the state of things allows none, the panel that says why; else the refusal's problem details.</summary>
    public static IResult AsPanel(this Refusal refusal) => refusal.Kind == RefusalKind.Conflict ? new RazorComponentResult<NoWork>(new { Why = refusal, IsFetched = true }) : refusal.AsProblem();

    /// <summary>404, 403, 422 or 409 with the plain sentence, and the field where one is to blame.</summary>
    public static IResult AsProblem(this Refusal refusal)
    {
        var status = refusal.Kind switch
        {
            RefusalKind.NotFound => StatusCodes.Status404NotFound,
            RefusalKind.Forbidden => StatusCodes.Status403Forbidden,
            RefusalKind.Invalid => StatusCodes.Status422UnprocessableEntity,
            RefusalKind.Conflict => StatusCodes.Status409Conflict,
            _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal.Kind, "found a kind of refusal without a status"),
        };
        var field = refusal.Field is null ? null : new Dictionary<string, object?> { ["field"] = refusal.Field };
        return Results.Problem(T(refusal.Words), statusCode: status, extensions: field);
    }
}
