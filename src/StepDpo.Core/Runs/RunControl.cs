using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Runs;

/// <summary>What people do with runs: queue, pause, resume, cancel, try again. Leads of the project and admins may.</summary>
public sealed class RunControl(IDbContextFactory<StepDpoContext> contexts, RunNotifier notifier, TimeProvider clock)
{
    /// <summary>Queues a run under the project's settings of this moment.</summary>
    /// <returns>The run's id; that of the first press when the client key has been seen before.</returns>
    public async Task<Outcome<long>> QueueAsync<TOptions>(Actor actor, RunRequest<TOptions> request, CancellationToken cancellationToken = default)
        where TOptions : IRunOptions
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await QueueAsync(context, actor, request, cancellationToken);
    }

    /// <summary>Queues a run in the caller's context; for chained runs and for forms that compute options first.</summary>
    public async Task<Outcome<long>> QueueAsync<TOptions>(
        StepDpoContext context, Actor actor, RunRequest<TOptions> request, CancellationToken cancellationToken)
        where TOptions : IRunOptions
    {
        var role = await Membership.RequireAsync(context, actor, request.ProjectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (request.ClientKey is { } key && await OfKeyAsync(context, key, cancellationToken) is { } first) return first;
        if (await RefuseAsync(context, request, cancellationToken) is { } refusal) return refusal;

        var revision = await context.Set<ProjectRevision>().Where(r => r.ProjectId == request.ProjectId)
            .OrderByDescending(r => r.Number).Select(r => r.Id).FirstAsync(cancellationToken);
        var run = new Run
        {
            ProjectId = request.ProjectId,
            Kind = TOptions.Kind,
            Name = request.Name.Trim(),
            RevisionId = revision,
            ModelId = request.ModelId,
            Options = JsonSerializer.Serialize(request.Options, RunJson.Line),
            Round = request.Round,
            ParentId = request.ParentId,
            ClientKey = request.ClientKey,
            CreatedById = actor.UserId,
            CreatedAt = clock.GetUtcNow(),
        };
        context.Add(run);
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } violation)
        {
            context.Entry(run).State = EntityState.Detached;
            if (violation.ConstraintName == "ix_run_one_active_training") return Refusal.Conflict("A training run of this project is under way already.");
            if (request.ClientKey is not { } pressed || await OfKeyAsync(context, pressed, cancellationToken) is not { } other) throw;
            return other;
        }

        await RecordAsync(context, actor, run.Id, run.ProjectId, "run.queued", $"Queued: {run.Name}.", cancellationToken, new { run.Kind, run.Name, run.RevisionId, run.ModelId, request.Options });
        Wake(run.Id);
        return run.Id;
    }

    /// <summary>Stops a run so that it can go on later: a queued one at once, a running one when what it is doing is stored.</summary>
    public Task<Outcome<Done>> PauseAsync(Actor actor, long runId, CancellationToken cancellationToken = default) =>
        ChangeAsync(actor, runId, "run.paused", "Pause asked for.", async (context, run) =>
            await context.Set<Run>().Where(r => r.Id == runId && r.State == RunState.Queued)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, RunState.Paused), cancellationToken)
            + await context.Set<Run>().Where(r => r.Id == runId && r.State == RunState.Running)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.PauseRequested, true), cancellationToken), cancellationToken);

    /// <summary>Lets a paused run go on.</summary>
    public Task<Outcome<Done>> ResumeAsync(Actor actor, long runId, CancellationToken cancellationToken = default) =>
        ChangeAsync(actor, runId, "run.resumed", "Resumed.", (context, run) =>
            context.Set<Run>().Where(r => r.Id == runId && r.State == RunState.Paused)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, RunState.Queued).SetProperty(r => r.FailuresInARow, 0), cancellationToken), cancellationToken);

    /// <summary>Ends a run. What it brought forth stays.</summary>
    public Task<Outcome<Done>> CancelAsync(Actor actor, long runId, CancellationToken cancellationToken = default) =>
        ChangeAsync(actor, runId, "run.cancelled", "Cancel asked for.", async (context, run) =>
            await context.Set<Run>().Where(r => r.Id == runId && (r.State == RunState.Queued || r.State == RunState.Paused))
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, RunState.Cancelled).SetProperty(r => r.EndedAt, DateTimeOffset.UtcNow), cancellationToken)
            + await context.Set<Run>().Where(r => r.Id == runId && r.State == RunState.Running)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, RunState.Cancelling), cancellationToken), cancellationToken);

    /// <summary>Queues a failed or cancelled run again: it does what is still missing.</summary>
    public Task<Outcome<Done>> RetryAsync(Actor actor, long runId, CancellationToken cancellationToken = default) =>
        ChangeAsync(actor, runId, "run.retried", "Queued again.", (context, run) =>
            context.Set<Run>().Where(r => r.Id == runId && (r.State == RunState.Failed || r.State == RunState.Cancelled))
                .ExecuteUpdateAsync(set => set
                    .SetProperty(r => r.State, RunState.Queued).SetProperty(r => r.EndedAt, (DateTimeOffset?)null)
                    .SetProperty(r => r.Error, (string?)null).SetProperty(r => r.FailuresInARow, 0), cancellationToken), cancellationToken);

    /// <summary>Makes the loop look at once; for runs queued in a transaction of the caller, after its commit.</summary>
    public void Wake(long runId) => notifier.Tell(new RunChange(runId, ByPeople: true));

    private static async Task<long?> OfKeyAsync(StepDpoContext context, Guid key, CancellationToken cancellationToken) =>
        await context.Set<Run>().Where(r => r.ClientKey == key).Select(r => (long?)r.Id).SingleOrDefaultAsync(cancellationToken);

    private static async Task<Refusal?> RefuseAsync<TOptions>(StepDpoContext context, RunRequest<TOptions> request, CancellationToken cancellationToken)
        where TOptions : IRunOptions
    {
        if (request.Name.Trim().Length is 0 or > 200) return Refusal.Invalid(nameof(request.Name), "A run needs a name of at most 200 characters.");
        foreach (var (field, message) in request.Options.Problems()) return Refusal.Invalid(field, message);
        if (await context.Set<Project>().AnyAsync(p => p.Id == request.ProjectId && p.ArchivedAt != null, cancellationToken))
            return Refusal.Conflict("The project is archived: nothing new is started in it.");
        var model = await context.Set<LanguageModel>().AsNoTracking().SingleOrDefaultAsync(m => m.Id == request.ModelId, cancellationToken);
        if (model is null) return Refusal.Invalid(nameof(request.ModelId), "There is no such model.");
        if (model.State != ModelState.Ready) return Refusal.Invalid(nameof(request.ModelId), $"The model {model.Name} is not ready.");
        return TOptions.Kind == RunKind.Training && model.Kind != ModelKind.Folder
            ? Refusal.Invalid(nameof(request.ModelId), "Only a model whose weights are here can be trained.")
            : null;
    }

    private async Task<Outcome<Done>> ChangeAsync(
        Actor actor, long runId, string action, string message, Func<StepDpoContext, Run, Task<int>> change, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var run = await context.Set<Run>().AsNoTracking().SingleOrDefaultAsync(r => r.Id == runId, cancellationToken);
        if (run is null) return Refusal.NotFound("There is no such run.");
        var role = await Membership.RequireAsync(context, actor, run.ProjectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal.Kind == RefusalKind.NotFound ? Refusal.NotFound("There is no such run.") : role.Refusal;
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        try
        {
            if (await change(context, run) == 0) return Refusal.Conflict($"The run's state does not allow that. It is: {await context.Set<Run>().Where(r => r.Id == runId).Select(r => r.State).SingleAsync(cancellationToken)}.");
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return Refusal.Conflict("A training run of this project is under way already.");
        }

        await RecordAsync(context, actor, run.Id, run.ProjectId, action, message, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        Wake(run.Id);
        return Done.Value;
    }

    private async Task RecordAsync(
        StepDpoContext context, Actor actor, long runId, long projectId, string action, string message, CancellationToken cancellationToken, object? now = null)
    {
        var attempt = await context.Set<Run>().Where(r => r.Id == runId).Select(r => r.Attempt).SingleAsync(cancellationToken);
        context.Add(new RunEvent { RunId = runId, Attempt = attempt, Kind = RunEventKind.State, Message = message, At = clock.GetUtcNow() });
        context.Audited(clock.GetUtcNow(), actor.UserId, projectId, action, nameof(Run), runId, now: now);
        await context.SaveChangesAsync(cancellationToken);
    }
}
