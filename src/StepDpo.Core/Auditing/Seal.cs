using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Data;

namespace StepDpo.Core.Auditing;

/// <summary>The newest signed digest, and how far into the audit it and those before it reach.</summary>
/// <param name="Number">Its number: how many digests there are.</param>
/// <param name="MadeAt">When it was signed.</param>
/// <param name="KeyId">The key that signed it.</param>
/// <param name="LastEvent">Key of the last audit event that is signed, or null for none.</param>
public sealed record Seal(long Number, DateTimeOffset MadeAt, string KeyId, long? LastEvent)
{
    // The line of the digest's own text, so that nothing else has to be kept in step with it.
    private const string Line = "(?n)^table audit_event [^ ]+ ([0-9]+) ";

    /// <summary>Reads it; null while nothing has been signed.</summary>
    public static Task<Seal?> NewestAsync(StepDpoContext context, CancellationToken cancellationToken = default) =>
        context.Database.SqlQuery<Seal>($"SELECT number, created_at AS made_at, key_id, substring(text FROM {Line})::bigint AS last_event FROM audit_digest ORDER BY number DESC LIMIT 1")
            .SingleOrDefaultAsync(cancellationToken);
}
