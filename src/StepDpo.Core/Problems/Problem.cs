using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Problems;

/// <summary>What a problem is for.</summary>
public enum Split
{
    /// <summary>Sampled, judged, made into pairs. Pairs come from here alone.</summary>
    Pool,

    /// <summary>Held out for choosing checkpoints.</summary>
    Validation,

    /// <summary>Held out for reports.</summary>
    Test,

    /// <summary>A gold item: judged like any other and kept out of all that is made of problems.</summary>
    Gold,
}

/// <summary>A statement and its reference answer.</summary>
public sealed class Problem
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>The project.</summary>
    public required long ProjectId { get; init; }

    /// <summary>The words x that the model reads.</summary>
    public required string Statement { get; init; }

    /// <summary>Lower-case hex SHA-256 of the normalised statement: the same problem twice is one.</summary>
    public required string StatementSha256 { get; init; }

    /// <summary>The answer that counts now; its history is <see cref="ReferenceAnswer"/>.</summary>
    public required string Answer { get; set; }

    /// <summary>Version of that answer, from 1.</summary>
    public int AnswerVersion { get; set; } = 1;

    /// <summary>The source's worked solution, or null.</summary>
    public string? WorkedSolution { get; init; }

    /// <summary>Where it comes from, such as <c>gsm8k</c>: the data set column of pairs.</summary>
    public required string Source { get; init; }

    /// <summary>Its name there.</summary>
    public string? SourceId { get; init; }

    /// <summary>What it is for. Frozen by foreign keys once a text has been sampled for it.</summary>
    public Split Split { get; init; } = Split.Pool;

    /// <summary>When it was imported.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Concurrency token.</summary>
    public uint RowVersion { get; init; }
}

internal sealed class ProblemConfiguration : IEntityTypeConfiguration<Problem>
{
    public void Configure(EntityTypeBuilder<Problem> builder)
    {
        builder.IsEvidence();
        builder.UpdatesOnly(p => p.Answer, p => p.AnswerVersion, p => p.Split);
        builder.HasRowVersion(p => p.RowVersion);
        builder.Property(p => p.StatementSha256).HasMaxLength(64);
        builder.Property(p => p.Source).HasMaxLength(200);
        builder.Property(p => p.SourceId).HasMaxLength(200);
        builder.HasIndex(p => new { p.ProjectId, p.StatementSha256 }).IsUnique();
        // What hangs on a problem names project and split too: a text of another project cannot, and a sampled problem keeps its split.
        builder.HasAlternateKey(p => new { p.Id, p.ProjectId, p.Split });
        builder.HasIndex(p => new { p.ProjectId, p.Split });
        builder.HasIndex(p => p.Statement).HasMethod("gin").IsTsVectorExpressionIndex("simple");
        builder.HasOne<Project>().WithMany().HasForeignKey(p => p.ProjectId);
        builder.ToTable(table => table.HasCheckConstraint("ck_problem_answer_version", "answer_version >= 1"));
    }
}

/// <summary>A version of a problem's reference answer.</summary>
public sealed class ReferenceAnswer
{
    /// <summary>Rises with time.</summary>
    public long Id { get; init; }

    /// <summary>The problem.</summary>
    public required long ProblemId { get; init; }

    /// <summary>1, 2, … within the problem.</summary>
    public required int Version { get; init; }

    /// <summary>The answer.</summary>
    public required string Answer { get; init; }

    /// <summary>Why it was corrected; empty for the first.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Who gave it.</summary>
    public Guid? CreatedById { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class ReferenceAnswerConfiguration : IEntityTypeConfiguration<ReferenceAnswer>
{
    public void Configure(EntityTypeBuilder<ReferenceAnswer> builder)
    {
        builder.AppendOnly();
        builder.IsEvidence(a => a.Id);
        builder.HasKey(a => new { a.ProblemId, a.Version });
        builder.Property(a => a.Reason).HasMaxLength(2000);
        builder.HasOne<Problem>().WithMany().HasForeignKey(a => a.ProblemId);
        builder.HasOne<User>().WithMany().HasForeignKey(a => a.CreatedById);
    }
}
