using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Suggestions;

/// <summary>
/// Where a machine thinks that a solution's first error is. It is no judgement: it counts for no verdict and no agreement between
/// people, and nobody sees it at work before their own judgement is stored.
/// </summary>
public sealed class Suggestion
{
    /// <summary>Longest rationale.</summary>
    public const int LongestRationale = 10_000;

    /// <summary>Key; rises with time.</summary>
    public long Id { get; init; }

    /// <summary>The solution.</summary>
    public required long SolutionId { get; init; }

    /// <summary>The solution's number of steps n, carried along by foreign keys.</summary>
    public required int StepCount { get; init; }

    /// <summary>Who or what made it, such as <c>judge:qwen2.5-72b</c> or <c>rollouts</c>; once a solution.</summary>
    public required string Source { get; init; }

    /// <summary>k, 1 to n; null where it finds no error.</summary>
    public int? Step { get; init; }

    /// <summary>How sure the source is, 0 to 1; null where it does not say.</summary>
    public double? Confidence { get; init; }

    /// <summary>Why, in the source's words: text of a model.</summary>
    public string Rationale { get; init; } = "";

    /// <summary>The import or run that it came from.</summary>
    public required long RunId { get; init; }

    /// <summary>When it was stored.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class SuggestionConfiguration : IEntityTypeConfiguration<Suggestion>
{
    public void Configure(EntityTypeBuilder<Suggestion> builder)
    {
        builder.AppendOnly();
        builder.IsEvidence();
        builder.Property(s => s.Source).HasMaxLength(200);
        builder.Property(s => s.Rationale).HasMaxLength(Suggestion.LongestRationale);
        builder.HasIndex(s => new { s.SolutionId, s.Source }).IsUnique();
        builder.HasOne<Solution>().WithMany().HasForeignKey(s => new { s.SolutionId, s.StepCount }).HasPrincipalKey(s => new { s.Id, s.StepCount });
        builder.HasOne<Run>().WithMany().HasForeignKey(s => s.RunId);
        builder.ToTable(table =>
        {
            table.HasCheckConstraint("ck_suggestion_step", "step BETWEEN 1 AND step_count");
            table.HasCheckConstraint("ck_suggestion_confidence", "confidence BETWEEN 0 AND 1");
        });
    }
}
