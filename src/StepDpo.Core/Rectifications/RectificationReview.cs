using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Rectifications;

/// <summary>What a reviewer decides.</summary>
public enum ReviewDecision
{
    /// <summary>It becomes a pair's winning step.</summary>
    Approved,

    /// <summary>It does not.</summary>
    Rejected,

    /// <summary>An earlier decision is taken back: the candidate is proposed again.</summary>
    Reopened,
}

/// <summary>Why a candidate is rejected.</summary>
public enum RejectReason
{
    /// <summary>The answer is right, the step is not.</summary>
    RightAnswerWrongStep,

    /// <summary>It leaves out what must be shown.</summary>
    SkipsWork,

    /// <summary>It only repeats what stands before it.</summary>
    Restates,

    /// <summary>Something else; the note says what.</summary>
    Other,
}

/// <summary>One decision on a candidate. Never updated.</summary>
public sealed class RectificationReview
{
    /// <summary>Key; rises with time. A candidate's last review counts.</summary>
    public long Id { get; init; }

    /// <summary>The candidate.</summary>
    public required long RectificationId { get; init; }

    /// <summary>Who decided; null where the installation did (a reopened k, a corrected answer).</summary>
    public Guid? ReviewerId { get; init; }

    /// <summary>The decision.</summary>
    public required ReviewDecision Decision { get; init; }

    /// <summary>Why; only with <see cref="ReviewDecision.Rejected"/>.</summary>
    public RejectReason? Reason { get; init; }

    /// <summary>What the reviewer adds.</summary>
    public string Note { get; init; } = "";

    /// <summary>Milliseconds at work.</summary>
    public int ActiveMilliseconds { get; init; }

    /// <summary>The settings and guidelines that the reviewer saw.</summary>
    public required long RevisionId { get; init; }

    /// <summary>Key that the browser gave this decision: sent twice, it is stored once.</summary>
    public required Guid ClientKey { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class RectificationReviewConfiguration : IEntityTypeConfiguration<RectificationReview>
{
    public void Configure(EntityTypeBuilder<RectificationReview> builder)
    {
        builder.AppendOnly();
        builder.IsEvidence();
        builder.Property(r => r.Note).HasMaxLength(4000);
        builder.HasIndex(r => r.ClientKey).IsUnique();
        builder.HasIndex(r => new { r.RectificationId, r.Id });
        builder.HasIndex(r => new { r.ReviewerId, r.Id });
        builder.HasOne<Rectification>().WithMany().HasForeignKey(r => r.RectificationId);
        builder.HasOne<User>().WithMany().HasForeignKey(r => r.ReviewerId);
        builder.HasOne<ProjectRevision>().WithMany().HasForeignKey(r => r.RevisionId);
        builder.ToTable(table =>
        {
            table.HasCheckConstraint("ck_rectification_review_reason", "(decision = 'Rejected') = (reason IS NOT NULL)");
            table.HasCheckConstraint("ck_rectification_review_other", "coalesce(reason, '') <> 'Other' OR note <> ''");
            table.HasCheckConstraint("ck_rectification_review_person", "decision = 'Reopened' OR reviewer_id IS NOT NULL");
            table.HasCheckConstraint("ck_rectification_review_active", "active_milliseconds >= 0");
        });
    }
}
