using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Data;

namespace StepDpo.Core.Runs;

/// <summary>A device of a host that one run at a time may use.</summary>
public sealed class Slot
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>Name of the machine.</summary>
    public required string Host { get; init; }

    /// <summary>The device there: <c>cpu</c>, <c>cuda:0</c>.</summary>
    public required string Device { get; init; }

    /// <summary>The run that holds it, or null.</summary>
    public long? RunId { get; set; }

    /// <summary>Since when it is held.</summary>
    public DateTimeOffset? TakenAt { get; set; }

    /// <summary>When its host was last heard of.</summary>
    public required DateTimeOffset SeenAt { get; set; }
}

internal sealed class SlotConfiguration : IEntityTypeConfiguration<Slot>
{
    public void Configure(EntityTypeBuilder<Slot> builder)
    {
        builder.UpdatesOnly(s => s.RunId, s => s.TakenAt, s => s.SeenAt);
        builder.MayBeDeleted();
        builder.Property(s => s.Host).HasMaxLength(200);
        builder.Property(s => s.Device).HasMaxLength(40);
        builder.HasIndex(s => new { s.Host, s.Device }).IsUnique();
        builder.HasIndex(s => s.RunId).IsUnique();
        builder.HasOne<Run>().WithMany().HasForeignKey(s => s.RunId);
        builder.ToTable(table => table.HasCheckConstraint("ck_slot_taken", "(run_id IS NULL) = (taken_at IS NULL)"));
    }
}
