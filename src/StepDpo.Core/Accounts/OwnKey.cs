using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Data;

namespace StepDpo.Core.Accounts;

/// <summary>A key of a work page that a person has put elsewhere.</summary>
public sealed class OwnKey
{
    /// <summary>Whose.</summary>
    public required Guid UserId { get; init; }

    /// <summary>The page, as <see cref="WorkKeys"/> names it.</summary>
    public required string Page { get; init; }

    /// <summary>What the key does, named by the key that the page gives it: <c>u</c> for undo.</summary>
    public required string Action { get; init; }

    /// <summary>The person's key for it.</summary>
    public required string Key { get; set; }
}

internal sealed class OwnKeyConfiguration : IEntityTypeConfiguration<OwnKey>
{
    public void Configure(EntityTypeBuilder<OwnKey> builder)
    {
        builder.UpdatesOnly(k => k.Key);
        builder.MayBeDeleted();
        builder.HasKey(k => new { k.UserId, k.Page, k.Action });
        builder.HasIndex(k => new { k.UserId, k.Page, k.Key }).IsUnique();
        builder.Property(k => k.Page).HasMaxLength(40);
        builder.Property(k => k.Action).HasMaxLength(8);
        builder.Property(k => k.Key).HasMaxLength(8);
        builder.HasOne<User>().WithMany().HasForeignKey(k => k.UserId);
    }
}
