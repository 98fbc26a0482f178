using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Annotations;

/// <summary>
/// A solution whose first error is known, dealt out silently among the others. It is a solution like any other, with assignments and
/// annotations of the same tables and ids of the same sequences: nothing that a person is sent tells it apart. What is said of it is
/// kept and never counts (<see cref="FirstErrorAnnotation.Surplus"/>), so it makes no verdict, prefix or pair.
/// </summary>
public sealed class GoldItem
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>The project.</summary>
    public required long ProjectId { get; init; }

    /// <summary>The solution: one of the project's own that was decided on, or one that was brought in (<see cref="Problems.Split.Gold"/>).</summary>
    public required long SolutionId { get; init; }

    /// <summary>The solution.</summary>
    public Solution? Solution { get; init; }

    /// <summary>The solution's number of steps n, carried along by foreign keys.</summary>
    public required int StepCount { get; init; }

    /// <summary>The first error, or null where there is none.</summary>
    public int? Step { get; init; }

    /// <summary>Why, for whoever asks afterwards.</summary>
    public string Why { get; init; } = "";

    /// <summary>Who made it one.</summary>
    public Guid? CreatedById { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Since when it is no longer dealt out and no longer measures anybody.</summary>
    public DateTimeOffset? RetiredAt { get; set; }
}

internal sealed class GoldItemConfiguration : IEntityTypeConfiguration<GoldItem>
{
    public void Configure(EntityTypeBuilder<GoldItem> builder)
    {
        builder.IsEvidence();
        builder.UpdatesOnly(g => g.RetiredAt);
        builder.Property(g => g.Why).HasMaxLength(2000);
        builder.HasIndex(g => g.SolutionId).IsUnique();
        builder.HasIndex(g => g.ProjectId);
        builder.HasOne<Project>().WithMany().HasForeignKey(g => g.ProjectId);
        builder.HasOne(g => g.Solution).WithMany().HasForeignKey(g => new { g.SolutionId, g.StepCount }).HasPrincipalKey(s => new { s.Id, s.StepCount });
        builder.HasOne<User>().WithMany().HasForeignKey(g => g.CreatedById);
        builder.ToTable(table => table.HasCheckConstraint("ck_gold_item_step", "step BETWEEN 1 AND step_count"));
    }
}
