using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;

namespace StepDpo.Core.Projects;

/// <summary>A set of problems worked on by a team. Its settings live in <see cref="ProjectRevision"/>s.</summary>
public sealed class Project
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>Name, unique.</summary>
    public required string Name { get; set; }

    /// <summary>Who made it.</summary>
    public Guid? CreatedById { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Since when it rests: no new work, all readable.</summary>
    public DateTimeOffset? ArchivedAt { get; set; }

    /// <summary>Concurrency token.</summary>
    public uint RowVersion { get; init; }
}

internal sealed class ProjectConfiguration : IEntityTypeConfiguration<Project>
{
    public void Configure(EntityTypeBuilder<Project> builder)
    {
        builder.Property(p => p.Name).HasMaxLength(100);
        builder.HasIndex(p => p.Name).IsUnique();
        builder.HasRowVersion(p => p.RowVersion);
        builder.HasOne<User>().WithMany().HasForeignKey(p => p.CreatedById);
        builder.HasMany<AuditEvent>().WithOne().HasForeignKey(e => e.ProjectId);
    }
}
