using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Runs;

/// <summary>A run in a list.</summary>
/// <param name="Id">The run.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Name">Its name.</param>
/// <param name="State">Where it stands.</param>
/// <param name="PauseRequested">Whether it is about to pause.</param>
/// <param name="Done">Pieces done.</param>
/// <param name="Total">Pieces in all; 0 until known.</param>
/// <param name="Note">What is under way, or null.</param>
/// <param name="Model">Name of the model that it samples from or trains, or null.</param>
/// <param name="Round">The iteration of the loop.</param>
/// <param name="By">Who started it; null for the planner.</param>
/// <param name="CreatedAt">When it was queued.</param>
/// <param name="StartedAt">When it was first claimed.</param>
/// <param name="EndedAt">When it ended.</param>
public sealed record RunLine(
    long Id, RunKind Kind, string Name, RunState State, bool PauseRequested, int Done, int Total, string? Note, string? Model, int Round, string? By,
    DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt);

/// <summary>One page of a project's runs, newest first.</summary>
/// <param name="Lines">The page.</param>
/// <param name="Count">How many there are in all.</param>
public sealed record RunList(IReadOnlyList<RunLine> Lines, int Count);

/// <summary>A run as others mention it.</summary>
/// <param name="ProjectId">Its project.</param>
/// <param name="Id">The run; null where the reader is no member of its project.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Name">Its name; null with <paramref name="Id"/>.</param>
/// <param name="State">Where it stands.</param>
/// <param name="NeedsDevice">Whether it needs a device of this installation.</param>
public sealed record RunMention(long ProjectId, long? Id, RunKind Kind, string? Name, RunState State, bool NeedsDevice);

/// <summary>A device and who has it.</summary>
/// <param name="Host">The machine.</param>
/// <param name="Device">The device there.</param>
/// <param name="Holder">Who has it, or null.</param>
/// <param name="TakenAt">Since when.</param>
/// <param name="IsLent">Whether it is lent to a person for a request (<see cref="SlotLoan"/>).</param>
public sealed record SlotLine(string Host, string Device, RunMention? Holder, DateTimeOffset? TakenAt, bool IsLent);

/// <summary>All devices, and the runs that wait in the order in which they are taken.</summary>
/// <param name="Slots">The devices.</param>
/// <param name="Waiting">Queued runs: training first, then the oldest.</param>
public sealed record SlotQueue(IReadOnlyList<SlotLine> Slots, IReadOnlyList<RunMention> Waiting);

/// <summary>One run with what belongs to it.</summary>
/// <param name="Run">The row.</param>
/// <param name="Model">The model, or null.</param>
/// <param name="By">Who started it; null for the planner.</param>
/// <param name="Revision">Number of the settings that it saw.</param>
/// <param name="Parent">The run that it followed, or null.</param>
/// <param name="Children">The runs that followed it.</param>
/// <param name="Events">Its history, newest first, at most <see cref="RunQueries.MostEvents"/> lines.</param>
public sealed record RunDetails(
    Run Run, LanguageModel? Model, string? By, int Revision, RunMention? Parent, IReadOnlyList<RunMention> Children, IReadOnlyList<RunEvent> Events);

