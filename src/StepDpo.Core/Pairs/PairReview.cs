using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;

namespace StepDpo.Core.Pairs;

/// <summary>
/// A further reviewer's word on a candidate, given without knowing what the first one decided. Never updated: of each person the last
/// row on a pair's candidate counts, and none where that is <see cref="ReviewDecision.Reopened"/>.
/// </summary>
public sealed class PairReview
{
    /// <summary>Key; rises with time.</summary>
    public long Id { get; init; }

    /// <summary>The pair whose second review this is.</summary>
    public required long PairId { get; init; }

    /// <summary>The candidate: the pair's winner, or another one that was shown with it so that the winner could not be guessed.</summary>
    public required long RectificationId { get; init; }

    /// <summary>Who.</summary>
    public required Guid ReviewerId { get; init; }

    /// <summary>The decision.</summary>
    public required ReviewDecision Decision { get; init; }

    /// <summary>Why; only with <see cref="ReviewDecision.Rejected"/>.</summary>
    public RejectReason? Reason { get; init; }

    /// <summary>What the reviewer adds.</summary>
    public string Note { get; init; } = "";

    /// <summary>Milliseconds at work; in the first row of a call.</summary>
    public int ActiveMilliseconds { get; init; }

    /// <summary>The settings and guidelines that the reviewer saw.</summary>
    public required long RevisionId { get; init; }

    /// <summary>Key that the browser gave this call: sent twice, it is stored once.</summary>
    public required Guid ClientKey { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The words that count.</summary>
    public static IQueryable<PairReview> Counting(StepDpoContext context)
    {
        var all = context.Set<PairReview>();
        return all.Where(r => r.Decision != ReviewDecision.Reopened
            && !all.Any(later => later.PairId == r.PairId && later.RectificationId == r.RectificationId && later.ReviewerId == r.ReviewerId && later.Id > r.Id));
    }
}

internal sealed class PairReviewConfiguration : IEntityTypeConfiguration<PairReview>
{
    public void Configure(EntityTypeBuilder<PairReview> builder)
    {
        builder.IsEvidence();
        builder.AppendOnly();
        builder.Property(r => r.Note).HasMaxLength(4000);
        builder.HasIndex(r => new { r.ClientKey, r.RectificationId }).IsUnique();
        builder.HasIndex(r => new { r.PairId, r.RectificationId, r.ReviewerId, r.Id });
        builder.HasIndex(r => new { r.ReviewerId, r.Id });
        builder.HasOne<PreferencePair>().WithMany().HasForeignKey(r => r.PairId);
        builder.HasOne<Rectification>().WithMany().HasForeignKey(r => r.RectificationId);
        builder.HasOne<User>().WithMany().HasForeignKey(r => r.ReviewerId);
        builder.HasOne<ProjectRevision>().WithMany().HasForeignKey(r => r.RevisionId);
        builder.ToTable(table =>
        {
            table.HasCheckConstraint("ck_pair_review_reason", "(decision = 'Rejected') = (reason IS NOT NULL)");
            table.HasCheckConstraint("ck_pair_review_other", "coalesce(reason, '') <> 'Other' OR note <> ''");
            table.HasCheckConstraint("ck_pair_review_active", "active_milliseconds >= 0");
        });
    }
}
