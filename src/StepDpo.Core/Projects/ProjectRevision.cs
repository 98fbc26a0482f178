using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;

namespace StepDpo.Core.Projects;

/// <summary>A project's settings at one time. Runs and annotations point at the revision they saw; the highest number holds now.</summary>
public sealed class ProjectRevision
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>The project.</summary>
    public required long ProjectId { get; init; }

    /// <summary>1, 2, … within the project.</summary>
    public required int Number { get; init; }

    /// <summary>The settings.</summary>
    public required ProjectSettings Settings { get; init; }

    /// <summary>Why they were changed, in the words of who did.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Who made it.</summary>
    public Guid? CreatedById { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class ProjectRevisionConfiguration : IEntityTypeConfiguration<ProjectRevision>
{
    public void Configure(EntityTypeBuilder<ProjectRevision> builder)
    {
        builder.AppendOnly();
        builder.IsEvidence();
        builder.HasJson(r => r.Settings);
        builder.Property(r => r.Reason).HasMaxLength(2000);
        builder.HasIndex(r => new { r.ProjectId, r.Number }).IsUnique();
        builder.HasOne<Project>().WithMany().HasForeignKey(r => r.ProjectId);
        builder.HasOne<User>().WithMany().HasForeignKey(r => r.CreatedById);
        builder.ToTable(table => table.HasCheckConstraint("ck_project_revision_number", "number >= 1"));
    }
}