/// <summary>Reads runs for pages. Reviewers and leads of the project may.</summary>
public sealed class RunQueries(IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>Lines of history that a page gets.</summary>
    public const int MostEvents = 200;

    /// <summary>Runs on a page of the list.</summary>
    public const int PageSize = 30;

    private const int MostWaiting = 50;

    /// <summary>A page of the project's runs, newest first.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="kind">Runs of one kind, or null for all.</param>
    /// <param name="page">From 0.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Outcome<RunList>> ListAsync(Actor actor, long projectId, RunKind? kind, int page, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var runs = context.Set<Run>().Where(r => r.ProjectId == projectId && (kind == null || r.Kind == kind));
        var lines = await runs.OrderByDescending(r => r.Id).Skip(Math.Clamp(page, 0, 1_000_000) * PageSize).Take(PageSize)
            .Select(r => new RunLine(
                r.Id, r.Kind, r.Name, r.State, r.PauseRequested, r.ProgressDone, r.ProgressTotal, r.ProgressNote,
                context.Set<LanguageModel>().Where(m => m.Id == r.ModelId).Select(m => m.Name).FirstOrDefault(), r.Round,
                context.Set<User>().Where(u => u.Id == r.CreatedById).Select(u => u.DisplayName).FirstOrDefault(),
                r.CreatedAt, r.StartedAt, r.EndedAt))
            .ToListAsync(cancellationToken);
        return new RunList(lines, await runs.CountAsync(cancellationToken));
    }

    /// <summary>One run.</summary>
    public async Task<Outcome<RunDetails>> FindAsync(Actor actor, long projectId, long runId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var run = await context.Set<Run>().AsNoTracking().SingleOrDefaultAsync(r => r.Id == runId && r.ProjectId == projectId, cancellationToken);
        if (run is null) return Refusal.NotFound("There is no such run in this project.");
        return new RunDetails(
            run,
            await context.Set<LanguageModel>().AsNoTracking().SingleOrDefaultAsync(m => m.Id == run.ModelId, cancellationToken),
            await context.Set<User>().Where(u => u.Id == run.CreatedById).Select(u => u.DisplayName).SingleOrDefaultAsync(cancellationToken),
            await context.Set<ProjectRevision>().Where(r => r.Id == run.RevisionId).Select(r => r.Number).SingleAsync(cancellationToken),
            (await MentionAsync(context, context.Set<Run>().Where(r => r.Id == run.ParentId), [projectId], cancellationToken)).SingleOrDefault(),
            await MentionAsync(context, context.Set<Run>().Where(r => r.ParentId == runId).OrderBy(r => r.Id), [projectId], cancellationToken),
            await context.Set<RunEvent>().AsNoTracking().Where(e => e.RunId == runId).OrderByDescending(e => e.Id).Take(MostEvents).ToListAsync(cancellationToken));
    }

    /// <summary>Who holds the devices of the installation and who waits, for a page of this project. Runs of projects that the actor is no member of are mentioned without their names.</summary>
    public async Task<Outcome<SlotQueue>> SlotsAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var mine = await Membership.ProjectsOf(context, actor, ProjectRole.Annotator).ToListAsync(cancellationToken);
        var lent = await SlotLoan.LentAsync(context, cancellationToken);
        var slots = await context.Set<Slot>().AsNoTracking().OrderBy(s => s.Host).ThenBy(s => s.Device).ToListAsync(cancellationToken);
        var lines = new List<SlotLine>();
        foreach (var slot in slots)
        {
            var holder = await MentionAsync(context, context.Set<Run>().Where(r => r.Id == slot.RunId), mine, cancellationToken);
            lines.Add(new SlotLine(slot.Host, slot.Device, holder.SingleOrDefault(), slot.TakenAt, lent.Contains(slot.Id)));
        }

        var waiting = context.Set<Run>().Where(r => r.State == RunState.Queued)
            .OrderByDescending(r => r.Kind == RunKind.Training).ThenBy(r => r.Id).Take(MostWaiting);
        return new SlotQueue(lines, await MentionAsync(context, waiting, mine, cancellationToken));
    }

    private static async Task<List<RunMention>> MentionAsync(StepDpoContext context, IQueryable<Run> runs, List<long> projects, CancellationToken cancellationToken) =>
        await runs.Select(r => new RunMention(
            r.ProjectId,
            projects.Contains(r.ProjectId) ? r.Id : null,
            r.Kind,
            projects.Contains(r.ProjectId) ? r.Name : null,
            r.State,
            r.Kind == RunKind.Training || context.Set<LanguageModel>().Any(m => m.Id == r.ModelId && m.Kind == ModelKind.Folder))).ToListAsync(cancellationToken);
}
