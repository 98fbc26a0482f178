using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Suggestions;

namespace StepDpo.Core.Annotations;

/// <summary>
/// A suggestion that a person was shown once their own judgement was stored. Whether they revised it is what they said afterwards in
/// the same assignment (<see cref="FirstErrorAnnotation.AfterSuggestion"/>).
/// </summary>
public sealed class ShownSuggestion
{
    /// <summary>Key; rises with time.</summary>
    public long Id { get; init; }

    /// <summary>The judgement that the person made blind.</summary>
    public required long AnnotationId { get; init; }

    /// <summary>Its assignment, which sees one suggestion.</summary>
    public required long AssignmentId { get; init; }

    /// <summary>The suggestion.</summary>
    public required long SuggestionId { get; init; }

    /// <summary>The suggestion.</summary>
    public Suggestion? Suggestion { get; init; }

    /// <summary>When it was shown.</summary>
    public required DateTimeOffset ShownAt { get; init; }

    /// <summary>When the person said that they keep theirs.</summary>
    public DateTimeOffset? KeptAt { get; set; }
}

internal sealed class ShownSuggestionConfiguration : IEntityTypeConfiguration<ShownSuggestion>
{
    public void Configure(EntityTypeBuilder<ShownSuggestion> builder)
    {
        builder.UpdatesOnly(s => s.KeptAt);
        builder.IsEvidence();
        builder.HasIndex(s => s.AssignmentId).IsUnique();
        builder.HasOne<FirstErrorAnnotation>().WithMany().HasForeignKey(s => new { s.AnnotationId, s.AssignmentId }).HasPrincipalKey(a => new { a.Id, a.AssignmentId });
        builder.HasOne(s => s.Suggestion).WithMany().HasForeignKey(s => s.SuggestionId);
    }
}
