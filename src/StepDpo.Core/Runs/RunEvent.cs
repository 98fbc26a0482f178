using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Data;

namespace StepDpo.Core.Runs;

/// <summary>What kind of line of a run's history this is.</summary>
public enum RunEventKind
{
    /// <summary>Queued, claimed, paused, resumed, ended.</summary>
    State,

    /// <summary>Something worth knowing.</summary>
    Note,

    /// <summary>Something that went wrong and did not end the run.</summary>
    Warning,

    /// <summary>What ended an attempt.</summary>
    Error,
}

/// <summary>A line of a run's history.</summary>
public sealed class RunEvent
{
    /// <summary>Key; rises with time.</summary>
    public long Id { get; init; }

    /// <summary>The run.</summary>
    public required long RunId { get; init; }

    /// <summary>The attempt that says so.</summary>
    public required int Attempt { get; init; }

    /// <summary>What kind of line.</summary>
    public required RunEventKind Kind { get; init; }

    /// <summary>The line.</summary>
    public required string Message { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }
}

internal sealed class RunEventConfiguration : IEntityTypeConfiguration<RunEvent>
{
    public void Configure(EntityTypeBuilder<RunEvent> builder)
    {
        builder.AppendOnly();
        builder.HasIndex(e => new { e.RunId, e.Id });
        builder.HasOne<Run>().WithMany().HasForeignKey(e => e.RunId);
    }
}
