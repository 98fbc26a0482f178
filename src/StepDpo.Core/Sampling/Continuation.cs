using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Runs;

namespace StepDpo.Core.Sampling;

/// <summary>One sampled text from a prefix.</summary>
public sealed class Continuation
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>Where it starts.</summary>
    public required long PrefixId { get; init; }

    /// <summary>The prefix.</summary>
    public Prefix? Prefix { get; init; }

    /// <summary>The run that sampled it.</summary>
    public required long RunId { get; init; }

    /// <summary>0, 1, … within prefix and run.</summary>
    public required int SampleIndex { get; init; }

    /// <summary>The text after <c>Step k:</c>, as received.</summary>
    public required string Text { get; init; }

    /// <summary>Lower-case hex SHA-256 of its first step (<see cref="FirstStep.Of"/>): equal first steps are one candidate.</summary>
    public required string FirstStepSha256 { get; init; }

    /// <summary>Why the text ended.</summary>
    public required FinishReason FinishReason { get; init; }

    /// <summary>Number of tokens, where the endpoint says.</summary>
    public int? TokenCount { get; init; }

    /// <summary>Sum of the tokens' log-probabilities, where the endpoint says.</summary>
    public double? LogProbabilitySum { get; init; }

    /// <summary>
    /// The same sum over the tokens of the first step alone: how likely the model finds it. Null where the endpoint says nothing,
    /// and in rows from before it was kept.
    /// </summary>
    public double? StepLogProbabilitySum { get; init; }

    /// <summary>The final answer found in the text, or null.</summary>
    public string? ExtractedAnswer { get; set; }

    /// <summary>What the grader says of it.</summary>
    public required AnswerCheck AnswerCheck { get; set; }

    /// <summary>Version of the reference answer that it was graded against.</summary>
    public required int AnswerVersion { get; set; }

    /// <summary>When it was sampled.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class ContinuationConfiguration : IEntityTypeConfiguration<Continuation>
{
    public void Configure(EntityTypeBuilder<Continuation> builder)
    {
        builder.IsEvidence();
        builder.UpdatesOnly(c => c.ExtractedAnswer, c => c.AnswerCheck, c => c.AnswerVersion);
        builder.Property(c => c.FirstStepSha256).HasMaxLength(64);
        builder.HasIndex(c => new { c.PrefixId, c.RunId, c.SampleIndex }).IsUnique();
        builder.HasIndex(c => new { c.PrefixId, c.FirstStepSha256 });
        builder.HasOne(c => c.Prefix).WithMany().HasForeignKey(c => c.PrefixId);
        builder.HasOne<Run>().WithMany().HasForeignKey(c => c.RunId);
        builder.ToTable(table => table.HasCheckConstraint("ck_continuation_sample_index", "sample_index >= 0"));
    }
}
