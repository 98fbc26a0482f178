using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Runs;

/// <summary>What a run does.</summary>
public enum RunKind
{
    /// <summary>Samples solutions of problems.</summary>
    Sampling,

    /// <summary>Samples continuations of prefixes.</summary>
    Rectification,

    /// <summary>Asks a model where first errors are.</summary>
    Suggestion,

    /// <summary>Measures a model's accuracy.</summary>
    Evaluation,

    /// <summary>Trains a model on pairs.</summary>
    Training,

    /// <summary>Brought solutions in with a file. Done when it is written: nothing executes it.</summary>
    Import,
}

/// <summary>Where a run stands; the machine is drawn in <c>docs/state-machines.md</c>.</summary>
public enum RunState
{
    /// <summary>Waits for a slot.</summary>
    Queued,

    /// <summary>Owned by a process that beats.</summary>
    Running,

    /// <summary>Stopped on request; goes on when resumed.</summary>
    Paused,

    /// <summary>Asked to end; its owner has not ended yet.</summary>
    Cancelling,

    /// <summary>All done.</summary>
    Succeeded,

    /// <summary>Ended by an error; <see cref="Run.Error"/> says which.</summary>
    Failed,

    /// <summary>Ended on request.</summary>
    Cancelled,
}

/// <summary>A queued piece of work. The run is the job: there is no second table.</summary>
public sealed class Run
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>The project.</summary>
    public required long ProjectId { get; init; }

    /// <summary>What it does.</summary>
    public required RunKind Kind { get; init; }

    /// <summary>Name as shown.</summary>
    public required string Name { get; init; }

    /// <summary>The settings that it saw.</summary>
    public required long RevisionId { get; init; }

    /// <summary>The model that it samples from, or trains.</summary>
    public long? ModelId { get; init; }

    /// <summary>The kind's own options: its record as JSON.</summary>
    public required string Options { get; init; }

    /// <summary>The iteration of the loop that it belongs to, from 1.</summary>
    public int Round { get; init; } = 1;

    /// <summary>The run that it was chained to (an evaluation after a training), or null.</summary>
    public long? ParentId { get; init; }

    /// <summary>Where it stands.</summary>
    public RunState State { get; set; } = RunState.Queued;

    /// <summary>Whether a running run is asked to pause.</summary>
    public bool PauseRequested { get; set; }

    /// <summary>Pieces done: texts, items or steps.</summary>
    public int ProgressDone { get; set; }

    /// <summary>Pieces in all; 0 until known.</summary>
    public int ProgressTotal { get; set; }

    /// <summary>What is under way, in words.</summary>
    public string? ProgressNote { get; set; }

    /// <summary>Fencing number: rises with each claim; every effect names it.</summary>
    public int Attempt { get; set; }

    /// <summary>Attempts that ended without progress, in a row.</summary>
    public int FailuresInARow { get; set; }

    /// <summary>The process that holds it, or null.</summary>
    public string? LeaseOwner { get; set; }

    /// <summary>Until when it is held, on the database's clock.</summary>
    public DateTimeOffset? LeaseUntil { get; set; }

    /// <summary>The owner's last beat, on the database's clock.</summary>
    public DateTimeOffset? HeartbeatAt { get; set; }

    /// <summary>Why it failed, or null.</summary>
    public string? Error { get; set; }

    /// <summary>The key that the browser gave the request: a double press makes one run.</summary>
    public Guid? ClientKey { get; init; }

    /// <summary>Who started it; null for the planner.</summary>
    public Guid? CreatedById { get; init; }

    /// <summary>When it was queued.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was first claimed.</summary>
    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>Concurrency token.</summary>
    public uint RowVersion { get; init; }
}

internal sealed class RunConfiguration : IEntityTypeConfiguration<Run>
{
    public void Configure(EntityTypeBuilder<Run> builder)
    {
        builder.UpdatesOnly(
            r => r.State, r => r.PauseRequested, r => r.ProgressDone, r => r.ProgressTotal, r => r.ProgressNote, r => r.Attempt,
            r => r.FailuresInARow, r => r.LeaseOwner, r => r.LeaseUntil, r => r.HeartbeatAt, r => r.Error, r => r.StartedAt, r => r.EndedAt);
        builder.HasRowVersion(r => r.RowVersion);
        builder.Property(r => r.Name).HasMaxLength(200);
        builder.Property(r => r.Options).HasColumnType("jsonb");
        builder.Property(r => r.LeaseOwner).HasMaxLength(200);
        builder.HasAlternateKey(r => new { r.Id, r.ProjectId });
        builder.HasIndex(r => r.ClientKey).IsUnique();
        builder.HasIndex(r => new { r.ProjectId, r.Kind, r.Id });
        builder.HasIndex(r => new { r.State, r.Id }).HasFilter("state IN ('Queued', 'Running', 'Cancelling')");
        builder.HasIndex(r => r.ProjectId, "ix_run_one_active_training").IsUnique()
            .HasFilter("kind = 'Training' AND state IN ('Queued', 'Running', 'Paused', 'Cancelling')");
        builder.HasOne<Project>().WithMany().HasForeignKey(r => r.ProjectId);
        builder.HasOne<ProjectRevision>().WithMany().HasForeignKey(r => r.RevisionId);
        builder.HasOne<LanguageModel>().WithMany().HasForeignKey(r => r.ModelId);
        builder.HasOne<Run>().WithMany().HasForeignKey(r => r.ParentId);
        builder.HasOne<User>().WithMany().HasForeignKey(r => r.CreatedById);
        builder.HasMany<LanguageModel>().WithOne().HasForeignKey(m => m.TrainingRunId);
        builder.ToTable(table =>
        {
            table.HasCheckConstraint("ck_run_lease", "state NOT IN ('Running', 'Cancelling') OR (lease_owner IS NOT NULL AND lease_until IS NOT NULL AND attempt >= 1)");
            table.HasCheckConstraint("ck_run_error", "state <> 'Failed' OR error IS NOT NULL");
            table.HasCheckConstraint("ck_run_ended", "(state IN ('Succeeded', 'Failed', 'Cancelled')) = (ended_at IS NOT NULL)");
            table.HasCheckConstraint("ck_run_progress", "progress_done >= 0 AND progress_total >= 0");
        });
    }
}
