using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;

namespace StepDpo.Core.Projects;

/// <summary>That a person has read the guidelines of a revision: the first ones by beginning to work under them, changed ones by saying so.</summary>
public sealed class GuidelinesReading
{
    /// <summary>Rises with time.</summary>
    public long Id { get; init; }

    /// <summary>The revision whose guidelines were read.</summary>
    public required long RevisionId { get; init; }

    /// <summary>The revision.</summary>
    public ProjectRevision? Revision { get; init; }

    /// <summary>Who read them.</summary>
    public required Guid UserId { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class GuidelinesReadingConfiguration : IEntityTypeConfiguration<GuidelinesReading>
{
    public void Configure(EntityTypeBuilder<GuidelinesReading> builder)
    {
        builder.AppendOnly();
        builder.IsEvidence(r => r.Id);
        builder.HasKey(r => new { r.UserId, r.RevisionId });
        builder.HasOne(r => r.Revision).WithMany().HasForeignKey(r => r.RevisionId);
        builder.HasOne<User>().WithMany().HasForeignKey(r => r.UserId);
    }
}
