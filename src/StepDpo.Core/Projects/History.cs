using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;

namespace StepDpo.Core.Projects;

/// <summary>A line of the audit with the name of who did it: null for the installation itself.</summary>
public sealed record HistoryRow(long Id, DateTimeOffset At, string? ActorName, string Action, string Subject, string SubjectId, string? Old, string? New);

/// <summary>Which lines of the audit are looked for; what is null lets everything through.</summary>
/// <param name="ActorId">Who did it.</param>
/// <param name="Action">How the action begins: <c>gold</c>, <c>gold.marked</c>.</param>
/// <param name="From">On this day (UTC) or later.</param>
/// <param name="To">On this day (UTC) or earlier.</param>
public sealed record HistoryFilter(Guid? ActorId = null, string? Action = null, DateOnly? From = null, DateOnly? To = null);

/// <summary>A page of the audit, newest first.</summary>
/// <param name="Rows">The lines.</param>
/// <param name="Before">Where the next page begins, or null after the last.</param>
/// <param name="Seal">What is signed, or null while nothing is.</param>
public sealed record HistoryPage(IReadOnlyList<HistoryRow> Rows, long? Before, Seal? Seal);

/// <summary>Reads the audit, newest first, a page at a time.</summary>
public sealed class History(IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>What happened in a project. For leads.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="filter">Which lines.</param>
    /// <param name="before">Only rows with a lower key: where the page before ended; null for the first page.</param>
    /// <param name="take">Most rows, 1 to 500.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<Outcome<HistoryPage>> OfProjectAsync(
        Actor actor, long projectId, HistoryFilter filter, long? before = null, int take = 100, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        return role.Succeeded ? await PageAsync(context, e => e.ProjectId == projectId, filter, before, take, cancellationToken) : role.Refusal;
    }

    /// <summary>What happened in the whole installation. For admins.</summary>
    public async Task<Outcome<HistoryPage>> OfInstallationAsync(Actor actor, HistoryFilter filter, long? before = null, int take = 100, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var admin = await Administration.RequireAdminAsync(context, actor, cancellationToken);
        return admin.Succeeded ? await PageAsync(context, e => true, filter, before, take, cancellationToken) : admin.Refusal;
    }

    private static async Task<HistoryPage> PageAsync(
        StepDpoContext context, Expression<Func<AuditEvent, bool>> which, HistoryFilter filter, long? before, int take, CancellationToken cancellationToken)
    {
        var events = context.Set<AuditEvent>().Where(which);
        if (filter.ActorId is { } actor) events = events.Where(e => e.ActorId == actor);
        if (!string.IsNullOrWhiteSpace(filter.Action)) events = events.Where(e => e.Action.StartsWith(filter.Action.Trim()));
        if (filter.From is { } from) events = events.Where(e => e.At >= Midnight(from));
        if (filter.To is { } to) events = events.Where(e => e.At < Midnight(to.AddDays(1)));
        var size = Math.Clamp(take, 1, 500);
        var rows = await (from e in events
                          where before == null || e.Id < before
                          join user in context.Set<User>() on e.ActorId equals (Guid?)user.Id into users
                          from user in users.DefaultIfEmpty()
                          orderby e.Id descending
                          select new HistoryRow(e.Id, e.At, user == null ? null : user.DisplayName, e.Action, e.Subject, e.SubjectId, e.Old, e.New))
            .Take(size + 1).ToListAsync(cancellationToken);
        return new([.. rows.Take(size)], rows.Count > size ? rows[size - 1].Id : null, await Seal.NewestAsync(context, cancellationToken));
    }

    private static DateTimeOffset Midnight(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
}
