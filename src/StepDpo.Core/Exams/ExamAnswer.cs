using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Exams;

/// <summary>What a person said of a lesson or of an exam's solution. The first word counts.</summary>
public sealed class ExamAnswer
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>The project.</summary>
    public required long ProjectId { get; init; }

    /// <summary>The person.</summary>
    public required Guid UserId { get; init; }

    /// <summary>1, 2, …: which try; 0 for the lessons, which are taken once.</summary>
    public required int Attempt { get; init; }

    /// <summary>Name of the <see cref="KnownSolution"/>.</summary>
    public required string Item { get; init; }

    /// <summary>The step that was named as the first error; 0 for "no error", null for "cannot judge".</summary>
    public int? Step { get; init; }

    /// <summary>Whether that is so.</summary>
    public required bool IsRight { get; init; }

    /// <summary>Milliseconds at work.</summary>
    public int ActiveMilliseconds { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>How a try of the exam ended; or that a lead excused the person from it.</summary>
public sealed class ExamResult
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>The project.</summary>
    public required long ProjectId { get; init; }

    /// <summary>The person.</summary>
    public required Guid UserId { get; init; }

    /// <summary>1, 2, …</summary>
    public required int Attempt { get; init; }

    /// <summary>Judged right.</summary>
    public required int Right { get; init; }

    /// <summary>Asked; 0 for whom a lead excused.</summary>
    public required int Total { get; init; }

    /// <summary>Whether the person may work.</summary>
    public required bool Passed { get; init; }

    /// <summary>The settings that it was held under.</summary>
    public required long RevisionId { get; init; }

    /// <summary>The lead who excused the person, or null.</summary>
    public Guid? ExcusedById { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A lead allows one more try.</summary>
public sealed class ExamRetake
{
    /// <summary>Rises with time.</summary>
    public long Id { get; init; }

    /// <summary>The project.</summary>
    public required long ProjectId { get; init; }

    /// <summary>The person.</summary>
    public required Guid UserId { get; init; }

    /// <summary>The try that is allowed.</summary>
    public required int Attempt { get; init; }

    /// <summary>The lead.</summary>
    public Guid? AllowedById { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class ExamAnswerConfiguration : IEntityTypeConfiguration<ExamAnswer>
{
    public void Configure(EntityTypeBuilder<ExamAnswer> builder)
    {
        builder.IsEvidence();
        builder.AppendOnly();
        builder.Property(a => a.Item).HasMaxLength(100);
        builder.HasIndex(a => new { a.ProjectId, a.UserId, a.Attempt, a.Item }).IsUnique();
        builder.HasOne<Project>().WithMany().HasForeignKey(a => a.ProjectId);
        builder.HasOne<User>().WithMany().HasForeignKey(a => a.UserId);
        builder.ToTable(table => table.HasCheckConstraint("ck_exam_answer_numbers", "attempt >= 0 AND coalesce(step, 0) >= 0 AND active_milliseconds >= 0"));
    }
}

internal sealed class ExamResultConfiguration : IEntityTypeConfiguration<ExamResult>
{
    public void Configure(EntityTypeBuilder<ExamResult> builder)
    {
        builder.IsEvidence();
        builder.AppendOnly();
        builder.HasIndex(r => new { r.ProjectId, r.UserId, r.Attempt }).IsUnique();
        builder.HasOne<Project>().WithMany().HasForeignKey(r => r.ProjectId);
        builder.HasOne<User>().WithMany().HasForeignKey(r => r.UserId);
        builder.HasOne<User>().WithMany().HasForeignKey(r => r.ExcusedById);
        builder.HasOne<ProjectRevision>().WithMany().HasForeignKey(r => r.RevisionId);
        builder.ToTable(table => table.HasCheckConstraint("ck_exam_result_numbers", "attempt >= 1 AND \"right\" BETWEEN 0 AND total AND (total = 0) = (excused_by_id IS NOT NULL)"));
    }
}

internal sealed class ExamRetakeConfiguration : IEntityTypeConfiguration<ExamRetake>
{
    public void Configure(EntityTypeBuilder<ExamRetake> builder)
    {
        builder.AppendOnly();
        builder.IsEvidence(r => r.Id);
        builder.HasKey(r => new { r.ProjectId, r.UserId, r.Attempt });
        builder.HasOne<Project>().WithMany().HasForeignKey(r => r.ProjectId);
        builder.HasOne<User>().WithMany().HasForeignKey(r => r.UserId);
        builder.HasOne<User>().WithMany().HasForeignKey(r => r.AllowedById);
    }
}
