using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Search;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>Which judged solutions an export holds, and how they are written.</summary>
public sealed record AnnotationExportOptions
{
    /// <summary>The format.</summary>
    public AnnotationFormat Format { get; init; }

    /// <summary>What counts as the first error. By the paper's rule solutions whose first bad step is only neutral are left out: where the first incorrect one is, nobody has looked.</summary>
    public CutRule CutRule { get; init; }

    /// <summary>Whether solutions whose judgement was imported are in.</summary>
    public bool IncludesImported { get; init; } = true;

    /// <summary>Only solutions that this filter finds; null for all.</summary>
    public SolutionFilter? Filter { get; init; }
}

/// <summary>What stands in an export's file, counted while it was written.</summary>
public sealed record AnnotationExportFacts
{
    /// <summary>Solutions in the file.</summary>
    public int Rows { get; init; }

    /// <summary>Solutions left out because their first bad step is neutral and the cut rule wants an incorrect one.</summary>
    public int LeftOutNeutral { get; init; }

    /// <summary>Solutions left out because the format has no words for their verdict.</summary>
    public int LeftOutUnsayable { get; init; }

    /// <summary>Solutions with a first error.</summary>
    public int FirstErrors { get; init; }

    /// <summary>Solutions without an error.</summary>
    public int NoErrors { get; init; }

    /// <summary>Solutions that could not be judged.</summary>
    public int CannotJudge { get; init; }

    /// <summary>Solutions by how their verdict came about.</summary>
    public IReadOnlyDictionary<string, int> Provenance { get; init; } = new Dictionary<string, int>();

    /// <summary>Judgements by the annotator's pseudonym; those without one are the file's they came from.</summary>
    public IReadOnlyDictionary<string, int> Annotators { get; init; } = new Dictionary<string, int>();

    /// <summary>Solutions by the version of the guidelines that their verdict goes by.</summary>
    public IReadOnlyDictionary<string, int> GuidelineVersions { get; init; } = new Dictionary<string, int>();

    /// <summary>Solutions that at least two people judged.</summary>
    public int JudgedTwice { get; init; }

    /// <summary>Those among them on which all say what the verdict says.</summary>
    public int Unanimous { get; init; }

    /// <summary>Judgements after which a suggestion was shown, by its source.</summary>
    public IReadOnlyDictionary<string, int> ShownSuggestions { get; init; } = new Dictionary<string, int>();

    /// <summary>Those among them that were given once more after it: they are not blind.</summary>
    public int AfterSuggestion { get; init; }

    /// <summary>Milliseconds at work, all judgements together.</summary>
    public long ActiveMilliseconds { get; init; }
}

/// <summary>A file of judged solutions. The bytes lie in the data folder under their hash and never change.</summary>
public sealed class AnnotationExport
{
    /// <summary>Key: the version of the data set.</summary>
    public long Id { get; init; }

    /// <summary>The project.</summary>
    public required long ProjectId { get; init; }

    /// <summary>What was asked for.</summary>
    public required AnnotationExportOptions Options { get; init; }

    /// <summary>What stands in it.</summary>
    public required AnnotationExportFacts Facts { get; init; }

    /// <summary>Bytes of the file.</summary>
    public required long ByteCount { get; init; }

    /// <summary>Lower-case hex SHA-256 of the file's bytes.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Who asked; null for the installation itself.</summary>
    public Guid? CreatedById { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What its name ends with.</summary>
    public string Extension => JudgedLayout.Of(Options.Format).Extension;
}

internal sealed class AnnotationExportConfiguration : IEntityTypeConfiguration<AnnotationExport>
{
    public void Configure(EntityTypeBuilder<AnnotationExport> builder)
    {
        builder.IsEvidence();
        builder.AppendOnly();
        builder.HasJson(e => e.Options);
        builder.HasJson(e => e.Facts);
        builder.Ignore(e => e.Extension);
        builder.Property(e => e.Sha256).HasMaxLength(64);
        builder.HasIndex(e => new { e.ProjectId, e.Id });
        builder.HasOne<Project>().WithMany().HasForeignKey(e => e.ProjectId);
        builder.HasOne<User>().WithMany().HasForeignKey(e => e.CreatedById);
    }
}
