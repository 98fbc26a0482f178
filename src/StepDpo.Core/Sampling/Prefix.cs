using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Problems;

namespace StepDpo.Core.Sampling;

/// <summary>Problem, steps 1 to k-1 and <c>Step k:</c> of a solution: where continuations start. Only Pool problems may have any.</summary>
public sealed class Prefix
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>The solution that it is cut from.</summary>
    public required long SolutionId { get; init; }

    /// <summary>The solution.</summary>
    public Solution? Solution { get; init; }

    /// <summary>The solution's problem, carried along by foreign keys.</summary>
    public required long ProblemId { get; init; }

    /// <summary>The problem's split, carried along by foreign keys: always Pool.</summary>
    public required Split Split { get; init; }

    /// <summary>The solution's number of steps, carried along by foreign keys.</summary>
    public required int StepCount { get; init; }

    /// <summary>The step k that continuations begin with.</summary>
    public required int Step { get; init; }

    /// <summary>The text as <see cref="PrefixText.Of"/> cuts it: the data set's <c>initial_reason_steps</c>.</summary>
    public required string Text { get; init; }

    /// <summary>When it was cut.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class PrefixConfiguration : IEntityTypeConfiguration<Prefix>
{
    public void Configure(EntityTypeBuilder<Prefix> builder)
    {
        builder.AppendOnly();
        builder.IsEvidence();
        builder.HasIndex(p => new { p.SolutionId, p.Step }).IsUnique();
        builder.HasOne(p => p.Solution).WithMany().HasForeignKey(p => new { p.SolutionId, p.ProblemId, p.Split }).HasPrincipalKey(s => new { s.Id, s.ProblemId, s.Split });
        builder.HasOne<Solution>().WithMany().HasForeignKey(p => new { p.SolutionId, p.StepCount }).HasPrincipalKey(s => new { s.Id, s.StepCount });
        builder.ToTable(table =>
        {
            table.HasCheckConstraint("ck_prefix_pool", "split = 'Pool'");
            table.HasCheckConstraint("ck_prefix_step", "step BETWEEN 1 AND step_count");
        });
    }
}
