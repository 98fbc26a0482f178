using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>A file of judged solutions on this machine.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Name">What it was called.</param>
/// <param name="Source">What it comes from, such as <c>mr-ben</c>: the data set of problems that are new.</param>
/// <param name="Format">Its format, or null to recognise it by its fields.</param>
public sealed record AnnotationFile(string Path, string Name, string Source, AnnotationFormat? Format = null);

/// <summary>A row, and what is wrong with it.</summary>
/// <param name="Row">Its line, or its place in a list, from 1.</param>
/// <param name="Reason">Why.</param>
public sealed record RowNote(int Row, string Reason);

/// <summary>What an import would do or has done, row by row.</summary>
public sealed record AnnotationImportReport
{
    /// <summary>Most rows that are told one by one of each kind.</summary>
    public const int MostTold = 200;

    /// <summary>The format.</summary>
    public required AnnotationFormat Format { get; init; }

    /// <summary>What one row is called: Line or Row.</summary>
    public required string RowWord { get; init; }

    /// <summary>The first solutions.</summary>
    public required IReadOnlyList<JudgedSolution> First { get; init; }

    /// <summary>New solutions.</summary>
    public int Added { get; init; }

    /// <summary>New problems among theirs.</summary>
    public int NewProblems { get; init; }

    /// <summary>New problems for which the file has no reference answer.</summary>
    public int WithoutReference { get; init; }

    /// <summary>New solutions with a first error.</summary>
    public int FirstErrors { get; init; }

    /// <summary>New solutions without an error.</summary>
    public int NoErrors { get; init; }

    /// <summary>Rows whose solution the project has, or that stood earlier in the file.</summary>
    public int Known { get; init; }

    /// <summary>New solutions whose judgement contradicts itself: they come in without it and wait for people.</summary>
    public int ContradictionCount { get; init; }

    /// <summary>The first of them.</summary>
    public required IReadOnlyList<RowNote> Contradictions { get; init; }

    /// <summary>Rows that cannot be used.</summary>
    public int FaultCount { get; init; }

    /// <summary>The first of them.</summary>
    public required IReadOnlyList<RowNote> Faults { get; init; }
}

/// <summary>
/// Brings solutions with their judgements into a project's pool. They hang on a run of kind <see cref="RunKind.Import"/>, which no model
/// sampled; their judgements are the file's, nobody's who has signed in. The same file twice adds nothing.
/// </summary>
public sealed class AnnotationImport(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>Largest file, in bytes.</summary>
    public const long LargestFile = 600_000_000;

    private const int Batch = 500;

    /// <summary>Reads a file and says what an import would do. For leads.</summary>
    /// <param name="actor">A lead.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="file">The file.</param>
    /// <param name="progress">Told the number of rows read, now and then.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<Outcome<AnnotationImportReport>> PreviewAsync(
        Actor actor, long projectId, AnnotationFile file, IProgress<int>? progress = null, CancellationToken cancellationToken = default) =>
        PassAsync(actor, projectId, file, isStored: false, progress, cancellationToken);

    /// <summary>Imports a file: every row that can be used, in one transaction. For leads.</summary>
    /// <param name="actor">A lead.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="file">The file.</param>
    /// <param name="progress">Told the number of rows read, now and then.</param>
    /// <param name="cancellationToken">Stops it; nothing is added then.</param>
    public Task<Outcome<AnnotationImportReport>> ImportAsync(
        Actor actor, long projectId, AnnotationFile file, IProgress<int>? progress = null, CancellationToken cancellationToken = default) =>
        PassAsync(actor, projectId, file, isStored: true, progress, cancellationToken);

    private async Task<Outcome<AnnotationImportReport>> PassAsync(
        Actor actor, long projectId, AnnotationFile file, bool isStored, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var source = Words.Needed("Source", "The source", file.Source, 200);
        if (!source.Succeeded) return source.Refusal;
        if (!File.Exists(file.Path)) return Refusal.Invalid("File", "There is no such file.");

        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        // Two imports of one file at once: the second waits and finds everything there.
        if (isStored) await context.Database.ExecuteSqlAsync($"SELECT 1 FROM project WHERE id = {projectId} FOR UPDATE", cancellationToken);
        var revision = await context.CurrentRevisionAsync(projectId, cancellationToken);
        var run = new Run
        {
            ProjectId = projectId,
            Kind = RunKind.Import,
            Name = file.Name.Length <= 200 ? file.Name : file.Name[..200],
            RevisionId = revision.Id,
            Options = JsonSerializer.Serialize(new { Source = source.Value, file.Format, File = file.Name, Sha256 = await Sha256Async(file.Path, cancellationToken) }, RunJson.Line),
            State = RunState.Succeeded,
            CreatedById = actor.UserId,
            CreatedAt = clock.GetUtcNow(),
            StartedAt = clock.GetUtcNow(),
            EndedAt = clock.GetUtcNow(),
        };
        if (isStored)
        {
            context.Add(run);
            await context.SaveChangesAsync(cancellationToken);
        }

        var intake = new AnnotationIntake(context, run, revision.Settings, source.Value, actor.UserId, isStored);
        await intake.OpenAsync(cancellationToken);
        try
        {
            await ReadAsync(intake, file, progress, cancellationToken);
        }
        catch (InvalidDataException e)
        {
            return Refusal.Invalid("File", e.Message);
        }

        var report = intake.Report(await FileRows.WordAsync(file.Path, cancellationToken));
        if (report is null) return intake.FirstFault is { } fault ? Refusal.Invalid("File", $"No row could be read; the first is {fault.Row}: {fault.Reason}.") : Refusal.Invalid("File", "The file holds no solutions.");
        if (!isStored) return report;
        if (report.Added == 0) return report;
        context.Attach(run);
        (run.ProgressDone, run.ProgressTotal) = (report.Added, report.Added);
        context.Audited(clock.GetUtcNow(), actor.UserId, projectId, "solutions.imported", nameof(Run), run.Id,
            now: new { Source = source.Value, report.Format, report.Added, report.NewProblems, report.Known, Contradictions = report.ContradictionCount, Faults = report.FaultCount });
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return report;
    }

    private static async Task ReadAsync(AnnotationIntake intake, AnnotationFile file, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        var layout = file.Format is { } format ? JudgedLayout.Of(format) : null;
        var batch = new List<(int Row, JudgedSolution Solution)>(Batch);
        var read = 0;
        await foreach (var (number, row, fault) in FileRows.ReadAsync(file.Path, cancellationToken))
        {
            if (row is null) intake.Fault(number, fault!);
            else
            {
                layout ??= JudgedLayout.Recognise(row) ?? throw new InvalidDataException($"The format is none that is known; the first row has {string.Join(", ", row.Fields.Keys.Take(20))}.");
                intake.Format = layout.Format;
                try
                {
                    batch.Add((number, layout.Read(row)));
                }
                catch (InvalidDataException e)
                {
                    intake.Fault(number, e.Message);
                }
            }

            if (++read % Batch == 0) progress?.Report(read);
            if (batch.Count < Batch) continue;
            await intake.TakeAsync(batch, cancellationToken);
            batch.Clear();
        }

        await intake.TakeAsync(batch, cancellationToken);
        progress?.Report(read);
    }

    private static async Task<string> Sha256Async(string path, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
    }
}
