using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Annotations;

/// <summary>Where an assignment stands.</summary>
public enum AssignmentState
{
    /// <summary>The annotator has it; it holds its place until the lease ends.</summary>
    Leased,

    /// <summary>Judged; it holds its place for good.</summary>
    Submitted,

    /// <summary>The lease ended or was given back; the place is free.</summary>
    Released,

    /// <summary>The annotator does not want it; it is not offered to them again.</summary>
    Skipped,
}

/// <summary>One annotator's claim on one of a solution's N places. N judgements are exact here, not in the queue's code.</summary>
public sealed class Assignment
{
    /// <summary>The place of a gold item's assignments: everybody may have one, beside the N.</summary>
    public const int Gold = 0;

    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>The solution.</summary>
    public required long SolutionId { get; init; }

    /// <summary>The solution.</summary>
    public Solution? Solution { get; init; }

    /// <summary>The annotator.</summary>
    public required Guid AnnotatorId { get; init; }

    /// <summary>The place, 1 to N; <see cref="Gold"/> where the solution is dealt out as a gold item.</summary>
    public required int Slot { get; set; }

    /// <summary>Where it stands.</summary>
    public required AssignmentState State { get; set; }

    /// <summary>Until when the place is kept.</summary>
    public required DateTimeOffset LeasedUntil { get; set; }

    /// <summary>When it was first claimed.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Concurrency token.</summary>
    public uint RowVersion { get; init; }
}

internal sealed class AssignmentConfiguration : IEntityTypeConfiguration<Assignment>
{
    public void Configure(EntityTypeBuilder<Assignment> builder)
    {
        builder.IsEvidence();
        builder.UpdatesOnly(a => a.Slot, a => a.State, a => a.LeasedUntil);
        builder.HasRowVersion(a => a.RowVersion);
        builder.HasAlternateKey(a => new { a.Id, a.SolutionId, a.AnnotatorId });
        builder.HasIndex(a => new { a.SolutionId, a.AnnotatorId }).IsUnique();
        builder.HasIndex(a => new { a.SolutionId, a.Slot }).IsUnique().HasFilter("state IN ('Leased', 'Submitted') AND slot > 0");
        builder.HasIndex(a => new { a.AnnotatorId, a.Id }, "ix_assignment_gold").HasFilter("slot = 0");
        builder.HasIndex(a => new { a.AnnotatorId, a.State, a.Id });
        builder.HasIndex(a => a.LeasedUntil).HasFilter("state = 'Leased'");
        builder.HasOne(a => a.Solution).WithMany().HasForeignKey(a => a.SolutionId);
        builder.HasOne<User>().WithMany().HasForeignKey(a => a.AnnotatorId);
        builder.ToTable(table => table.HasCheckConstraint("ck_assignment_slot", "slot BETWEEN 0 AND 9"));
    }
}
