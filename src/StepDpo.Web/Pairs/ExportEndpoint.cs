using System.Globalization;
using Microsoft.Net.Http.Headers;
using StepDpo.Core.Pairs;
using StepDpo.Web.Accounts;
using StepDpo.Web.Security;

namespace StepDpo.Web.Pairs;

/// <summary>An export's file, as an attachment.</summary>
public static class ExportEndpoint
{
    /// <summary>Adds the address.</summary>
    public static void MapExports(this IEndpointRouteBuilder app) =>
        app.MapGet("/projects/{ProjectId:long}/exports/{ExportId:long}/pairs.jsonl", WriteAsync).RequireAuthorization(Access.Lead);

    private static async Task<IResult> WriteAsync(long projectId, long exportId, CurrentUser user, PairExports exports, CancellationToken stop)
    {
        // Through a file that has no name: the answer's status is known before its first byte, and memory stays small.
        var file = new FileStream(
            Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 64 * 1024, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        var export = await exports.WriteAsync(user.Actor, exportId, file, stop);
        if (!export.Succeeded || export.Value.ProjectId != projectId)
        {
            await file.DisposeAsync();
            return export.Refusal?.AsProblem() ?? Results.Problem("There is no such export in this project.", statusCode: StatusCodes.Status404NotFound);
        }
        file.Position = 0;
        return Results.Stream(
            file, "application/jsonl", string.Create(CultureInfo.InvariantCulture, $"pairs-{exportId}.jsonl"),
            export.Value.CreatedAt, new EntityTagHeaderValue($"\"{export.Value.Sha256}\""));
    }
}
