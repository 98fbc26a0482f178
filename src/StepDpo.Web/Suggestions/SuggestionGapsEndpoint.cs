using StepDpo.Core.AnnotationFiles;
using StepDpo.Web.Accounts;
using StepDpo.Web.Security;

namespace StepDpo.Web.Suggestions;

/// <summary>The solutions without a suggestion, as an attachment for a judge model.</summary>
public static class SuggestionGapsEndpoint
{
    /// <summary>Adds the address.</summary>
    public static void MapSuggestionGaps(this IEndpointRouteBuilder app) =>
        app.MapGet("/projects/{ProjectId:long}/suggestions/without.jsonl", WriteAsync).RequireAuthorization(Access.Lead);

    private static async Task<IResult> WriteAsync(long projectId, CurrentUser user, SuggestionGaps gaps, CancellationToken stop)
    {
        // Through a file that has no name: the answer's status is known before its first byte, and memory stays small.
        var file = new FileStream(
            Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 64 * 1024, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        var written = await gaps.WriteAsync(user.Actor, projectId, file, stop);
        if (!written.Succeeded)
        {
            await file.DisposeAsync();
            return written.Refusal.AsProblem();
        }

        file.Position = 0;
        return Results.Stream(file, "application/jsonl", $"without-suggestion-{projectId}.jsonl");
    }
}
