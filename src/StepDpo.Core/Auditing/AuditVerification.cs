using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Data;

namespace StepDpo.Core.Auditing;

/// <summary>What is wrong with a row or a digest.</summary>
public enum AuditFault
{
    /// <summary>The row's words are not those that were signed.</summary>
    RowChanged,

    /// <summary>A signed row is gone.</summary>
    RowMissing,

    /// <summary>A row stands where none was when the digest was signed.</summary>
    RowAdded,

    /// <summary>The digest itself was changed, or signed by somebody else.</summary>
    DigestChanged,

    /// <summary>A digest is gone.</summary>
    DigestMissing,
}

/// <summary>Something that is not as it was signed.</summary>
/// <param name="Fault">What.</param>
/// <param name="Digest">Number of the digest that says so.</param>
/// <param name="Table">The table, or null where it is the digest.</param>
/// <param name="Id">The row's key, or null where it is the digest.</param>
/// <param name="Words">In a sentence.</param>
public sealed record AuditFinding(AuditFault Fault, long Digest, string? Table, long? Id, string Words);

/// <summary>What a verification saw.</summary>
/// <param name="Digests">Digests read.</param>
/// <param name="Rows">Rows compared.</param>
/// <param name="Unsigned">Rows that no digest covers yet.</param>
/// <param name="Findings">Everything that is not as it was signed; empty when all is well.</param>
public sealed record AuditReport(long Digests, long Rows, long Unsigned, IReadOnlyList<AuditFinding> Findings);

/// <summary>Compares the database with its signed digests.</summary>
public sealed class AuditVerification(IDbContextFactory<StepDpoContext> contexts, AuditKeys keys, AuditOptions options)
{
    /// <summary>Checks every signature, the chain of digests and every covered row; changes nothing.</summary>
    public async Task<AuditReport> VerifyAsync(CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await EvidenceRows.SnapshotAsync(context, cancellationToken);
        var findings = new List<AuditFinding>();
        long rows = 0;
        DigestText? before = null;
        string? hashBefore = null;
        var numbers = await context.Set<AuditDigest>().OrderBy(d => d.Number).Select(d => d.Number).ToListAsync(cancellationToken);
        foreach (var number in numbers)
        {
            var digest = await context.Set<AuditDigest>().AsNoTracking().SingleAsync(d => d.Number == number, cancellationToken);
            var text = Signed(digest, findings);
            if (text is not null)
            {
                CheckPlace(text, digest, before, hashBefore, findings);
                foreach (var table in text.Tables) rows += await CompareAsync(context, number, table, findings, cancellationToken);
            }

            (before, hashBefore) = (text, digest.Sha256);
        }

        FindCopiesWithoutDigest(numbers, findings);
        return new(numbers.Count, rows, await UnsignedAsync(context, before, cancellationToken), findings);
    }

    // The text, if a key that we know signed it.
    private DigestText? Signed(AuditDigest digest, List<AuditFinding> findings)
    {
        var bytes = Encoding.UTF8.GetBytes(digest.Text);
        using var key = keys.Public(digest.KeyId);
        var why = key is null ? $"the public key {digest.KeyId} is not in {options.Folder}"
            : !key.VerifyData(bytes, digest.Signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence) ? $"the signature of key {digest.KeyId} does not fit its text"
            : Convert.ToHexStringLower(SHA256.HashData(bytes)) != digest.Sha256 ? "its hash does not fit its text"
            : null;
        if (why is null) return DigestText.Read(digest.Text);
        findings.Add(new(AuditFault.DigestChanged, digest.Number, null, null, $"digest {digest.Number}: {why}; what it covers cannot be checked"));
        return null;
    }

    private static void CheckPlace(DigestText text, AuditDigest digest, DigestText? before, string? hashBefore, List<AuditFinding> findings)
    {
        if (text.Number != digest.Number) Add(AuditFault.DigestChanged, $"its text is that of digest {text.Number}");
        if (text.KeyId != digest.KeyId) Add(AuditFault.DigestChanged, $"its text names key {text.KeyId}, and key {digest.KeyId} signed");
        if (text.Previous != hashBefore) Add(AuditFault.DigestMissing, $"it follows a digest with hash {text.Previous ?? "-"}, and the one before it here has {hashBefore ?? "none"}");
        // Where the one before could not be read, only its hash is compared.
        if (before is null) return;
        if (text.KeyId != before.KeyId && text.KeyId != before.NextKeyId) Add(AuditFault.DigestChanged, $"key {text.KeyId} signed it, which the digest before does not name");

        void Add(AuditFault fault, string words) => findings.Add(new(fault, digest.Number, null, null, $"digest {digest.Number}: {words}"));
    }

    private static async Task<long> CompareAsync(StepDpoContext context, long digest, DigestTable signed, List<AuditFinding> findings, CancellationToken cancellationToken)
    {
        var gone = signed.Table.Columns.Except(await EvidenceRows.ColumnsAsync(context, signed.Table.Name, cancellationToken)).ToList();
        if (gone.Count > 0)
        {
            findings.Add(new(AuditFault.RowChanged, digest, signed.Table.Name, null, $"digest {digest}: table {signed.Table.Name} no longer has {string.Join(", ", gone)}; its rows cannot be checked"));
            return 0;
        }

        var next = 0;
        await foreach (var row in EvidenceRows.ReadAsync(context, signed.Table, signed.After, signed.To, cancellationToken: cancellationToken))
        {
            for (; next < signed.Rows.Count && signed.Rows[next].Id < row.Id; next++) Add(AuditFault.RowMissing, signed.Rows[next].Id, "is gone");
            if (next == signed.Rows.Count || signed.Rows[next].Id != row.Id) Add(AuditFault.RowAdded, row.Id, "was not there");
            else if (signed.Rows[next++].Sha256 != row.Sha256) Add(AuditFault.RowChanged, row.Id, "was changed");
        }

        for (; next < signed.Rows.Count; next++) Add(AuditFault.RowMissing, signed.Rows[next].Id, "is gone");
        return signed.Rows.Count;

        void Add(AuditFault fault, long id, string what) =>
            findings.Add(new(fault, digest, signed.Table.Name, id, $"table {signed.Table.Name}, id {id}: {(fault == AuditFault.RowAdded ? $"{what} when digest {digest} was signed" : $"{what} since digest {digest} was signed")}"));
    }

    // A digest that was deleted at the end of the chain leaves no trace in the database, but its copy stays.
    private void FindCopiesWithoutDigest(List<long> numbers, List<AuditFinding> findings)
    {
        var folder = Path.Combine(options.Folder, "digests");
        if (!Directory.Exists(folder)) return;
        var copies = Directory.EnumerateFiles(folder, "*.txt").Select(file => long.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0);
        foreach (var number in copies.Where(number => number > 0).Except(numbers).Order())
            findings.Add(new(AuditFault.DigestMissing, number, null, null, $"digest {number}: it is gone from the database; its copy lies in {folder}"));
    }

    private static async Task<long> UnsignedAsync(StepDpoContext context, DigestText? last, CancellationToken cancellationToken)
    {
        var covered = last?.Tables.ToDictionary(table => table.Table.Name, table => table.To) ?? [];
        long unsigned = 0;
        foreach (var table in Evidence.Tables(context)) unsigned += await EvidenceRows.CountAsync(context, table, covered.GetValueOrDefault(table.Name), long.MaxValue, cancellationToken);
        return unsigned;
    }
}
