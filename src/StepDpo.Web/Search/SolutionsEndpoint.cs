using StepDpo.Core.Search;
using StepDpo.Web.Accounts;
using StepDpo.Web.Security;

namespace StepDpo.Web.Search;

/// <summary>What a filter finds, as a file: one JSON object a solution.</summary>
public static class SolutionsEndpoint
{
    /// <summary>Adds the address.</summary>
    public static void MapSolutions(this IEndpointRouteBuilder app) =>
        app.MapGet("/projects/{ProjectId:long}/solutions.jsonl", WriteAsync).RequireAuthorization(Access.Reviewer);

    private static async Task<IResult> WriteAsync(long projectId, HttpRequest request, CurrentUser user, SolutionSearch search, CancellationToken stop)
    {
        // Through a file that has no name: the answer's status is known before its first byte, and memory stays small.
        var file = new FileStream(
            Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 64 * 1024, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        var filter = SolutionQuery.Read(name => request.Query[name].FirstOrDefault());
        if ((await search.ExportAsync(user.Actor, projectId, filter, file, stop)).Refusal is { } refusal)
        {
            await file.DisposeAsync();
            return refusal.AsProblem();
        }
        file.Position = 0;
        return Results.Stream(file, "application/jsonl", "solutions.jsonl");
    }
}
