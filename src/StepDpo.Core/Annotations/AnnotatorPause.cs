using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Annotations;

/// <summary>A person whose gold accuracy was too low is dealt nothing until a lead lifts the pause.</summary>
public sealed class AnnotatorPause
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>The project.</summary>
    public required long ProjectId { get; init; }

    /// <summary>The person.</summary>
    public required Guid UserId { get; init; }

    /// <summary>Gold items judged right in the stretch that it rests on.</summary>
    public required int Right { get; init; }

    /// <summary>Gold items judged in it.</summary>
    public required int Total { get; init; }

    /// <summary>Judgements of that stretch that were set aside: their solutions wait again.</summary>
    public required int Requeued { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Until when, or null while it holds.</summary>
    public DateTimeOffset? LiftedAt { get; set; }

    /// <summary>The lead who lifted it.</summary>
    public Guid? LiftedById { get; set; }
}

internal sealed class AnnotatorPauseConfiguration : IEntityTypeConfiguration<AnnotatorPause>
{
    public void Configure(EntityTypeBuilder<AnnotatorPause> builder)
    {
        builder.IsEvidence();
        builder.UpdatesOnly(p => p.LiftedAt, p => p.LiftedById);
        builder.HasIndex(p => new { p.ProjectId, p.UserId }, "ix_annotator_pause_holds").IsUnique().HasFilter("lifted_at IS NULL");
        builder.HasOne<Project>().WithMany().HasForeignKey(p => p.ProjectId);
        builder.HasOne<User>().WithMany().HasForeignKey(p => p.UserId);
        builder.HasOne<User>().WithMany().HasForeignKey(p => p.LiftedById);
        builder.ToTable(table => table.HasCheckConstraint("ck_annotator_pause_numbers", "\"right\" BETWEEN 0 AND total AND requeued >= 0"));
    }
}
