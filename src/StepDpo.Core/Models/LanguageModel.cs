using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;

namespace StepDpo.Core.Models;

/// <summary>Where a model's texts come from.</summary>
public enum ModelKind
{
    /// <summary>Weights in a folder of this installation, served by our worker.</summary>
    Folder,

    /// <summary>An OpenAI-compatible endpoint elsewhere. What runs behind it cannot be verified.</summary>
    Endpoint,
}

/// <summary>Whether a model can be used.</summary>
public enum ModelState
{
    /// <summary>Asked for; the worker has yet to read (or convert) the files.</summary>
    Requested,

    /// <summary>Usable.</summary>
    Ready,

    /// <summary>The files were refused; <see cref="LanguageModel.Error"/> says why.</summary>
    Failed,
}

/// <summary>A model that runs can name. It belongs to the whole installation.</summary>
public sealed class LanguageModel
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>Name, unique.</summary>
    public required string Name { get; init; }

    /// <summary>Folder or endpoint.</summary>
    public required ModelKind Kind { get; init; }

    /// <summary>Whether it can be used.</summary>
    public required ModelState State { get; set; }

    /// <summary>Why it cannot, or null.</summary>
    public string? Error { get; set; }

    /// <summary>The file or folder that it was asked for from, such as a GGUF file; null for endpoints and trained models.</summary>
    public string? ImportedFrom { get; init; }

    /// <summary>Its Hugging Face folder, absolute; null for endpoints and while requested.</summary>
    public string? Folder { get; set; }

    /// <summary>The weights' identity (<see cref="Contracts.Models.ModelFolder.WeightsSha256"/>); null for endpoints and while requested.</summary>
    public string? WeightsSha256 { get; set; }

    /// <summary>Hugging Face's class name, such as <c>Qwen2ForCausalLM</c>: the family.</summary>
    public string? Architecture { get; set; }

    /// <summary>Number of weights.</summary>
    public long? Parameters { get; set; }

    /// <summary>Largest number of tokens of a text.</summary>
    public int? ContextLength { get; set; }

    /// <summary>Type of the stored weights.</summary>
    public string? Dtype { get; set; }

    /// <summary>Base address of the endpoint; null for folders.</summary>
    public string? EndpointUrl { get; init; }

    /// <summary>What the endpoint calls it; null for folders.</summary>
    public string? EndpointModel { get; init; }

    /// <summary>The model that it was trained from, or null.</summary>
    public long? ParentId { get; init; }

    /// <summary>The training run that made it, or null.</summary>
    public long? TrainingRunId { get; init; }

    /// <summary>The step of that run.</summary>
    public int? TrainingStep { get; init; }

    /// <summary>Who registered it.</summary>
    public Guid? CreatedById { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Since when it is no longer offered in forms.</summary>
    public DateTimeOffset? RetiredAt { get; set; }

    /// <summary>Concurrency token.</summary>
    public uint RowVersion { get; init; }
}

internal sealed class LanguageModelConfiguration : IEntityTypeConfiguration<LanguageModel>
{
    public void Configure(EntityTypeBuilder<LanguageModel> builder)
    {
        builder.UpdatesOnly(
            m => m.State, m => m.Error, m => m.Folder, m => m.WeightsSha256, m => m.Architecture, m => m.Parameters,
            m => m.ContextLength, m => m.Dtype, m => m.RetiredAt);
        builder.HasRowVersion(m => m.RowVersion);
        builder.Property(m => m.Name).HasMaxLength(200);
        builder.Property(m => m.WeightsSha256).HasMaxLength(64);
        builder.Property(m => m.Architecture).HasMaxLength(100);
        builder.Property(m => m.Dtype).HasMaxLength(40);
        builder.Property(m => m.EndpointUrl).HasMaxLength(500);
        builder.Property(m => m.EndpointModel).HasMaxLength(200);
        builder.HasIndex(m => m.Name).IsUnique();
        builder.HasIndex(m => new { m.TrainingRunId, m.TrainingStep }).IsUnique();
        builder.HasOne<LanguageModel>().WithMany().HasForeignKey(m => m.ParentId);
        builder.HasOne<User>().WithMany().HasForeignKey(m => m.CreatedById);
        builder.ToTable(table =>
        {
            table.HasCheckConstraint("ck_language_model_endpoint", "(kind = 'Endpoint') = (endpoint_url IS NOT NULL)");
            table.HasCheckConstraint("ck_language_model_ready", "kind = 'Endpoint' OR state <> 'Ready' OR (folder IS NOT NULL AND weights_sha256 IS NOT NULL)");
            table.HasCheckConstraint("ck_language_model_training", "(training_run_id IS NULL) = (training_step IS NULL)");
        });
    }
}

/// <summary>An address that models may be registered at. Only admins change the list.</summary>
public sealed class AllowedEndpoint
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>Scheme, host, port and leading path; an endpoint's address must begin with it.</summary>
    public required string BaseUrl { get; init; }

    /// <summary>Who allowed it.</summary>
    public Guid? CreatedById { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class AllowedEndpointConfiguration : IEntityTypeConfiguration<AllowedEndpoint>
{
    public void Configure(EntityTypeBuilder<AllowedEndpoint> builder)
    {
        builder.AppendOnly();
        builder.MayBeDeleted();
        builder.Property(e => e.BaseUrl).HasMaxLength(500);
        builder.HasIndex(e => e.BaseUrl).IsUnique();
        builder.HasOne<User>().WithMany().HasForeignKey(e => e.CreatedById);
    }
}
