using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Data;
using StepDpo.Core.Runs;

namespace StepDpo.Core.Training;

/// <summary>A line of a training run's <c>metrics.jsonl</c>, mirrored for the pages. Upserted by (run, step); cut back on resume as the file is.</summary>
public sealed class TrainingMetric
{
    /// <summary>The run.</summary>
    public required long RunId { get; init; }

    /// <summary>Optimiser step, from 1.</summary>
    public required int Step { get; init; }

    /// <summary>The line.</summary>
    public required StepMetrics Metrics { get; set; }
}

internal sealed class TrainingMetricConfiguration : IEntityTypeConfiguration<TrainingMetric>
{
    public void Configure(EntityTypeBuilder<TrainingMetric> builder)
    {
        builder.MayBeDeleted();
        builder.UpdatesOnly(m => m.Metrics);
        builder.HasKey(m => new { m.RunId, m.Step });
        builder.HasJson(m => m.Metrics);
        builder.HasOne<Run>().WithMany().HasForeignKey(m => m.RunId);
        builder.ToTable(table => table.HasCheckConstraint("ck_training_metric_step", "step >= 1"));
    }
}
