using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Annotations;

/// <summary>What a person says of a solution.</summary>
public enum FirstErrorOutcome
{
    /// <summary>Step k is the first that is not correct.</summary>
    FirstError,

    /// <summary>No step is wrong.</summary>
    NoError,

    /// <summary>It cannot be judged; the reason says why.</summary>
    CannotJudge,

    /// <summary>The annotation that this row supersedes is taken back.</summary>
    Undone,
}

/// <summary>How the first error step is wrong.</summary>
public enum StepGrade
{
    /// <summary>It is false.</summary>
    Incorrect,

    /// <summary>It is not false, and leads nowhere.</summary>
    Neutral,
}

/// <summary>Why a solution has no first error in spite of its answer, or cannot be judged.</summary>
public enum FirstErrorReason
{
    /// <summary>The problem is unclear or has no answer.</summary>
    BadProblem,

    /// <summary>The reference answer is wrong.</summary>
    WrongReference,

    /// <summary>The text is cut into steps at the wrong places.</summary>
    BadStepSplit,

    /// <summary>The answer means the same as the reference; the grader missed it.</summary>
    EquivalentAnswer,

    /// <summary>The person cannot tell.</summary>
    Unsure,

    /// <summary>Something else; the note says what.</summary>
    Other,
}

/// <summary>
/// One person's judgement. Never updated: a change or an undo is a new row that supersedes the old one, so an assignment's rows
/// form one chain whose last row counts. Steps after k stay unjudged.
/// </summary>
public sealed class FirstErrorAnnotation
{
    /// <summary>Key; rises with time.</summary>
    public long Id { get; init; }

    /// <summary>The assignment.</summary>
    public required long AssignmentId { get; init; }

    /// <summary>The assignment's solution, carried along by foreign keys.</summary>
    public required long SolutionId { get; init; }

    /// <summary>The assignment's annotator, carried along by foreign keys.</summary>
    public required Guid AnnotatorId { get; init; }

    /// <summary>The solution's number of steps n, carried along by foreign keys.</summary>
    public required int StepCount { get; init; }

    /// <summary>What the grader said of the solution at that time: a judgement that contradicts it is stopped at the door.</summary>
    public required AnswerCheck AnswerCheck { get; init; }

    /// <summary>The judgement.</summary>
    public required FirstErrorOutcome Outcome { get; init; }

    /// <summary>k, 1 to n; only with <see cref="FirstErrorOutcome.FirstError"/>.</summary>
    public int? Step { get; init; }

    /// <summary>How step k is wrong; only with <see cref="FirstErrorOutcome.FirstError"/>.</summary>
    public StepGrade? Grade { get; init; }

    /// <summary>Why there is none, or why it cannot be judged.</summary>
    public FirstErrorReason? Reason { get; init; }

    /// <summary>What the person adds.</summary>
    public string Note { get; init; } = "";

    /// <summary>Milliseconds at work: hidden tabs and idle time left out.</summary>
    public int ActiveMilliseconds { get; init; }

    /// <summary>The settings and guidelines that the person saw.</summary>
    public required long RevisionId { get; init; }

    /// <summary>Key that the browser gave this judgement: sent twice, it is stored once.</summary>
    public required Guid ClientKey { get; init; }

    /// <summary>The row of the same assignment that this one replaces, or null for the first.</summary>
    public long? SupersedesId { get; init; }

    /// <summary>Kept and not counted: it came after its place had gone to somebody else, or its annotator was paused, or it is of a gold item.</summary>
    public bool Surplus { get; init; }

    /// <summary>Whether the person had seen the solution's suggestion by then: it counts for the verdict, and is not blind.</summary>
    public bool AfterSuggestion { get; init; }

    /// <summary>When it was stored.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class FirstErrorAnnotationConfiguration : IEntityTypeConfiguration<FirstErrorAnnotation>
{
    public void Configure(EntityTypeBuilder<FirstErrorAnnotation> builder)
    {
        builder.AppendOnly();
        builder.IsEvidence();
        builder.Property(a => a.Note).HasMaxLength(4000);
        builder.HasAlternateKey(a => new { a.Id, a.AssignmentId });
        builder.HasIndex(a => a.ClientKey).IsUnique();
        builder.HasIndex(a => a.Note).HasMethod("gin").IsTsVectorExpressionIndex("simple").HasFilter("note <> ''");
        builder.HasIndex(a => a.SupersedesId).IsUnique();
        builder.HasIndex(a => a.AssignmentId, "ix_first_error_annotation_first").IsUnique().HasFilter("supersedes_id IS NULL");
        builder.HasIndex(a => new { a.AnnotatorId, a.Id });
        builder.HasOne<Assignment>().WithMany().HasForeignKey(a => new { a.AssignmentId, a.SolutionId, a.AnnotatorId })
            .HasPrincipalKey(a => new { a.Id, a.SolutionId, a.AnnotatorId });
        builder.HasOne<Solution>().WithMany().HasForeignKey(a => new { a.SolutionId, a.StepCount }).HasPrincipalKey(s => new { s.Id, s.StepCount });
        builder.HasOne<User>().WithMany().HasForeignKey(a => a.AnnotatorId);
        builder.HasOne<ProjectRevision>().WithMany().HasForeignKey(a => a.RevisionId);
        builder.HasOne<FirstErrorAnnotation>().WithMany().HasForeignKey(a => new { a.SupersedesId, a.AssignmentId }).HasPrincipalKey(a => new { a.Id, a.AssignmentId });
        builder.ToTable(table =>
        {
            table.HasCheckConstraint("ck_first_error_annotation_step", "step BETWEEN 1 AND step_count");
            table.HasCheckConstraint("ck_first_error_annotation_first_error", "(outcome = 'FirstError') = (step IS NOT NULL) AND (outcome = 'FirstError') = (grade IS NOT NULL)");
            // 6 % of a well-known public set calls solutions with a wrong answer free of errors, without a word.
            table.HasCheckConstraint("ck_first_error_annotation_no_error", "outcome <> 'NoError' OR answer_check <> 'Wrong' OR coalesce(reason, '') IN ('WrongReference', 'EquivalentAnswer')");
            table.HasCheckConstraint("ck_first_error_annotation_cannot_judge", "outcome <> 'CannotJudge' OR reason IS NOT NULL");
            table.HasCheckConstraint("ck_first_error_annotation_other", "coalesce(reason, '') <> 'Other' OR note <> ''");
            table.HasCheckConstraint("ck_first_error_annotation_undone", "outcome <> 'Undone' OR supersedes_id IS NOT NULL");
            table.HasCheckConstraint("ck_first_error_annotation_active", "active_milliseconds >= 0");
        });
    }
}
