using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Workers;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>
/// Writes files of judged solutions. Judgements go on changing, so a file is kept as it was written: in the data folder, under its hash.
/// Its manifest says what it is and what stands in it. Nothing is written of the steps after a first error.
/// </summary>
public sealed class AnnotationExports(IDbContextFactory<StepDpoContext> contexts, WorkerOptions options, TimeProvider clock)
{
    private static readonly JsonSerializerOptions ManifestJson = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Formats that are written.</summary>
    public static IReadOnlyList<AnnotationFormat> Formats { get; } = [.. Enum.GetValues<AnnotationFormat>().Where(format => JudgedLayout.Of(format).IsWritten)];

    private string Folder => Path.Combine(options.DataFolder, "exports");

    /// <summary>Writes a file of what is judged now. For leads.</summary>
    /// <param name="actor">A lead.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="options">What is in it, and how.</param>
    /// <param name="progress">Told the number of solutions written, after each batch.</param>
    /// <param name="cancellationToken">Stops it; nothing is left then.</param>
    public async Task<Outcome<AnnotationExport>> CreateAsync(
        Actor actor, long projectId, AnnotationExportOptions options, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (!Formats.Contains(options.Format)) return Refusal.Invalid(nameof(options.Format), "Files of this format are read, not written.");
        if (options.Filter?.Fault(role.Value) is { } wrong) return wrong;

        // One snapshot: a verdict that changes meanwhile is in as it was, or not at all.
        await using var transaction = await context.Database.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        Directory.CreateDirectory(Folder);
        var part = Path.Combine(Folder, $"{Guid.NewGuid():N}.part");
        try
        {
            var (facts, bytes, sha256) = await WriteAsync(context, projectId, options, part, progress, cancellationToken);
            if (facts.Rows == 0) return Refusal.Conflict(facts.LeftOutNeutral + facts.LeftOutUnsayable > 0 ? "No judged solution can be said in this format by this cut rule." : "There is no judged solution to export.");
            var export = new AnnotationExport
            {
                ProjectId = projectId,
                Options = options,
                Facts = facts,
                ByteCount = bytes,
                Sha256 = sha256,
                CreatedById = actor.UserId,
                CreatedAt = clock.GetUtcNow(),
            };
            context.Add(export);
            await context.SaveChangesAsync(cancellationToken);
            context.Audited(export.CreatedAt, actor.UserId, projectId, "judgements.exported", nameof(AnnotationExport), export.Id, now: new { options.Format, facts.Rows, export.Sha256 });
            await context.SaveChangesAsync(cancellationToken);
            // Before the row counts: a row without its file would be a promise, a file without a row is only bytes.
            File.Move(part, PathOf(export), overwrite: true);
            await transaction.CommitAsync(cancellationToken);
            return export;
        }
        finally
        {
            File.Delete(part);
        }
    }

    /// <summary>An export and its file, to be read. For leads.</summary>
    public async Task<Outcome<(AnnotationExport Export, Stream File)>> OpenAsync(Actor actor, long annotationExportId, CancellationToken cancellationToken = default)
    {
        var export = await FindAsync(actor, annotationExportId, cancellationToken);
        if (!export.Succeeded) return export.Refusal;
        return File.Exists(PathOf(export.Value.Export))
            ? (export.Value.Export, new FileStream(PathOf(export.Value.Export), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous | FileOptions.SequentialScan))
            : Refusal.NotFound("The file of this export is no longer in the data folder.");
    }

    /// <summary>What an export's file is and holds, as JSON to lie beside it. For leads.</summary>
    public async Task<Outcome<string>> ManifestAsync(Actor actor, long annotationExportId, CancellationToken cancellationToken = default)
    {
        var found = await FindAsync(actor, annotationExportId, cancellationToken);
        if (!found.Succeeded) return found.Refusal;
        var (export, project) = found.Value;
        return JsonSerializer.Serialize(
            new
            {
                Dataset = project,
                DatasetVersion = export.Id,
                export.Options.Format,
                export.Options.CutRule,
                export.Options.IncludesImported,
                export.Options.Filter,
                export.Sha256,
                export.ByteCount,
                export.CreatedAt,
                export.Facts,
            },
            ManifestJson) + "\n";
    }

    /// <summary>The project's exports, newest first. For leads.</summary>
    public async Task<Outcome<IReadOnlyList<AnnotationExport>>> ListAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        return await context.Set<AnnotationExport>().AsNoTracking().Where(e => e.ProjectId == projectId).OrderByDescending(e => e.Id).Take(200).ToListAsync(cancellationToken);
    }

    private string PathOf(AnnotationExport export) => Path.Combine(Folder, $"{export.Sha256}.{export.Extension}");

    private async Task<Outcome<(AnnotationExport Export, string Project)>> FindAsync(Actor actor, long id, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (await context.Set<AnnotationExport>().AsNoTracking().SingleOrDefaultAsync(e => e.Id == id, cancellationToken) is not { } export) return Refusal.NotFound("There is no such export.");
        var role = await Membership.RequireAsync(context, actor, export.ProjectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        return (export, await context.Set<Project>().Where(p => p.Id == export.ProjectId).Select(p => p.Name).SingleAsync(cancellationToken));
    }

    private static async Task<(AnnotationExportFacts Facts, long Bytes, string Sha256)> WriteAsync(
        StepDpoContext context, long projectId, AnnotationExportOptions options, string path, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        var layout = JudgedLayout.Of(options.Format);
        var solutions = new JudgedSolutions(context, projectId);
        var keys = await solutions.KeysAsync(options, cancellationToken);
        var count = new ExportCount();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 16, FileOptions.Asynchronous);
        async Task PutAsync(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            hash.AppendData(bytes);
            await file.WriteAsync(bytes, cancellationToken);
        }

        await PutAsync(layout.Opening);
        JudgedSolution? before = null;
        await foreach (var batch in solutions.ReadAsync(keys, cancellationToken))
        {
            foreach (var solution in batch)
            {
                if (solution.Label(options.CutRule) is not { } label) count.Neutral();
                else if (layout.Write(solution, label) is not { } row) count.Unsayable();
                else
                {
                    await PutAsync(layout.Between(before, solution) + row);
                    count.Row(solution, label);
                    before = solution;
                }
            }

            progress?.Report(count.Seen);
        }

        await PutAsync(layout.Ending(isEmpty: before is null));
        await file.FlushAsync(cancellationToken);
        file.Flush(flushToDisk: true);
        return (count.Facts(), file.Length, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
