using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Annotations;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>What a file said of a solution beside its text: it came with an import, not out of a model that is known here.</summary>
public sealed class ImportedSolution
{
    /// <summary>Rises with time.</summary>
    public long Id { get; init; }

    /// <summary>The solution.</summary>
    public required long SolutionId { get; init; }

    /// <summary>The line of the file, or the place in its list, from 1.</summary>
    public required int Row { get; init; }

    /// <summary>Name of the model in the file, or null.</summary>
    public string? Model { get; init; }

    /// <summary>How the file's verdict came about; null where it brought none that could be believed.</summary>
    public VerdictProvenance? Provenance { get; init; }

    /// <summary>Pseudonym of the reviewer who decided there, or null.</summary>
    public string? Adjudicator { get; init; }

    /// <summary>The guidelines that the verdict goes by, in the file's words.</summary>
    public string? GuidelineVersion { get; init; }

    /// <summary>Why the file's judgement was not believed, or null.</summary>
    public string? Contradiction { get; init; }
}

internal sealed class ImportedSolutionConfiguration : IEntityTypeConfiguration<ImportedSolution>
{
    public void Configure(EntityTypeBuilder<ImportedSolution> builder)
    {
        builder.AppendOnly();
        builder.IsEvidence(s => s.Id);
        builder.HasKey(s => s.SolutionId);
        builder.Property(s => s.SolutionId).ValueGeneratedNever();
        builder.HasOne<Solution>().WithOne().HasForeignKey<ImportedSolution>(s => s.SolutionId);
    }
}

/// <summary>One judgement out of a file. Its author is a pseudonym, nobody who has signed in here.</summary>
public sealed class ImportedJudgement
{
    /// <summary>Key; rises in the order of the file.</summary>
    public long Id { get; init; }

    /// <summary>The solution.</summary>
    public required long SolutionId { get; init; }

    /// <summary>The solution's number of steps n, carried along by foreign keys.</summary>
    public required int StepCount { get; init; }

    /// <summary>Pseudonym of the person, or null where the file names nobody.</summary>
    public string? Annotator { get; init; }

    /// <summary>The judgement.</summary>
    public required FirstErrorOutcome Outcome { get; init; }

    /// <summary>k, 1 to n; only with <see cref="FirstErrorOutcome.FirstError"/>.</summary>
    public int? Step { get; init; }

    /// <summary>How step k is wrong.</summary>
    public StepGrade? Grade { get; init; }

    /// <summary>Steps before k that were called neutral.</summary>
    public required int[] NeutralSteps { get; init; }

    /// <summary>Why there is none, or why it cannot be judged.</summary>
    public FirstErrorReason? Reason { get; init; }

    /// <summary>What the person added.</summary>
    public string Note { get; init; } = "";

    /// <summary>Milliseconds at work, as the file has them.</summary>
    public int ActiveMilliseconds { get; init; }

    /// <summary>The guidelines that the person saw, in the file's words.</summary>
    public string? GuidelineVersion { get; init; }

    /// <summary>The suggestion that the person was shown once they had judged, and what they had said before it; null where there was none.</summary>
    public FileSuggestion? Suggestion { get; init; }
}

internal sealed class ImportedJudgementConfiguration : IEntityTypeConfiguration<ImportedJudgement>
{
    public void Configure(EntityTypeBuilder<ImportedJudgement> builder)
    {
        builder.IsEvidence();
        builder.AppendOnly();
        builder.Property(j => j.Note).HasMaxLength(4000);
        builder.HasJson(j => j.Suggestion!);
        builder.HasOne<Solution>().WithMany().HasForeignKey(j => new { j.SolutionId, j.StepCount }).HasPrincipalKey(s => new { s.Id, s.StepCount });
        builder.ToTable(table =>
        {
            table.HasCheckConstraint("ck_imported_judgement_step", "step BETWEEN 1 AND step_count");
            table.HasCheckConstraint("ck_imported_judgement_first_error", "outcome <> 'Undone' AND (outcome = 'FirstError') = (step IS NOT NULL) AND (outcome = 'FirstError') = (grade IS NOT NULL)");
            table.HasCheckConstraint("ck_imported_judgement_neutral", "1 <= ALL (neutral_steps) AND coalesce(step, step_count + 1) > ALL (neutral_steps)");
        });
    }
}
