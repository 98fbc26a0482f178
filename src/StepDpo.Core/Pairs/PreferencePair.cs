using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Contracts;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;

namespace StepDpo.Core.Pairs;

/// <summary>
/// An immutable snapshot, written in the transaction of the approval: the paper's columns and where they come from. It can only be
/// withdrawn (<see cref="PairWithdrawal"/>). Imported pairs use the same table.
/// </summary>
public sealed class PreferencePair
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>The project.</summary>
    public required long ProjectId { get; init; }

    /// <summary>The approved candidate; null for an imported pair.</summary>
    public long? RectificationId { get; init; }

    /// <summary>The problem; null for an imported pair whose problem is not here.</summary>
    public long? ProblemId { get; init; }

    /// <summary>The problem's split where there is a problem: always Pool.</summary>
    public Split? Split { get; init; }

    /// <summary>Lower-case hex SHA-256 of the problem's normalised statement: tells held-out problems that a model has seen.</summary>
    public required string StatementSha256 { get; init; }

    /// <summary>Column <c>dataset</c>.</summary>
    public required string Dataset { get; init; }

    /// <summary>Column <c>prompt</c>: the bare problem.</summary>
    public required string Prompt { get; init; }

    /// <summary>Column <c>initial_reason_steps</c>.</summary>
    public required string InitialReasonSteps { get; init; }

    /// <summary>Column <c>chosen</c>: the winning step.</summary>
    public required string Chosen { get; init; }

    /// <summary>Column <c>rejected</c>: the losing step.</summary>
    public required string Rejected { get; init; }

    /// <summary>Column <c>full_chosen</c>.</summary>
    public required string FullChosen { get; init; }

    /// <summary>Column <c>full_rejected</c>.</summary>
    public required string FullRejected { get; init; }

    /// <summary>Column <c>answer</c>.</summary>
    public required string Answer { get; init; }

    /// <summary>The columns' <see cref="PreferenceExample.Sha256"/>.</summary>
    public required string Sha256 { get; init; }

    /// <summary>1, and one more each time the same row is made again after a withdrawal: equal rows cannot stand beside each other.</summary>
    public int Version { get; init; } = 1;

    /// <summary>The step k.</summary>
    public int? Step { get; init; }

    /// <summary><see cref="Contracts.Prompts.PromptTemplate.Sha256"/> of the template that the texts were sampled with; null for imported pairs.</summary>
    public string? TemplateSha256 { get; init; }

    /// <summary>Whose words the winner is.</summary>
    public required RectificationOrigin Origin { get; init; }

    /// <summary>The model that the winner was sampled from; null where unknown or written by a person.</summary>
    public long? WinnerModelId { get; init; }

    /// <summary>The model that the loser was sampled from; null where unknown.</summary>
    public long? LoserModelId { get; init; }

    /// <summary>Whether it counts only once a second reviewer has approved the winner too, blind to the first (<see cref="PairReview"/>).</summary>
    public bool NeedsSecond { get; init; }

    /// <summary>The settings under which it was approved or imported.</summary>
    public required long RevisionId { get; init; }

    /// <summary>Who approved or imported it.</summary>
    public Guid? CreatedById { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The paper's columns.</summary>
    public PreferenceExample ToExample() => new(Dataset, Prompt, InitialReasonSteps, Chosen, Rejected, FullChosen, FullRejected, Answer);
}

internal sealed class PreferencePairConfiguration : IEntityTypeConfiguration<PreferencePair>
{
    public void Configure(EntityTypeBuilder<PreferencePair> builder)
    {
        builder.AppendOnly();
        builder.IsEvidence();
        builder.Property(p => p.Dataset).HasMaxLength(200);
        builder.Property(p => p.Sha256).HasMaxLength(64);
        builder.Property(p => p.StatementSha256).HasMaxLength(64);
        builder.Property(p => p.TemplateSha256).HasMaxLength(64);
        builder.HasAlternateKey(p => new { p.Id, p.ProjectId });
        builder.HasIndex(p => new { p.ProjectId, p.Sha256, p.Version }).IsUnique();
        builder.HasIndex(p => new { p.RectificationId, p.Version }).IsUnique();
        builder.HasIndex(p => p.StatementSha256);
        builder.HasIndex(p => p.ProjectId, "ix_preference_pair_needs_second").HasFilter("needs_second");
        builder.HasIndex(p => p.ProblemId);
        builder.HasIndex(p => new { p.ProjectId, p.CreatedAt }).HasFilter("rectification_id IS NOT NULL");
        builder.HasOne<Project>().WithMany().HasForeignKey(p => p.ProjectId);
        builder.HasOne<Rectification>().WithMany().HasForeignKey(p => p.RectificationId);
        builder.HasOne<Problem>().WithMany().HasForeignKey(p => new { p.ProblemId, p.ProjectId, p.Split }).HasPrincipalKey(p => new { p.Id, p.ProjectId, p.Split });
        builder.HasOne<LanguageModel>().WithMany().HasForeignKey(p => p.WinnerModelId);
        builder.HasOne<LanguageModel>().WithMany().HasForeignKey(p => p.LoserModelId);
        builder.HasOne<ProjectRevision>().WithMany().HasForeignKey(p => p.RevisionId);
        builder.HasOne<User>().WithMany().HasForeignKey(p => p.CreatedById);
        builder.ToTable(table =>
        {
            table.HasCheckConstraint("ck_preference_pair_pool", "split = 'Pool'");
            table.HasCheckConstraint("ck_preference_pair_problem", "(problem_id IS NULL) = (split IS NULL)");
            table.HasCheckConstraint("ck_preference_pair_source", "rectification_id IS NULL OR (problem_id IS NOT NULL AND step IS NOT NULL AND template_sha256 IS NOT NULL)");
            table.HasCheckConstraint("ck_preference_pair_differs", "chosen <> rejected");
            table.HasCheckConstraint("ck_preference_pair_numbers", "version >= 1 AND step >= 1");
        });
    }
}
