using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Problems;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Evaluations;

/// <summary>One problem's text in an evaluation run.</summary>
public sealed class EvaluationItem
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>The project.</summary>
    public required long ProjectId { get; init; }

    /// <summary>The evaluation run.</summary>
    public required long RunId { get; init; }

    /// <summary>The problem.</summary>
    public required long ProblemId { get; init; }

    /// <summary>The problem.</summary>
    public Problem? Problem { get; init; }

    /// <summary>The problem's split, carried along by foreign keys.</summary>
    public required Split Split { get; init; }

    /// <summary>The text after the prompt, as received.</summary>
    public required string Text { get; init; }

    /// <summary>Why the text ended.</summary>
    public required FinishReason FinishReason { get; init; }

    /// <summary>Number of tokens, where the endpoint says.</summary>
    public int? TokenCount { get; init; }

    /// <summary>The final answer found in the text, or null.</summary>
    public string? ExtractedAnswer { get; set; }

    /// <summary>What the grader says of it.</summary>
    public required AnswerCheck AnswerCheck { get; set; }

    /// <summary>Version of the reference answer that it was graded against.</summary>
    public required int AnswerVersion { get; set; }

    /// <summary>What a person says instead, or null.</summary>
    public AnswerCheck? OverruledCheck { get; set; }

    /// <summary>Who overruled the grader.</summary>
    public Guid? OverruledById { get; set; }

    /// <summary>When it was sampled.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Concurrency token.</summary>
    public uint RowVersion { get; init; }
}

internal sealed class EvaluationItemConfiguration : IEntityTypeConfiguration<EvaluationItem>
{
    public void Configure(EntityTypeBuilder<EvaluationItem> builder)
    {
        builder.UpdatesOnly(i => i.ExtractedAnswer, i => i.AnswerCheck, i => i.AnswerVersion, i => i.OverruledCheck, i => i.OverruledById);
        builder.HasRowVersion(i => i.RowVersion);
        builder.HasIndex(i => new { i.RunId, i.ProblemId }).IsUnique();
        builder.HasOne<Run>().WithMany().HasForeignKey(i => new { i.RunId, i.ProjectId }).HasPrincipalKey(r => new { r.Id, r.ProjectId });
        builder.HasOne(i => i.Problem).WithMany().HasForeignKey(i => new { i.ProblemId, i.ProjectId, i.Split }).HasPrincipalKey(p => new { p.Id, p.ProjectId, p.Split });
        builder.HasOne<User>().WithMany().HasForeignKey(i => i.OverruledById);
        builder.ToTable(table => table.HasCheckConstraint("ck_evaluation_item_overruled", "(overruled_check IS NULL) = (overruled_by_id IS NULL)"));
    }
}
