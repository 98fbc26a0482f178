using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Progress;

/// <summary>
/// One person's day (UTC) in a project, counted: what the cockpit reads instead of a million judgements. The database's triggers
/// keep it in the transaction of what it counts, by signed changes: a judgement counts on its own day, and one that is changed or
/// taken back is taken off that day again. So it is exact at each moment, and nothing else may write it.
/// </summary>
public sealed class WorkDay
{
    /// <summary>The project.</summary>
    public required long ProjectId { get; init; }

    /// <summary>The person.</summary>
    public required Guid UserId { get; init; }

    /// <summary>The day, UTC.</summary>
    public required DateOnly Day { get; init; }

    /// <summary>Judgements of this day that count now: the last of their assignment, in time, not taken back.</summary>
    public int Judgements { get; init; }

    /// <summary>Those that find no error.</summary>
    public int NoErrors { get; init; }

    /// <summary>Those that say it cannot be judged.</summary>
    public int CannotJudge { get; init; }

    /// <summary>Judgements whose place had gone to somebody else: kept, not counted.</summary>
    public int Surplus { get; init; }

    /// <summary>How often a judgement was taken back on this day.</summary>
    public int Undone { get; init; }

    /// <summary>Solutions first dealt out on this day and put aside.</summary>
    public int Skipped { get; init; }

    /// <summary>
    /// Milliseconds worked on judging, surplus and work taken back included. A judgement that replaces another replaces its time too:
    /// the page's clock goes on from where it stood.
    /// </summary>
    public long WorkedMilliseconds { get; init; }

    /// <summary>Milliseconds of the judgements that count.</summary>
    public long JudgedMilliseconds { get; init; }

    /// <summary>Sum of the squares of those: for the interval of their mean.</summary>
    public decimal JudgedSquares { get; init; }

    /// <summary>Decisions on candidates.</summary>
    public int Reviews { get; init; }

    /// <summary>Milliseconds worked on them.</summary>
    public long ReviewMilliseconds { get; init; }

    /// <summary>The last judgement or decision of the day; null where the day has none.</summary>
    public DateTimeOffset? LastAt { get; init; }
}

internal sealed class WorkDayConfiguration : IEntityTypeConfiguration<WorkDay>
{
    public void Configure(EntityTypeBuilder<WorkDay> builder)
    {
        builder.ReadOnly();
        builder.HasKey(d => new { d.ProjectId, d.UserId, d.Day });
        // A trigger names only what it counts.
        foreach (var name in new[]
        {
            nameof(WorkDay.Judgements), nameof(WorkDay.NoErrors), nameof(WorkDay.CannotJudge), nameof(WorkDay.Surplus), nameof(WorkDay.Undone), nameof(WorkDay.Skipped),
            nameof(WorkDay.WorkedMilliseconds), nameof(WorkDay.JudgedMilliseconds), nameof(WorkDay.JudgedSquares), nameof(WorkDay.Reviews), nameof(WorkDay.ReviewMilliseconds),
        })
        {
            builder.Property(name).HasDefaultValueSql("0");
        }

        builder.Property(d => d.JudgedSquares).HasColumnType("numeric");
        builder.HasOne<Project>().WithMany().HasForeignKey(d => d.ProjectId);
        builder.HasOne<User>().WithMany().HasForeignKey(d => d.UserId);
    }
}

/// <summary>How many of a person's judgements of a day name which step. Kept as <see cref="WorkDay"/> is.</summary>
public sealed class WorkDayStep
{
    /// <summary>The project.</summary>
    public required long ProjectId { get; init; }

    /// <summary>The person.</summary>
    public required Guid UserId { get; init; }

    /// <summary>The day, UTC.</summary>
    public required DateOnly Day { get; init; }

    /// <summary>The first error's step k, from 1; 0 for "no error".</summary>
    public required int Step { get; init; }

    /// <summary>In which quarter of the solution's steps k lies, 1 to 4; 0 for "no error".</summary>
    public required int Quarter { get; init; }

    /// <summary>Judgements that count now.</summary>
    public required int Judgements { get; init; }
}

internal sealed class WorkDayStepConfiguration : IEntityTypeConfiguration<WorkDayStep>
{
    public void Configure(EntityTypeBuilder<WorkDayStep> builder)
    {
        builder.ReadOnly();
        builder.HasKey(d => new { d.ProjectId, d.UserId, d.Day, d.Step, d.Quarter });
        builder.HasOne<Project>().WithMany().HasForeignKey(d => d.ProjectId);
        builder.HasOne<User>().WithMany().HasForeignKey(d => d.UserId);
    }
}
