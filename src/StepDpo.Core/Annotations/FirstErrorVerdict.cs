using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Annotations;

/// <summary>How a verdict came about.</summary>
public enum VerdictProvenance
{
    /// <summary>One judgement was asked for.</summary>
    Single,

    /// <summary>All agreed.</summary>
    Agreed,

    /// <summary>Most agreed.</summary>
    Majority,

    /// <summary>A reviewer decided.</summary>
    Adjudicated,

    /// <summary>It came with an imported file.</summary>
    Imported,
}

/// <summary>A solution's final word on its first error. One at a time holds; a reopened solution's old verdicts stay, superseded.</summary>
public sealed class FirstErrorVerdict
{
    /// <summary>What the audit calls a verdict's end.</summary>
    public const string Superseded = "verdict.superseded";

    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>The solution.</summary>
    public required long SolutionId { get; init; }

    /// <summary>The solution's number of steps n, carried along by foreign keys.</summary>
    public required int StepCount { get; init; }

    /// <summary>The word: never <see cref="FirstErrorOutcome.Undone"/>.</summary>
    public required FirstErrorOutcome Outcome { get; init; }

    /// <summary>k, 1 to n; only with <see cref="FirstErrorOutcome.FirstError"/>.</summary>
    public int? Step { get; init; }

    /// <summary>How step k is wrong; only with <see cref="FirstErrorOutcome.FirstError"/>.</summary>
    public StepGrade? Grade { get; init; }

    /// <summary>Why there is none, or why it cannot be judged.</summary>
    public FirstErrorReason? Reason { get; init; }

    /// <summary>How it came about.</summary>
    public required VerdictProvenance Provenance { get; init; }

    /// <summary>The reviewer who decided; only with <see cref="VerdictProvenance.Adjudicated"/>.</summary>
    public Guid? AdjudicatorId { get; init; }

    /// <summary>What the reviewer adds.</summary>
    public string Note { get; init; } = "";

    /// <summary>The settings under which it came about.</summary>
    public required long RevisionId { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Since when it no longer holds.</summary>
    public DateTimeOffset? SupersededAt { get; set; }

    /// <summary>Why it no longer holds.</summary>
    public string? SupersededReason { get; set; }
}

internal sealed class FirstErrorVerdictConfiguration : IEntityTypeConfiguration<FirstErrorVerdict>
{
    public void Configure(EntityTypeBuilder<FirstErrorVerdict> builder)
    {
        builder.IsEvidence();
        builder.UpdatesOnly(v => v.SupersededAt, v => v.SupersededReason);
        builder.Property(v => v.Note).HasMaxLength(4000);
        builder.Property(v => v.SupersededReason).HasMaxLength(2000);
        builder.HasIndex(v => v.SolutionId, "ix_first_error_verdict_holds").IsUnique().HasFilter("superseded_at IS NULL");
        builder.HasOne<Solution>().WithMany().HasForeignKey(v => new { v.SolutionId, v.StepCount }).HasPrincipalKey(s => new { s.Id, s.StepCount });
        builder.HasOne<User>().WithMany().HasForeignKey(v => v.AdjudicatorId);
        builder.HasOne<ProjectRevision>().WithMany().HasForeignKey(v => v.RevisionId);
        builder.ToTable(table =>
        {
            table.HasCheckConstraint("ck_first_error_verdict_step", "step BETWEEN 1 AND step_count");
            table.HasCheckConstraint("ck_first_error_verdict_first_error", "outcome <> 'Undone' AND (outcome = 'FirstError') = (step IS NOT NULL) AND (outcome = 'FirstError') = (grade IS NOT NULL)");
            table.HasCheckConstraint("ck_first_error_verdict_adjudicated", "(provenance = 'Adjudicated') = (adjudicator_id IS NOT NULL)");
            table.HasCheckConstraint("ck_first_error_verdict_superseded", "(superseded_at IS NULL) = (superseded_reason IS NULL)");
        });
    }
}
