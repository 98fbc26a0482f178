using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Data;

namespace StepDpo.Core.Auditing;

/// <summary>
/// Makes signed digests. A digest covers only what is settled: it reads the highest keys, waits until every transaction that was
/// running then has ended, and then takes a snapshot. A key up to the highest that has no row by then never gets one.
/// </summary>
public sealed class AuditSigning(IDbContextFactory<StepDpoContext> contexts, AuditKeys keys, AuditOptions options, TimeProvider clock)
{
    private const long SigningLock = 0x41_75_64_69_74;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>Makes the digests that are due: as many rows as the settings say, or the last one old enough.</summary>
    /// <returns>How many were made.</returns>
    public Task<int> SignDueAsync(CancellationToken cancellationToken = default) => SignAsync(isDue: (rows, last) =>
        rows >= options.RowsPerDigest || (rows > 0 && (last is null || clock.GetUtcNow() - last.CreatedAt >= TimeSpan.FromHours(options.HoursPerDigest))), nextKey: null, cancellationToken);

    /// <summary>Signs every settled row that no digest covers yet.</summary>
    /// <returns>How many digests were made.</returns>
    public Task<int> SignAllAsync(CancellationToken cancellationToken = default) => SignAsync((rows, _) => rows > 0, nextKey: null, cancellationToken);

    /// <summary>Changes the key: the old one signs a last digest that names the new one, and is deleted.</summary>
    /// <returns>ID of the key that signs from now on.</returns>
    /// <exception cref="InvalidOperationException">Something else is signing, or transactions did not end in time; nothing was changed.</exception>
    public async Task<string> ChangeKeyAsync(CancellationToken cancellationToken = default)
    {
        await SignAllAsync(cancellationToken);
        var next = keys.Make();
        if (await SignAsync((_, last) => !Announces(last, next), next, cancellationToken) == 0)
            throw new InvalidOperationException("The key was not changed: something else is signing, or a transaction has been open for too long. Try again.");
        keys.Use(next);
        return next;
    }

    private static bool Announces(AuditDigest? last, string key) => last is not null && DigestText.Read(last.Text).NextKeyId == key;

    private async Task<int> SignAsync(Func<long, AuditDigest?, bool> isDue, string? nextKey, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var tables = Evidence.Tables(context);
        var highest = await EvidenceRows.HighestAsync(context, tables, cancellationToken);
        if (!await OthersHaveEndedAsync(context, cancellationToken)) return 0;
        var made = 0;
        while (await SignOneAsync(context, tables, highest, isDue, nextKey, cancellationToken)) made++;
        return made;
    }

    // As PostgreSQL itself waits before it builds an index concurrently: a running transaction holds a lock on its virtual number,
    // also before it has a real one, and may have taken a key that it has not used yet.
    private async Task<bool> OthersHaveEndedAsync(StepDpoContext context, CancellationToken cancellationToken)
    {
        var running = (await RunningAsync(context, cancellationToken)).ToHashSet();
        for (var waited = TimeSpan.Zero; running.Count > 0; waited += Look)
        {
            if (waited > options.PatienceWithOthers) return false;
            await Task.Delay(Look, clock, cancellationToken);
            running.IntersectWith(await RunningAsync(context, cancellationToken));
        }

        return true;
    }

    private static Task<List<string>> RunningAsync(StepDpoContext context, CancellationToken cancellationToken) => context.Database.SqlQuery<string>(
        $"""
        SELECT l.virtualtransaction AS "Value" FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'virtualxid' AND l.granted AND l.pid <> pg_backend_pid() AND a.usesysid IS NOT NULL
          AND a.datid = (SELECT oid FROM pg_database WHERE datname = current_database())
        """).ToListAsync(cancellationToken);

    private async Task<bool> SignOneAsync(
        StepDpoContext context, IReadOnlyList<EvidenceTable> tables, IReadOnlyDictionary<string, long> highest, Func<long, AuditDigest?, bool> isDue, string? nextKey, CancellationToken cancellationToken)
    {
        await using var transaction = await EvidenceRows.SnapshotAsync(context, cancellationToken);
        // Any number of sites may run; the one that comes second leaves it to the first.
        if (!await context.Database.SqlQuery<bool>($"SELECT pg_try_advisory_xact_lock({SigningLock}) AS \"Value\"").SingleAsync(cancellationToken)) return false;
        var last = await context.Set<AuditDigest>().AsNoTracking().OrderByDescending(d => d.Number).FirstOrDefaultAsync(cancellationToken);
        var covered = last is null ? [] : DigestText.Read(last.Text).Tables.ToDictionary(table => table.Table.Name, table => table.To);
        long waiting = 0;
        foreach (var table in tables)
            waiting += await EvidenceRows.CountAsync(context, table, covered.GetValueOrDefault(table.Name), To(table), cancellationToken);
        if (!isDue(waiting, last)) return false;

        var parts = new List<DigestTable>();
        var room = options.MaximumRows;
        foreach (var table in tables)
        {
            var (after, to) = (covered.GetValueOrDefault(table.Name), To(table));
            var rows = await EvidenceRows.ReadAsync(context, table, after, to, room, cancellationToken).ToListAsync(cancellationToken);
            var isFull = rows.Count == room;
            room -= rows.Count;
            parts.Add(new(table, after, isFull ? rows.LastOrDefault() is { Sha256: not null } end ? end.Id : after : to ?? after, rows));
        }

        using var key = keys.Current();
        var text = new DigestText((last?.Number ?? 0) + 1, last?.Sha256, clock.GetUtcNow(), key.Id, nextKey, parts).Write();
        var bytes = Encoding.UTF8.GetBytes(text);
        var digest = new AuditDigest
        {
            Number = (last?.Number ?? 0) + 1,
            Text = text,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)),
            Signature = key.Key.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence),
            KeyId = key.Id,
            CreatedAt = clock.GetUtcNow(),
        };
        context.Add(digest);
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.IsDuplicate())
        {
            // Another site's digest became visible between our snapshot and our lock.
            return false;
        }

        await transaction.CommitAsync(cancellationToken);
        context.ChangeTracker.Clear();
        if (last is not null && !File.Exists(CopyOf(last.Number))) Copy(last);
        Copy(digest);
        return true;

        long? To(EvidenceTable table) => highest.TryGetValue(table.Name, out var to) && !(covered.GetValueOrDefault(table.Name) > to) ? to : covered.GetValueOrDefault(table.Name);
    }

    /// <summary>Where a digest's text lies outside the database, with its signature beside it (<c>.sig</c>): a digest that is deleted from the database is missed there.</summary>
    internal string CopyOf(long number) => Path.Combine(options.Folder, "digests", string.Create(CultureInfo.InvariantCulture, $"{number:D8}.txt"));

    private void Copy(AuditDigest digest)
    {
        var path = CopyOf(digest.Number);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(Path.ChangeExtension(path, ".sig"), digest.Signature);
        File.WriteAllText(path + ".new", digest.Text);
        File.Move(path + ".new", path, overwrite: true);
    }
}
