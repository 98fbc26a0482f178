using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Problems;
using StepDpo.Core.Runs;

namespace StepDpo.Core.Sampling;

/// <summary>Why a sampled text ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended it.</summary>
    Stop,

    /// <summary>It reached the largest number of tokens.</summary>
    Length,

    /// <summary>It held what cannot be stored (U+0000) and was refused at the edge; the text kept is empty.</summary>
    Invalid,
}

/// <summary>Where a solution stands on its way to a pair; the machine is drawn in <c>docs/state-machines.md</c>.</summary>
public enum SolutionState
{
    /// <summary>Graded and not up for judging: its answer is right, or its text is another solution's.</summary>
    Sampled,

    /// <summary>Waits for judgements.</summary>
    Waiting,

    /// <summary>The judgements disagree: a reviewer decides.</summary>
    Adjudication,

    /// <summary>Its first error is known; continuations are to be sampled.</summary>
    Rectifying,

    /// <summary>Candidates wait for review.</summary>
    InReview,

    /// <summary>A pair came out of it.</summary>
    Paired,

    /// <summary>No candidate is left: sample more, at another temperature, reopen k, or discard.</summary>
    NoCandidate,

    /// <summary>Closed without a pair: no error in it, or not judgeable, or given up.</summary>
    Closed,

    /// <summary>Set aside without a verdict: those who judged it do not agree.</summary>
    Discarded,
}

/// <summary>One sampled attempt at a problem. Its text is stored as received; steps are offsets into it.</summary>
public sealed class Solution
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>The project.</summary>
    public required long ProjectId { get; init; }

    /// <summary>The run that sampled it.</summary>
    public required long RunId { get; init; }

    /// <summary>The run.</summary>
    public Run? Run { get; init; }

    /// <summary>The problem.</summary>
    public required long ProblemId { get; init; }

    /// <summary>The problem.</summary>
    public Problem? Problem { get; init; }

    /// <summary>The problem's split, carried along by foreign keys.</summary>
    public required Split Split { get; init; }

    /// <summary>0, 1, … within run and problem.</summary>
    public required int SampleIndex { get; init; }

    /// <summary>The text after the prompt, as received.</summary>
    public required string Text { get; init; }

    /// <summary>Lower-case hex SHA-256 of the text.</summary>
    public required string TextSha256 { get; init; }

    /// <summary>Offset of each step in the text (<see cref="StepSplit.Offsets"/>).</summary>
    public required int[] StepOffsets { get; init; }

    /// <summary>Number of steps n: what k must stay within.</summary>
    public required int StepCount { get; init; }

    /// <summary>Number of steps that may hold the first error: where the text was cut off, the last one is unfinished and may not.</summary>
    public int WholeStepCount => FinishReason == FinishReason.Length ? StepCount - 1 : StepCount;

    /// <summary>Why the text ended.</summary>
    public required FinishReason FinishReason { get; init; }

    /// <summary>Number of tokens, where the endpoint says.</summary>
    public int? TokenCount { get; init; }

    /// <summary>Sum of the tokens' log-probabilities, where the endpoint says.</summary>
    public double? LogProbabilitySum { get; init; }

    /// <summary>The final answer found in the text, or null.</summary>
    public string? ExtractedAnswer { get; set; }

    /// <summary>What the grader says of it.</summary>
    public required AnswerCheck AnswerCheck { get; set; }

    /// <summary>Version of the reference answer that it was graded against.</summary>
    public required int AnswerVersion { get; set; }

    /// <summary>The solution of this problem with the same text that is judged in its place, or null.</summary>
    public long? SameTextAsId { get; init; }

    /// <summary>Where it stands.</summary>
    public required SolutionState State { get; set; }

    /// <summary>What judging it is worth, 0 to 1 (<see cref="Sampling.Usefulness"/>).</summary>
    public double Usefulness { get; private set; } = Sampling.Usefulness.Of(0, 0);

    /// <summary>Its place in the random order; made by the database of its key.</summary>
    public int Shuffle { get; private set; }

    /// <summary>How many judgements are asked for, where these are more than the project's N: the first ones disagreed, or a reviewer wants one more. 0 where not.</summary>
    public int WantedJudgements { get; set; }

    /// <summary>When it was sampled.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Concurrency token.</summary>
    public uint RowVersion { get; init; }
}

internal sealed class SolutionConfiguration : IEntityTypeConfiguration<Solution>
{
    public void Configure(EntityTypeBuilder<Solution> builder)
    {
        builder.IsEvidence();
        builder.UpdatesOnly(s => s.ExtractedAnswer, s => s.AnswerCheck, s => s.AnswerVersion, s => s.State, s => s.Usefulness, s => s.WantedJudgements);
        builder.HasRowVersion(s => s.RowVersion);
        builder.Property(s => s.TextSha256).HasMaxLength(64);
        builder.HasAlternateKey(s => new { s.Id, s.StepCount });
        builder.HasAlternateKey(s => new { s.Id, s.ProblemId, s.Split });
        builder.HasIndex(s => new { s.RunId, s.ProblemId, s.SampleIndex }).IsUnique();
        builder.HasIndex(s => new { s.ProjectId, s.State, s.Id });
        builder.HasIndex(s => s.Text).HasMethod("gin").IsTsVectorExpressionIndex("simple");
        builder.Property(s => s.Usefulness).HasDefaultValue(Sampling.Usefulness.Of(0, 0));
        builder.Property(s => s.Shuffle).HasComputedColumnSql("('x' || substr(md5(id::text), 1, 8))::bit(32)::int", stored: true);
        builder.HasIndex(s => new { s.ProjectId, s.Usefulness, s.Id }).IsDescending(false, true, false).HasFilter("state = 'Waiting'");
        builder.HasIndex(s => new { s.ProjectId, s.Shuffle, s.Id }).HasFilter("state = 'Waiting'");
        builder.HasIndex(s => new { s.ProblemId, s.TextSha256 }).IsUnique().HasFilter("same_text_as_id IS NULL");
        builder.HasOne(s => s.Run).WithMany().HasForeignKey(s => new { s.RunId, s.ProjectId }).HasPrincipalKey(r => new { r.Id, r.ProjectId });
        builder.HasOne(s => s.Problem).WithMany().HasForeignKey(s => new { s.ProblemId, s.ProjectId, s.Split }).HasPrincipalKey(p => new { p.Id, p.ProjectId, p.Split });
        builder.HasOne<Solution>().WithMany().HasForeignKey(s => s.SameTextAsId);
        builder.ToTable(table =>
        {
            table.HasCheckConstraint("ck_solution_sample_index", "sample_index >= 0");
            table.HasCheckConstraint("ck_solution_steps", "step_count >= 1 AND step_count = cardinality(step_offsets)");
            table.HasCheckConstraint("ck_solution_same_text", "same_text_as_id IS NULL OR (same_text_as_id <> id AND state = 'Sampled')");
            table.HasCheckConstraint("ck_solution_pool", "split = 'Pool' OR state IN ('Sampled', 'Waiting', 'Adjudication', 'Closed', 'Discarded')");
            table.HasCheckConstraint("ck_solution_wanted_judgements", "wanted_judgements BETWEEN 0 AND 9");
        });
    }
}
