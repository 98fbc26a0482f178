using System.Globalization;
using System.Text;
using Microsoft.Net.Http.Headers;
using StepDpo.Core.AnnotationFiles;
using StepDpo.Web.Accounts;
using StepDpo.Web.Security;

namespace StepDpo.Web.AnnotationFiles;

/// <summary>An export of judgements and its manifest, as attachments.</summary>
public static class AnnotationExportEndpoint
{
    /// <summary>Adds the addresses.</summary>
    public static void MapAnnotationExports(this IEndpointRouteBuilder app)
    {
        app.MapGet("/projects/{ProjectId:long}/judgements/{ExportId:long}/file", WriteAsync).RequireAuthorization(Access.Lead);
        app.MapGet("/projects/{ProjectId:long}/judgements/{ExportId:long}/manifest.json", ManifestAsync).RequireAuthorization(Access.Lead);
    }

    /// <summary>Address of an export's file.</summary>
    public static string FileOf(AnnotationExport export) => string.Create(CultureInfo.InvariantCulture, $"/projects/{export.ProjectId}/judgements/{export.Id}/file");

    /// <summary>Address of its manifest.</summary>
    public static string ManifestOf(AnnotationExport export) => string.Create(CultureInfo.InvariantCulture, $"/projects/{export.ProjectId}/judgements/{export.Id}/manifest.json");

    private static async Task<IResult> WriteAsync(long projectId, long exportId, CurrentUser user, AnnotationExports exports, CancellationToken stop)
    {
        var opened = await exports.OpenAsync(user.Actor, exportId, stop);
        if (!opened.Succeeded) return opened.Refusal.AsProblem();
        var (export, file) = opened.Value;
        if (export.ProjectId == projectId)
            return Results.Stream(
                file, export.Extension switch { "csv" => "text/csv", "json" => "application/json", _ => "application/jsonl" },
                string.Create(CultureInfo.InvariantCulture, $"judgements-{exportId}.{export.Extension}"), export.CreatedAt, new EntityTagHeaderValue($"\"{export.Sha256}\""));
        await file.DisposeAsync();
        return Results.Problem("There is no such export in this project.", statusCode: StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> ManifestAsync(long projectId, long exportId, CurrentUser user, AnnotationExports exports, CancellationToken stop)
    {
        var manifest = await exports.ManifestAsync(user.Actor, exportId, stop);
        return manifest.Succeeded
            ? Results.File(Encoding.UTF8.GetBytes(manifest.Value), "application/json", string.Create(CultureInfo.InvariantCulture, $"judgements-{exportId}.manifest.json"))
            : manifest.Refusal.AsProblem();
    }
}
