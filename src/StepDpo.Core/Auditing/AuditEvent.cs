using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Data;

namespace StepDpo.Core.Auditing;

/// <summary>Who did what to what. Written in the transaction of the change; never updated or deleted.</summary>
public sealed class AuditEvent
{
    /// <summary>Key; rises with time.</summary>
    public long Id { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who; null for the installation itself (planner, run handlers).</summary>
    public Guid? ActorId { get; init; }

    /// <summary>In which project; null for what concerns the whole installation.</summary>
    public long? ProjectId { get; init; }

    /// <summary>What happened, such as <c>problem.answer-corrected</c>.</summary>
    public required string Action { get; init; }

    /// <summary>To what sort of thing: the entity's name.</summary>
    public required string Subject { get; init; }

    /// <summary>Its key as text.</summary>
    public required string SubjectId { get; init; }

    /// <summary>What was, as JSON.</summary>
    public string? Old { get; init; }

    /// <summary>What is, as JSON.</summary>
    public string? New { get; init; }
}

internal sealed class AuditEventConfiguration : IEntityTypeConfiguration<AuditEvent>
{
    public void Configure(EntityTypeBuilder<AuditEvent> builder)
    {
        builder.AppendOnly();
        builder.IsEvidence();
        builder.Property(e => e.Action).HasMaxLength(80);
        builder.Property(e => e.Subject).HasMaxLength(80);
        builder.Property(e => e.SubjectId).HasMaxLength(80);
        builder.Property(e => e.Old).HasColumnType("jsonb");
        builder.Property(e => e.New).HasColumnType("jsonb");
        builder.HasIndex(e => new { e.ProjectId, e.Id });
        builder.HasIndex(e => new { e.Subject, e.SubjectId, e.Id });
    }
}
