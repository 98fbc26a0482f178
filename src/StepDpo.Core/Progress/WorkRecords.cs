using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;
using StepDpo.Core.Statistics;

namespace StepDpo.Core.Progress;

/// <summary>What one person has done in a project, and their hours. People see themselves and nobody else; leads see everybody.</summary>
public sealed class WorkRecords(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>From so many gold judgements on people are told how they do: fewer would say which item was one.</summary>
    public const int FewestGoldTold = 5;

    /// <summary>Most judgements on one page.</summary>
    public const int ShownJudgements = 50;

    /// <summary>Most missed gold items on one page.</summary>
    public const int ShownMisses = 20;

    /// <summary>
    /// The actor's own work. A verdict is told only when the judgement can no longer be changed: nobody follows the others. Nor is it
    /// told what does not count, for that would give silent gold away: of gold the actor learns a figure that is a day old, and the misses
    /// on items that are dealt to nobody any more.
    /// </summary>
    public async Task<Outcome<PersonWork>> OwnAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Annotator, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        return actor.UserId is { } user ? await ReadAsync(context, projectId, user, tellsAll: false, cancellationToken) : Refusal.Forbidden("Only people have work of their own.");
    }

    /// <summary>A member's work, or that of somebody who worked here once. For leads.</summary>
    public async Task<Outcome<PersonWork>> OfAsync(Actor actor, long projectId, Guid userId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var isKnown = await context.Set<ProjectMember>().AnyAsync(m => m.ProjectId == projectId && m.UserId == userId, cancellationToken)
            || await context.Set<WorkDay>().AnyAsync(d => d.ProjectId == projectId && d.UserId == userId, cancellationToken);
        return isKnown ? await ReadAsync(context, projectId, userId, tellsAll: true, cancellationToken) : Refusal.NotFound("Nobody like that has worked in this project.");
    }

    /// <summary>The actor's own days, oldest first; with the judgements that do not count, so that silent gold stays so.</summary>
    public async Task<Outcome<IReadOnlyList<HoursRow>>> OwnHoursAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Annotator, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        return await HoursAsync(context, projectId, d => d.UserId == actor.UserId, withSurplus: true, cancellationToken);
    }

    /// <summary>Everybody's days, or one person's, oldest first. For leads.</summary>
    public async Task<Outcome<IReadOnlyList<HoursRow>>> HoursAsync(Actor actor, long projectId, Guid? userId = null, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        return role.Succeeded ? await HoursAsync(context, projectId, d => userId == null || d.UserId == userId, withSurplus: false, cancellationToken) : role.Refusal;
    }

    private static async Task<HoursRow[]> HoursAsync(
        StepDpoContext context, long projectId, System.Linq.Expressions.Expression<Func<WorkDay, bool>> which, bool withSurplus, CancellationToken cancellationToken) =>
        await context.Set<WorkDay>().Where(d => d.ProjectId == projectId).Where(which)
            .Join(context.Set<User>(), d => d.UserId, u => u.Id, (d, u) => new { Day = d, User = u })
            .OrderBy(row => row.Day.Day).ThenBy(row => row.User.DisplayName).ThenBy(row => row.User.Id)
            .Select(row => new HoursRow(
                row.Day.Day, row.User.UserName!, row.User.DisplayName, row.Day.Judgements + (withSurplus ? row.Day.Surplus : 0), row.Day.WorkedMilliseconds / 1000, row.Day.Reviews, row.Day.ReviewMilliseconds / 1000))
            .ToArrayAsync(cancellationToken);

    private async Task<PersonWork> ReadAsync(StepDpoContext context, long projectId, Guid user, bool tellsAll, CancellationToken cancellationToken)
    {
        var name = await context.Set<User>().Where(u => u.Id == user).Select(u => u.DisplayName).SingleAsync(cancellationToken);
        var days = await context.Set<WorkDay>().AsNoTracking().Where(d => d.ProjectId == projectId && d.UserId == user).OrderByDescending(d => d.Day).ToListAsync(cancellationToken);
        var gold = await GoldAsync(context, projectId, user, tellsAll, cancellationToken);
        AnnotatorRow row;
        if (tellsAll)
        {
            var choices = await CockpitReader.ChoicesAsync(context, projectId, null, cancellationToken);
            row = CockpitReader.Row(user, name, days, choices.GetValueOrDefault(user), CockpitReader.Team(choices.Values.Select(person => person.Choices)), gold);
        }
        else
        {
            days = [.. days.Select(WithSurplus)];
            row = await OwnRowAsync(context, projectId, user, name, days, gold, cancellationToken);
        }

        return new PersonWork(user, name, row, days, await LastAsync(context, projectId, user, tellsAll, cancellationToken), await MissedAsync(context, projectId, user, tellsAll, cancellationToken));
    }

    // Every judgement of the person, gold like any other: a figure that stood still would give it away. Nor are they set against the
    // others, whom they may not see.
    private static async Task<AnnotatorRow> OwnRowAsync(
        StepDpoContext context, long projectId, Guid user, string name, IReadOnlyList<WorkDay> days, Proportion? gold, CancellationToken cancellationToken)
    {
        var said = await context.Set<FirstErrorAnnotation>()
            .Where(a => a.AnnotatorId == user && a.Outcome != FirstErrorOutcome.Undone && !context.Set<FirstErrorAnnotation>().Any(later => later.SupersedesId == a.Id))
            .Where(a => context.Set<Solution>().Any(s => s.Id == a.SolutionId && s.ProjectId == projectId))
            .GroupBy(a => new { a.Outcome, a.Step, a.StepCount })
            .Select(group => new
            {
                group.Key,
                Count = group.Count(),
                Milliseconds = group.Sum(a => (long)a.ActiveMilliseconds),
                Squares = group.Sum(a => (decimal)a.ActiveMilliseconds * a.ActiveMilliseconds),
            })
            .ToListAsync(cancellationToken);
        var (choices, quarters) = (new long[StepChoices.Choices], new long[4]);
        foreach (var group in said.Where(group => group.Key.Outcome != FirstErrorOutcome.CannotJudge))
        {
            choices[StepChoices.ChoiceOf(group.Key.Step ?? 0)] += group.Count;
            if (group.Key.Step is { } step) quarters[(4 * step + group.Key.StepCount - 1) / group.Key.StepCount - 1] += group.Count;
        }

        var all = new WorkDay
        {
            ProjectId = projectId,
            UserId = user,
            Day = default,
            Judgements = said.Sum(group => group.Count),
            CannotJudge = said.Where(group => group.Key.Outcome == FirstErrorOutcome.CannotJudge).Sum(group => group.Count),
            Undone = days.Sum(d => d.Undone),
            Skipped = days.Sum(d => d.Skipped),
            WorkedMilliseconds = days.Sum(d => d.WorkedMilliseconds),
            JudgedMilliseconds = said.Sum(group => group.Milliseconds),
            JudgedSquares = said.Sum(group => group.Squares),
            LastAt = days.Max(d => d.LastAt),
        };
        return CockpitReader.Row(user, name, [all], (choices, quarters), choices, gold);
    }

    private static WorkDay WithSurplus(WorkDay day) => new()
    {
        ProjectId = day.ProjectId,
        UserId = day.UserId,
        Day = day.Day,
        Judgements = day.Judgements + day.Surplus,
        Undone = day.Undone,
        Skipped = day.Skipped,
        WorkedMilliseconds = day.WorkedMilliseconds,
        Reviews = day.Reviews,
        ReviewMilliseconds = day.ReviewMilliseconds,
        LastAt = day.LastAt,
    };

    private async Task<Proportion?> GoldAsync(StepDpoContext context, long projectId, Guid user, bool tellsAll, CancellationToken cancellationToken)
    {
        DateTimeOffset? until = tellsAll ? null : new DateTimeOffset(clock.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        var gold = (await GoldAccuracy.PeopleAsync(context, projectId, [user], null, until, cancellationToken)).GetValueOrDefault(user);
        return tellsAll || gold?.Total >= FewestGoldTold ? gold : null;
    }

    private static async Task<IReadOnlyList<MissedGold>> MissedAsync(StepDpoContext context, long projectId, Guid user, bool tellsAll, CancellationToken cancellationToken) =>
        await (from j in GoldAccuracy.Judgements(context, context.Set<GoldItem>().Where(g => g.ProjectId == projectId && (tellsAll || g.RetiredAt != null)))
               join g in context.Set<GoldItem>() on j.GoldItemId equals g.Id
               where j.AnnotatorId == user && !j.IsRight
               orderby j.AnnotationId descending
               select new MissedGold(j.AnnotationId, g.Solution!.Problem!.Statement, j.Step, g.Step, g.Why)).Take(ShownMisses).ToListAsync(cancellationToken);

    private static async Task<IReadOnlyList<JudgedItem>> LastAsync(StepDpoContext context, long projectId, Guid user, bool tellsAll, CancellationToken cancellationToken)
    {
        // A join, as one verdict at most holds: asked for a single one, PostgreSQL numbers the verdicts of the whole table.
        var rows = await (
            from a in context.Set<FirstErrorAnnotation>()
            join s in context.Set<Solution>() on a.SolutionId equals s.Id
            from v in context.Set<FirstErrorVerdict>().Where(v => v.SolutionId == s.Id && v.SupersededAt == null).DefaultIfEmpty()
            where a.AnnotatorId == user && s.ProjectId == projectId && a.Outcome != FirstErrorOutcome.Undone
                && !context.Set<FirstErrorAnnotation>().Any(later => later.SupersedesId == a.Id)
            orderby a.Id descending
            select new
            {
                Said = a,
                s.State,
                context.Set<Problem>().Single(p => p.Id == s.ProblemId).Statement,
                Verdict = v == null ? null : new ItemDecision(v.Outcome, v.Step, v.Provenance, v.Note, context.Set<ProjectRevision>().Single(r => r.Id == v.RevisionId).Number),
            }).Take(ShownJudgements).AsNoTracking().ToListAsync(cancellationToken);
        return [.. rows.Select(row =>
        {
            var isTold = tellsAll || row.State == SolutionState.Paired || row.Verdict?.Provenance == VerdictProvenance.Adjudicated;
            var said = row.Said;
            return new JudgedItem(
                said.Id, row.Statement, said.Outcome, said.Step, said.Grade, said.Note, said.ActiveMilliseconds, tellsAll && said.Surplus, said.CreatedAt, isTold ? row.State : null, isTold ? row.Verdict : null);
        })];
    }
}

/// <summary>One person's day in the hours report.</summary>
/// <param name="Day">The day, UTC.</param>
/// <param name="UserName">The account.</param>
/// <param name="Name">The person's name.</param>
/// <param name="Judgements">Judgements that count; in a person's own report all of them.</param>
/// <param name="JudgingSeconds">Active seconds of judging.</param>
/// <param name="Reviews">Decisions on candidates.</param>
/// <param name="ReviewingSeconds">Active seconds of reviewing.</param>
public sealed record HoursRow(DateOnly Day, string UserName, string Name, int Judgements, long JudgingSeconds, int Reviews, long ReviewingSeconds);
