using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Problems;

/// <summary>A file to import.</summary>
/// <param name="Content">Its bytes: JSONL or CSV, UTF-8, at most <see cref="ProblemReader.LargestFile"/>.</param>
/// <param name="Source">What the problems' source is called, such as <c>gsm8k</c>: the data set column of pairs.</param>
/// <param name="Mapping">Columns by name, or null to recognise the layout.</param>
/// <param name="AllOrNothing">Whether one bad line refuses the whole file; else the good lines are imported.</param>
/// <param name="Split">Where new problems go: benchmarks come as files of their own.</param>
public sealed record ImportFile(
    ReadOnlyMemory<byte> Content, string Source, ColumnMapping? Mapping = null, bool AllOrNothing = false, Split Split = Split.Pool);

/// <summary>What an import would do: the layout, the columns, the first rows, how many lines are new, known or bad, and each bad line.</summary>
public sealed record ImportPreview(ProblemFormat Format, IReadOnlyList<string> Columns, IReadOnlyList<ProblemRow> FirstRows, int New, int Known, IReadOnlyList<RowFault> Faults);

/// <summary>What an import did: problems added, lines whose problem was there already, and each bad line.</summary>
public sealed record ImportReport(int Added, int Known, IReadOnlyList<RowFault> Faults);

/// <summary>Brings problems into a project. The same file twice adds nothing.</summary>
public sealed class ProblemImport(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    private const int ShownRows = 5;

    /// <summary>Reads a file and says what an import would do. For leads.</summary>
    public async Task<Outcome<ImportPreview>> PreviewAsync(Actor actor, long projectId, ImportFile file, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var read = ProblemReader.Read(file.Content, file.Mapping);
        if (!read.Succeeded) return read.Refusal;
        var fresh = await FreshAsync(context, projectId, read.Value.Rows, cancellationToken);
        return new ImportPreview(
            read.Value.Format, read.Value.Columns, [.. read.Value.Rows.Take(ShownRows)], fresh.Count, read.Value.Rows.Count - fresh.Count, read.Value.Faults);
    }

    /// <summary>Imports a file: all good lines, or nothing where a line is bad and the file says so. For leads.</summary>
    public async Task<Outcome<ImportReport>> ImportAsync(Actor actor, long projectId, ImportFile file, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var source = Words.Needed("Source", "The source", file.Source, 200);
        if (!source.Succeeded) return source.Refusal;
        var read = ProblemReader.Read(file.Content, file.Mapping);
        if (!read.Succeeded) return read.Refusal;
        var (rows, faults) = (read.Value.Rows, read.Value.Faults);
        if (file.AllOrNothing && faults.Count > 0)
            return faults.Count == 1
                ? Refusal.Invalid("File", $"One line is bad, so nothing was imported; the first is line {faults[0].Line}: {faults[0].Reason}.")
                : Refusal.Invalid("File", $"{faults.Count} lines are bad, so nothing was imported; the first is line {faults[0].Line}: {faults[0].Reason}.");

        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        // Two imports of one file at once: the second waits and finds everything there.
        await context.Database.ExecuteSqlAsync($"SELECT 1 FROM project WHERE id = {projectId} FOR UPDATE", cancellationToken);
        var fresh = await FreshAsync(context, projectId, rows, cancellationToken);
        var now = clock.GetUtcNow();
        foreach (var chunk in fresh.Chunk(1000)) await StoreAsync(context, actor, projectId, source.Value, file.Split, chunk, now, cancellationToken);
        context.Audited(now, actor.UserId, projectId, "problems.imported", nameof(Project), projectId,
            now: new { Source = source.Value, Sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file.Content.Span)), Added = fresh.Count });
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new ImportReport(fresh.Count, rows.Count - fresh.Count, faults);
    }

    private static async Task StoreAsync(
        StepDpoContext context, Actor actor, long projectId, string source, Split split, ProblemRow[] rows, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Problem[] problems = [.. rows.Select(row => new Problem
        {
            ProjectId = projectId,
            Statement = row.Statement,
            StatementSha256 = row.StatementSha256,
            Answer = row.Answer,
            WorkedSolution = row.WorkedSolution,
            Source = source,
            Split = split,
            SourceId = row.SourceId,
            CreatedAt = now,
        })];
        context.AddRange(problems);
        await context.SaveChangesAsync(cancellationToken);
        context.AddRange(problems.Select(problem => new ReferenceAnswer
        {
            ProblemId = problem.Id,
            Version = 1,
            Answer = problem.Answer,
            CreatedById = actor.UserId,
            CreatedAt = now,
        }));
        await context.SaveChangesAsync(cancellationToken);
        context.ChangeTracker.Clear();
    }

    // The first line of each statement that the project does not hold yet.
    private static async Task<List<ProblemRow>> FreshAsync(StepDpoContext context, long projectId, IReadOnlyList<ProblemRow> rows, CancellationToken cancellationToken)
    {
        var known = await context.Set<Problem>().Where(p => p.ProjectId == projectId).Select(p => p.StatementSha256).ToHashSetAsync(cancellationToken);
        return [.. rows.Where(row => known.Add(row.StatementSha256))];
    }
}
