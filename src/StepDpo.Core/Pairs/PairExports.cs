using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;

namespace StepDpo.Core.Pairs;

/// <summary>Which pairs an export holds. Withdrawn pairs are never in, nor those whose second review is open.</summary>
public sealed record ExportOptions
{
    /// <summary>Whether winners in people's own words are in: they are out of distribution.</summary>
    public bool IncludesWritten { get; init; }

    /// <summary>Whether imported pairs are in.</summary>
    public bool IncludesImported { get; init; } = true;

    /// <summary>Only pairs of this data set; null for all.</summary>
    public string? Dataset { get; init; }

    /// <summary>Only pairs whose winner this model sampled: in distribution for its training; null for all.</summary>
    public long? WinnerModelId { get; init; }

    /// <summary>No pair of a problem that this export holds: it is held out for validation; null leaves nothing out.</summary>
    public long? HeldOutExportId { get; init; }
}

/// <summary>
/// Makes files of pairs: UTF-8 without BOM, LF, fixed key order, rows in the order of their hashes. The same members always give the
/// same bytes, so an export keeps only its membership and its hash, and is written anew whenever it is read.
/// </summary>
public sealed class PairExports(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    private const int Batch = 1000;

    /// <summary>Fixes the members of a new export.</summary>
    public async Task<Outcome<Export>> CreateAsync(Actor actor, long projectId, ExportOptions options, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;

        // One snapshot: a pair that is withdrawn meanwhile is in or out, not half.
        await using var transaction = await context.Database.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        var members = await Members(context, projectId, options).Select(p => new { p.Id, p.Sha256 }).ToListAsync(cancellationToken);
        if (members.Count == 0) return Refusal.Conflict("There is no pair to export.");
        var ids = members.OrderBy(member => member.Sha256, StringComparer.Ordinal).ThenBy(member => member.Id).Select(member => member.Id).ToList();

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long bytes = 0;
        await foreach (var line in LinesAsync(context, ids, cancellationToken))
        {
            hash.AppendData(line);
            bytes += line.Length;
        }

        var export = new Export
        {
            ProjectId = projectId,
            Options = JsonSerializer.Serialize(options, RunJson.Line),
            PairCount = ids.Count,
            ByteCount = bytes,
            Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset()),
            CreatedById = actor.UserId,
            CreatedAt = clock.GetUtcNow(),
        };
        context.Add(export);
        await context.SaveChangesAsync(cancellationToken);
        context.AddRange(ids.Select((id, position) => new ExportPair { ExportId = export.Id, Position = position, PairId = id, ProjectId = projectId }));
        context.Add(new AuditEvent
        {
            At = export.CreatedAt,
            ActorId = actor.UserId,
            ProjectId = projectId,
            Action = "pairs.exported",
            Subject = nameof(Export),
            SubjectId = $"{export.Id}",
            New = JsonSerializer.Serialize(new { export.PairCount, export.Sha256 }),
        });
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return export;
    }

    /// <summary>Writes an export's file; the bytes have the hash that it was made with.</summary>
    /// <exception cref="InvalidDataException">They have not, which means that a pair was changed behind the schema's back.</exception>
    public async Task<Outcome<Export>> WriteAsync(Actor actor, long exportId, Stream target, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (await context.Set<Export>().AsNoTracking().SingleOrDefaultAsync(e => e.Id == exportId, cancellationToken) is not { } export) return Refusal.NotFound("There is no such export.");
        var role = await Membership.RequireAsync(context, actor, export.ProjectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;

        var ids = await context.Set<ExportPair>().Where(p => p.ExportId == exportId).OrderBy(p => p.Position).Select(p => p.PairId).ToListAsync(cancellationToken);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await foreach (var line in LinesAsync(context, ids, cancellationToken))
        {
            hash.AppendData(line);
            await target.WriteAsync(line, cancellationToken);
        }

        var sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (sha256 != export.Sha256) throw new InvalidDataException($"export {exportId}: found bytes with SHA-256 {sha256}, wanted {export.Sha256}");
        return export;
    }

    /// <summary>The project's exports, newest first.</summary>
    public async Task<Outcome<IReadOnlyList<Export>>> ListAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        return await context.Set<Export>().AsNoTracking().Where(e => e.ProjectId == projectId).OrderByDescending(e => e.Id).Take(200).ToListAsync(cancellationToken);
    }

    /// <summary>How many pairs an export with these options would hold now, and how many of them this model sampled the winners of.</summary>
    public async Task<Outcome<(int Pairs, int InDistribution)>> CountAsync(Actor actor, long projectId, ExportOptions options, long? modelId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var members = Members(context, projectId, options);
        return (await members.CountAsync(cancellationToken), await members.CountAsync(p => p.WinnerModelId == modelId && modelId != null, cancellationToken));
    }

    internal static IQueryable<PreferencePair> Members(StepDpoContext context, long projectId, ExportOptions options) => context.Set<PreferencePair>()
        .Where(p => p.ProjectId == projectId && !context.Set<PairWithdrawal>().Any(w => w.PairId == p.Id))
        .Where(p => !p.NeedsSecond || PairReview.Counting(context).Any(r => r.PairId == p.Id && r.RectificationId == p.RectificationId && r.Decision == ReviewDecision.Approved))
        .Where(p => options.IncludesWritten || p.Origin == RectificationOrigin.Sampled)
        .Where(p => options.IncludesImported || p.RectificationId != null)
        .Where(p => options.Dataset == null || p.Dataset == options.Dataset)
        .Where(p => options.WinnerModelId == null || p.WinnerModelId == options.WinnerModelId)
        .Where(p => options.HeldOutExportId == null || !context.Set<ExportPair>()
            .Where(e => e.ExportId == options.HeldOutExportId)
            .Join(context.Set<PreferencePair>(), e => e.PairId, held => held.Id, (_, held) => held.StatementSha256)
            .Contains(p.StatementSha256));

    private static async IAsyncEnumerable<byte[]> LinesAsync(
        StepDpoContext context, List<long> ids, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var batch in ids.Chunk(Batch))
        {
            var pairs = await context.Set<PreferencePair>().AsNoTracking().Where(p => batch.Contains(p.Id)).ToDictionaryAsync(p => p.Id, cancellationToken);
            foreach (var id in batch) yield return Encoding.UTF8.GetBytes(pairs[id].ToExample().ToJsonLine() + "\n");
        }
    }
}
