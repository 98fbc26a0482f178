using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Pairs;

/// <summary>A file of pairs that can be made again byte for byte: UTF-8 without BOM, LF, fixed key order, rows in the order of <see cref="ExportPair"/>.</summary>
public sealed class Export
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>The project.</summary>
    public required long ProjectId { get; init; }

    /// <summary>What was asked for, as JSON.</summary>
    public required string Options { get; init; }

    /// <summary>Number of pairs.</summary>
    public required int PairCount { get; init; }

    /// <summary>Bytes of the file.</summary>
    public required long ByteCount { get; init; }

    /// <summary>Lower-case hex SHA-256 of the file's bytes.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Who asked; null for the installation itself.</summary>
    public Guid? CreatedById { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class ExportConfiguration : IEntityTypeConfiguration<Export>
{
    public void Configure(EntityTypeBuilder<Export> builder)
    {
        builder.AppendOnly();
        builder.IsEvidence();
        builder.Property(e => e.Options).HasColumnType("jsonb");
        builder.Property(e => e.Sha256).HasMaxLength(64);
        builder.HasAlternateKey(e => new { e.Id, e.ProjectId });
        builder.HasOne<Project>().WithMany().HasForeignKey(e => e.ProjectId);
        builder.HasOne<User>().WithMany().HasForeignKey(e => e.CreatedById);
    }
}

/// <summary>A row of an export.</summary>
public sealed class ExportPair
{
    /// <summary>The export.</summary>
    public required long ExportId { get; init; }

    /// <summary>0, 1, … in the file.</summary>
    public required int Position { get; init; }

    /// <summary>The pair.</summary>
    public required long PairId { get; init; }

    /// <summary>The project of both, carried along by foreign keys.</summary>
    public required long ProjectId { get; init; }
}

internal sealed class ExportPairConfiguration : IEntityTypeConfiguration<ExportPair>
{
    public void Configure(EntityTypeBuilder<ExportPair> builder)
    {
        builder.AppendOnly();
        builder.HasKey(p => new { p.ExportId, p.Position });
        builder.HasIndex(p => new { p.ExportId, p.PairId }).IsUnique();
        builder.HasOne<Export>().WithMany().HasForeignKey(p => new { p.ExportId, p.ProjectId }).HasPrincipalKey(e => new { e.Id, e.ProjectId });
        builder.HasOne<PreferencePair>().WithMany().HasForeignKey(p => new { p.PairId, p.ProjectId }).HasPrincipalKey(p => new { p.Id, p.ProjectId });
        builder.ToTable(table => table.HasCheckConstraint("ck_export_pair_position", "position >= 0"));
    }
}
