using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Data;

namespace StepDpo.Core.Auditing;

/// <summary>
/// A signed list of what the evidence tables held: a hash for each row, and the hash of the digest before. Whoever changes, removes
/// or slips in a row later cannot make the signature again without the key, which lies outside the database.
/// </summary>
public sealed class AuditDigest
{
    /// <summary>1, 2, … without a gap.</summary>
    public required long Number { get; init; }

    /// <summary>The list as <see cref="DigestText"/> writes it.</summary>
    public required string Text { get; init; }

    /// <summary>Lower-case hex SHA-256 of the text: the next digest names it.</summary>
    public required string Sha256 { get; init; }

    /// <summary>ECDSA P-256 with SHA-256 over the text's UTF-8 bytes, DER.</summary>
    public required byte[] Signature { get; init; }

    /// <summary>The key that signed (<see cref="AuditKeys"/>).</summary>
    public required string KeyId { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class AuditDigestConfiguration : IEntityTypeConfiguration<AuditDigest>
{
    public void Configure(EntityTypeBuilder<AuditDigest> builder)
    {
        builder.AppendOnly();
        builder.HasKey(d => d.Number);
        builder.Property(d => d.Number).ValueGeneratedNever();
        builder.Property(d => d.Sha256).HasMaxLength(64);
        builder.Property(d => d.KeyId).HasMaxLength(16);
        builder.ToTable(table => table.HasCheckConstraint("ck_audit_digest_number", "number >= 1"));
    }
}
