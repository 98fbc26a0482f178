using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Search;

/// <summary>A filter that somebody gave a name.</summary>
public sealed class SavedFilter
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>The project.</summary>
    public required long ProjectId { get; init; }

    /// <summary>Whose it is.</summary>
    public required Guid OwnerId { get; init; }

    /// <summary>Its name, one of its kind for this person.</summary>
    public required string Name { get; init; }

    /// <summary>The filter.</summary>
    public required SolutionFilter Filter { get; set; }

    /// <summary>Whether every reviewer of the project sees it.</summary>
    public required bool IsShared { get; set; }

    /// <summary>When it was first saved.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class SavedFilterConfiguration : IEntityTypeConfiguration<SavedFilter>
{
    public void Configure(EntityTypeBuilder<SavedFilter> builder)
    {
        builder.UpdatesOnly(f => f.Filter, f => f.IsShared);
        builder.MayBeDeleted();
        builder.HasJson(f => f.Filter);
        builder.Property(f => f.Name).HasMaxLength(80);
        builder.HasIndex(f => new { f.ProjectId, f.OwnerId, f.Name }).IsUnique();
        builder.HasOne<Project>().WithMany().HasForeignKey(f => f.ProjectId);
        builder.HasOne<User>().WithMany().HasForeignKey(f => f.OwnerId);
    }
}
