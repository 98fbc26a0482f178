using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Data;

namespace StepDpo.Core.Accounts;

/// <summary>What a one-time link is for.</summary>
public enum OneTimeLinkPurpose
{
    /// <summary>A new person chooses their first password.</summary>
    Invitation,

    /// <summary>A person who lost their password chooses another.</summary>
    Reset,
}

/// <summary>A link that lets its bearer choose a password once. It is shown to an admin, who passes it on: no mail is needed.</summary>
public sealed class OneTimeLink
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>Whose password.</summary>
    public required Guid UserId { get; init; }

    /// <summary>What for.</summary>
    public required OneTimeLinkPurpose Purpose { get; init; }

    /// <summary>Lower-case hex SHA-256 of the token in the link; the token itself is not stored.</summary>
    public required string TokenSha256 { get; init; }

    /// <summary>Who made it.</summary>
    public Guid? CreatedById { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Until when it works.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When it was used, or made void by a newer link.</summary>
    public DateTimeOffset? ClosedAt { get; set; }
}

internal sealed class OneTimeLinkConfiguration : IEntityTypeConfiguration<OneTimeLink>
{
    public void Configure(EntityTypeBuilder<OneTimeLink> builder)
    {
        builder.UpdatesOnly(l => l.ClosedAt);
        builder.Property(l => l.TokenSha256).HasMaxLength(64);
        builder.HasIndex(l => l.TokenSha256).IsUnique();
        builder.HasIndex(l => l.UserId).IsUnique().HasFilter("closed_at IS NULL");
        builder.HasOne<User>().WithMany().HasForeignKey(l => l.UserId);
        builder.HasOne<User>().WithMany().HasForeignKey(l => l.CreatedById);
    }
}
