using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Annotations;

/// <summary>A question to the leads about a solution, asked by an annotator who keeps the solution and may judge it meanwhile.</summary>
public sealed class Flag
{
    /// <summary>Longest question and longest answer, in characters.</summary>
    public const int Longest = 2000;

    /// <summary>Key; rises with time.</summary>
    public long Id { get; init; }

    /// <summary>The solution.</summary>
    public required long SolutionId { get; init; }

    /// <summary>The solution.</summary>
    public Solution? Solution { get; init; }

    /// <summary>The step that it is about, or null for the whole.</summary>
    public int? Step { get; init; }

    /// <summary>The annotator who asks.</summary>
    public required Guid AskedById { get; init; }

    /// <summary>The annotator who asks.</summary>
    public User? AskedBy { get; init; }

    /// <summary>The question.</summary>
    public required string Question { get; init; }

    /// <summary>Key that the browser gave this question: sent twice, it is stored once.</summary>
    public required Guid ClientKey { get; init; }

    /// <summary>When it was asked.</summary>
    public required DateTimeOffset AskedAt { get; init; }

    /// <summary>A lead's answer, or null while the flag is open.</summary>
    public string? Answer { get; set; }

    /// <summary>Who answered.</summary>
    public Guid? AnsweredById { get; set; }

    /// <summary>Who answered.</summary>
    public User? AnsweredBy { get; init; }

    /// <summary>When it was answered.</summary>
    public DateTimeOffset? AnsweredAt { get; set; }

    /// <summary>When the asker said that they have read the answer.</summary>
    public DateTimeOffset? ReadAt { get; set; }
}

internal sealed class FlagConfiguration : IEntityTypeConfiguration<Flag>
{
    public void Configure(EntityTypeBuilder<Flag> builder)
    {
        builder.IsEvidence();
        builder.UpdatesOnly(f => f.Answer, f => f.AnsweredById, f => f.AnsweredAt, f => f.ReadAt);
        builder.Property(f => f.Question).HasMaxLength(Flag.Longest);
        builder.Property(f => f.Answer).HasMaxLength(Flag.Longest);
        builder.HasIndex(f => f.ClientKey).IsUnique();
        builder.HasIndex(f => f.SolutionId, "ix_flag_open").HasFilter("answered_at IS NULL");
        builder.HasIndex(f => new { f.AskedById, f.ReadAt });
        builder.HasOne(f => f.Solution).WithMany().HasForeignKey(f => f.SolutionId);
        builder.HasOne(f => f.AskedBy).WithMany().HasForeignKey(f => f.AskedById);
        builder.HasOne(f => f.AnsweredBy).WithMany().HasForeignKey(f => f.AnsweredById);
        builder.ToTable(table =>
        {
            table.HasCheckConstraint("ck_flag_step", "step >= 1");
            table.HasCheckConstraint("ck_flag_answered", "(answer IS NULL) = (answered_at IS NULL) AND (answer IS NULL) = (answered_by_id IS NULL)");
            table.HasCheckConstraint("ck_flag_read", "read_at IS NULL OR answered_at IS NOT NULL");
        });
    }
}
