using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Data;
using StepDpo.Core.Pairs;
using StepDpo.Core.Runs;

namespace StepDpo.Core.Training;

/// <summary>The pairs that a training run reads: with <see cref="Models.LanguageModel.TrainingRunId"/> it is the lineage of a model.</summary>
public sealed class TrainingInput
{
    /// <summary>The run.</summary>
    public required long RunId { get; init; }

    /// <summary>What it trains on.</summary>
    public required long ExportId { get; init; }

    /// <summary>Held-out pairs, or null.</summary>
    public long? ValidationExportId { get; init; }
}

internal sealed class TrainingInputConfiguration : IEntityTypeConfiguration<TrainingInput>
{
    public void Configure(EntityTypeBuilder<TrainingInput> builder)
    {
        builder.AppendOnly();
        builder.HasKey(i => i.RunId);
        builder.Property(i => i.RunId).ValueGeneratedNever();
        builder.HasOne<Run>().WithOne().HasForeignKey<TrainingInput>(i => i.RunId);
        builder.HasOne<Export>().WithMany().HasForeignKey(i => i.ExportId);
        builder.HasOne<Export>().WithMany().HasForeignKey(i => i.ValidationExportId);
        builder.ToTable(table => table.HasCheckConstraint("ck_training_input_held_out", "validation_export_id <> export_id"));
    }
}
