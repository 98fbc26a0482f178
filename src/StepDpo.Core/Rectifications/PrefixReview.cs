using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Rectifications;

/// <summary>What a reviewer decides about a prefix as a whole.</summary>
public enum PrefixDecision
{
    /// <summary>No candidate is good: the next rectification run samples more, at the temperature named or at the project's.</summary>
    SampleMore,

    /// <summary>No pair will come of it.</summary>
    Discard,

    /// <summary>A step before k is wrong already: the first error is open again.</summary>
    Reopen,

    /// <summary>A person has written a step.</summary>
    Write,

    /// <summary>An earlier decision of the same person is taken back.</summary>
    TakenBack,
}

/// <summary>One decision on a prefix as a whole. Never updated.</summary>
public sealed class PrefixReview
{
    /// <summary>Key; rises with time.</summary>
    public long Id { get; init; }

    /// <summary>The solution.</summary>
    public required long SolutionId { get; init; }

    /// <summary>Its prefix; null where the verdict that was reopened named no step.</summary>
    public long? PrefixId { get; init; }

    /// <summary>Who decided.</summary>
    public required Guid ReviewerId { get; init; }

    /// <summary>The decision.</summary>
    public required PrefixDecision Decision { get; init; }

    /// <summary>What the next run samples this prefix at; null: at the project's temperature. Only with <see cref="PrefixDecision.SampleMore"/>.</summary>
    public double? Temperature { get; init; }

    /// <summary>The step that was written; only with <see cref="PrefixDecision.Write"/>.</summary>
    public long? RectificationId { get; init; }

    /// <summary>The decision that is taken back; only with <see cref="PrefixDecision.TakenBack"/>.</summary>
    public long? TakesBackId { get; init; }

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

internal sealed class PrefixReviewConfiguration : IEntityTypeConfiguration<PrefixReview>
{
    public void Configure(EntityTypeBuilder<PrefixReview> builder)
    {
        builder.IsEvidence();
        builder.AppendOnly();
        builder.Property(r => r.Note).HasMaxLength(4000);
        builder.HasIndex(r => r.ClientKey).IsUnique();
        builder.HasIndex(r => r.TakesBackId).IsUnique();
        builder.HasIndex(r => new { r.SolutionId, r.Id });
        builder.HasIndex(r => new { r.PrefixId, r.Id });
        builder.HasIndex(r => new { r.ReviewerId, r.Id });
        builder.HasOne<Solution>().WithMany().HasForeignKey(r => r.SolutionId);
        builder.HasOne<Prefix>().WithMany().HasForeignKey(r => r.PrefixId);
        builder.HasOne<User>().WithMany().HasForeignKey(r => r.ReviewerId);
        builder.HasOne<Rectification>().WithMany().HasForeignKey(r => r.RectificationId);
        builder.HasOne<PrefixReview>().WithMany().HasForeignKey(r => r.TakesBackId);
        builder.HasOne<ProjectRevision>().WithMany().HasForeignKey(r => r.RevisionId);
        builder.ToTable(table =>
        {
            table.HasCheckConstraint("ck_prefix_review_temperature", "temperature IS NULL OR (decision = 'SampleMore' AND temperature BETWEEN 0 AND 5)");
            table.HasCheckConstraint("ck_prefix_review_written", "(decision = 'Write') = (rectification_id IS NOT NULL)");
            table.HasCheckConstraint("ck_prefix_review_taken_back", "(decision = 'TakenBack') = (takes_back_id IS NOT NULL)");
            table.HasCheckConstraint("ck_prefix_review_prefix", "prefix_id IS NOT NULL OR decision IN ('Reopen', 'TakenBack')");
            table.HasCheckConstraint("ck_prefix_review_active", "active_milliseconds >= 0");
        });
    }
}
