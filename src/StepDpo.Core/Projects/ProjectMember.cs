using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;

namespace StepDpo.Core.Projects;

/// <summary>What a member may do in a project. Each role may do what the ones before it may.</summary>
public enum ProjectRole
{
    /// <summary>Marks first errors.</summary>
    Annotator,

    /// <summary>Also approves and rejects rectifications, and adjudicates.</summary>
    Reviewer,

    /// <summary>Also imports problems, starts runs, exports, changes settings and members.</summary>
    Lead,
}

/// <summary>A person's role in a project.</summary>
public sealed class ProjectMember
{
    /// <summary>The project.</summary>
    public required long ProjectId { get; init; }

    /// <summary>The person.</summary>
    public required Guid UserId { get; init; }

    /// <summary>The role.</summary>
    public required ProjectRole Role { get; set; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset AddedAt { get; init; }
}

internal sealed class ProjectMemberConfiguration : IEntityTypeConfiguration<ProjectMember>
{
    public void Configure(EntityTypeBuilder<ProjectMember> builder)
    {
        builder.MayBeDeleted();
        builder.UpdatesOnly(m => m.Role);
        builder.HasKey(m => new { m.ProjectId, m.UserId });
        builder.HasOne<Project>().WithMany().HasForeignKey(m => m.ProjectId);
        builder.HasOne<User>().WithMany().HasForeignKey(m => m.UserId);
    }
}
