using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Rectifications;

/// <summary>Whose words a candidate is made of.</summary>
public enum RectificationOrigin
{
    /// <summary>A model's, as sampled: in distribution.</summary>
    Sampled,

    /// <summary>A person's: out of distribution, left out of exports unless asked for.</summary>
    Written,
}

/// <summary>Where a candidate stands.</summary>
public enum RectificationState
{
    /// <summary>Waits for review.</summary>
    Proposed,

    /// <summary>A pair was made of it.</summary>
    Approved,

    /// <summary>Refused by a reviewer.</summary>
    Rejected,
}

/// <summary>
/// A candidate for the winning step: a distinct first step of a prefix's continuations with a right answer. How often it was
/// sampled, and the whole text (the lowest run and index), are queries over <see cref="Continuation"/> by hash.
/// </summary>
public sealed class Rectification
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>Where it starts.</summary>
    public required long PrefixId { get; init; }

    /// <summary>The prefix.</summary>
    public Prefix? Prefix { get; init; }

    /// <summary>The step as sampled, with its leading space (<see cref="FirstStep.Of"/>).</summary>
    public required string StepText { get; init; }

    /// <summary>Lower-case hex SHA-256 of it.</summary>
    public required string StepSha256 { get; init; }

    /// <summary>Whose words.</summary>
    public required RectificationOrigin Origin { get; init; }

    /// <summary>Who wrote it; only with <see cref="RectificationOrigin.Written"/>.</summary>
    public Guid? WrittenById { get; init; }

    /// <summary>Where it stands.</summary>
    public RectificationState State { get; set; } = RectificationState.Proposed;

    /// <summary>When it was proposed.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Concurrency token.</summary>
    public uint RowVersion { get; init; }
}

internal sealed class RectificationConfiguration : IEntityTypeConfiguration<Rectification>
{
    public void Configure(EntityTypeBuilder<Rectification> builder)
    {
        builder.IsEvidence();
        builder.UpdatesOnly(r => r.State);
        builder.HasRowVersion(r => r.RowVersion);
        builder.Property(r => r.StepSha256).HasMaxLength(64);
        builder.HasIndex(r => new { r.PrefixId, r.StepSha256 }).IsUnique();
        builder.HasIndex(r => r.PrefixId, "ix_rectification_proposed").HasFilter("state = 'Proposed'");
        builder.HasOne(r => r.Prefix).WithMany().HasForeignKey(r => r.PrefixId);
        builder.HasOne<User>().WithMany().HasForeignKey(r => r.WrittenById);
        builder.ToTable(table => table.HasCheckConstraint("ck_rectification_written", "(origin = 'Written') = (written_by_id IS NOT NULL)"));
    }
}
