using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Annotations;

/// <summary>What a reviewer does with a solution in dispute.</summary>
public enum AdjudicationDecision
{
    /// <summary>Gives the verdict.</summary>
    Verdict,

    /// <summary>Wants one more blind judgement.</summary>
    OneMore,

    /// <summary>Sets the solution aside.</summary>
    Discard,

    /// <summary>Takes back the decision that this row supersedes.</summary>
    Undone,
}

/// <summary>Why a verdict differs from what somebody said: what the others are told.</summary>
public enum DifferenceReason
{
    /// <summary>Something was overlooked.</summary>
    Overlooked,

    /// <summary>The guidelines leave it open.</summary>
    GuidelinesUnclear,
}

/// <summary>A reviewer's decision on a solution in dispute. Never updated: taking it back is a row that supersedes it.</summary>
public sealed class Adjudication
{
    /// <summary>Key; rises with time.</summary>
    public long Id { get; init; }

    /// <summary>The solution.</summary>
    public required long SolutionId { get; init; }

    /// <summary>Who decided: somebody who has not judged it, unless the project allows a team of one (a trigger).</summary>
    public required Guid ReviewerId { get; init; }

    /// <summary>What.</summary>
    public required AdjudicationDecision Decision { get; init; }

    /// <summary>The verdict; with <see cref="AdjudicationDecision.Verdict"/> only.</summary>
    public FirstErrorVerdict? Verdict { get; init; }

    /// <summary>Its key.</summary>
    public long? VerdictId { get; init; }

    /// <summary>What those are told whose judgement differs; with <see cref="AdjudicationDecision.Verdict"/> only.</summary>
    public DifferenceReason? Because { get; init; }

    /// <summary>What the reviewer adds.</summary>
    public string Note { get; init; } = "";

    /// <summary>Milliseconds at work.</summary>
    public int ActiveMilliseconds { get; init; }

    /// <summary>The settings and guidelines that held.</summary>
    public required long RevisionId { get; init; }

    /// <summary>Key that the browser gave this decision: sent twice, it is stored once.</summary>
    public required Guid ClientKey { get; init; }

    /// <summary>The decision that this row takes back.</summary>
    public long? SupersedesId { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class AdjudicationConfiguration : IEntityTypeConfiguration<Adjudication>
{
    public void Configure(EntityTypeBuilder<Adjudication> builder)
    {
        builder.IsEvidence();
        builder.AppendOnly();
        builder.Property(a => a.Note).HasMaxLength(4000);
        builder.HasAlternateKey(a => new { a.Id, a.SolutionId });
        builder.HasIndex(a => a.ClientKey).IsUnique();
        builder.HasIndex(a => a.SupersedesId).IsUnique();
        builder.HasIndex(a => new { a.SolutionId, a.ReviewerId });
        builder.HasOne<Solution>().WithMany().HasForeignKey(a => a.SolutionId);
        builder.HasOne<User>().WithMany().HasForeignKey(a => a.ReviewerId);
        builder.HasOne<ProjectRevision>().WithMany().HasForeignKey(a => a.RevisionId);
        builder.HasOne(a => a.Verdict).WithMany().HasForeignKey(a => a.VerdictId);
        builder.HasOne<Adjudication>().WithMany().HasForeignKey(a => new { a.SupersedesId, a.SolutionId }).HasPrincipalKey(a => new { a.Id, a.SolutionId });
        builder.ToTable(table =>
        {
            table.HasCheckConstraint("ck_adjudication_verdict", "(decision = 'Verdict') = (verdict_id IS NOT NULL) AND (decision = 'Verdict' OR because IS NULL)");
            table.HasCheckConstraint("ck_adjudication_undone", "(decision = 'Undone') = (supersedes_id IS NOT NULL)");
            table.HasCheckConstraint("ck_adjudication_active", "active_milliseconds >= 0");
        });
    }
}
