using System.Globalization;
using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Search;

/// <summary>A solution that an action left out.</summary>
/// <param name="SolutionId">Which.</param>
/// <param name="Why">Why, such as <c>waits for judgements already</c>.</param>
public sealed record LeftOut(long SolutionId, Sentence Why);

/// <summary>What an action did.</summary>
/// <param name="Changed">How many solutions it changed.</param>
/// <param name="LeftOut">Those that it could not, by key.</param>
public sealed record BulkReport(int Changed, IReadOnlyList<LeftOut> LeftOut);

/// <summary>
/// Does one thing to all solutions that a filter lets through, in one transaction, and looks at each one's state. It is told how
/// many the person saw, and does nothing if it finds another number. For leads.
/// </summary>
public sealed class BulkWork(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>Most solutions at once.</summary>
    public const int Most = 5000;

    /// <summary>For how long a solution that was given to somebody waits for them.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    private static readonly Sentence NotWaiting = "does not wait for judgements";
    private static readonly Sentence NoPlace = "others hold or have judged all its places";
    private static readonly Sentence Busy = "somebody is working on it just now";

    /// <summary>Sends them back to judging: their verdicts fall, their judgements no longer count.</summary>
    public Task<Outcome<BulkReport>> RequeueAsync(Actor actor, long projectId, SolutionFilter filter, int seen, string reason, CancellationToken cancellationToken = default)
    {
        var words = Words.Needed("Reason", "The reason", reason, 1900);
        return DoAsync(actor, projectId, filter, seen, words.Refusal, "solutions.requeued", new { Reason = words.Succeeded ? words.Value : "" }, async (work, now) =>
        {
            work.LeaveOut(solution => Requeueing.Why(solution.State));
            await new Requeueing(work.Context, actor.UserId, now).RequeueAsync(work.Solutions, words.Value, cancellationToken);
        }, cancellationToken);
    }

    /// <summary>Puts them on a member's desk: they are the next that this person is given, and wait for a week.</summary>
    public Task<Outcome<BulkReport>> AssignAsync(Actor actor, long projectId, SolutionFilter filter, int seen, Guid userId, CancellationToken cancellationToken = default) =>
        DoAsync(actor, projectId, filter, seen, null, "solutions.assigned", new { AnnotatorId = userId }, async (work, now) =>
        {
            var settings = (await work.Context.CurrentRevisionAsync(projectId, cancellationToken)).Settings;
            work.LeaveOut(solution => solution.State == SolutionState.Waiting ? null : NotWaiting);
            work.LeaveOut(solution => Why(work.Of(solution).SingleOrDefault(a => a.AnnotatorId == userId)?.State));
            work.LeaveOut(solution => FreePlace(work, solution, settings) == 0 ? NoPlace : null);
            foreach (var solution in work.Solutions)
            {
                var place = FreePlace(work, solution, settings);
                if (work.Of(solution).SingleOrDefault(a => a.AnnotatorId == userId) is { } own)
                    (own.Slot, own.State, own.LeasedUntil) = (place, AssignmentState.Leased, now + Kept);
                else
                    work.Context.Add(new Assignment { SolutionId = solution.Id, AnnotatorId = userId, Slot = place, State = AssignmentState.Leased, LeasedUntil = now + Kept, CreatedAt = now });
                work.Context.Audited(now, actor.UserId, projectId, "assignment.assigned", nameof(Solution), solution.Id, now: new { AnnotatorId = userId });
            }
        }, cancellationToken, userId);

    // Why it cannot be put on the desk of somebody whose place on it is in this state, or null.
    private static Sentence? Why(AssignmentState? own) => own switch
    {
        AssignmentState.Submitted => "they have judged it already",
        AssignmentState.Skipped => "they have skipped it",
        AssignmentState.Leased => "it lies on their desk already",
        AssignmentState.Released or null or _ => null,
    };

    private static int FreePlace(Work work, Solution solution, ProjectSettings settings) => Enumerable.Range(1, Math.Max(settings.JudgementsPerSolution, solution.WantedJudgements))
        .Except(work.Of(solution).Where(a => a.State is AssignmentState.Leased or AssignmentState.Submitted).Select(a => a.Slot)).FirstOrDefault();

    private async Task<Outcome<BulkReport>> DoAsync(
        Actor actor, long projectId, SolutionFilter filter, int seen, Refusal? wrong, string action, object how, Func<Work, DateTimeOffset, Task> change,
        CancellationToken cancellationToken, Guid? member = null)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (await Membership.RestsAsync(context, projectId, cancellationToken) is { } rests) return rests;
        if ((wrong ?? filter.Fault(role.Value)) is { } refusal) return refusal;
        if (member is { } userId && await Membership.RoleAsync(context, Actor.Person(userId), projectId, cancellationToken) is null)
            return Refusal.Invalid("UserId", "There is no such member, or the account is shut.");

        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var ids = await filter.Of(context, projectId).OrderBy(s => s.Id).Select(s => s.Id).Take(Most + 1).ToListAsync(cancellationToken);
        if (ids.Count > Most) return Refusal.Conflict($"More than {Most.ToString("N0", CultureInfo.InvariantCulture)} solutions: narrow the filter.");
        if (ids.Count != seen) return Refusal.Conflict($"The filter finds {ids.Count} solutions now, and {seen} when you looked. Nothing was done; look again.");

        var work = await LockAsync(context, ids, cancellationToken);
        var now = clock.GetUtcNow();
        await change(work, now);
        context.Audited(now, actor.UserId, projectId, action, nameof(Project), projectId, now: new { Filter = filter, How = how, Changed = work.Solutions.Count, LeftOut = work.Refused.Count });
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new BulkReport(work.Solutions.Count, [.. work.Refused.OrderBy(left => left.SolutionId)]);
    }

    // Rows that somebody else holds just now are left out, not waited for: whoever judges locks the assignment first, whoever deals
    // out locks the solution first, and we come from both sides.
    private static async Task<Work> LockAsync(StepDpoContext context, List<long> ids, CancellationToken cancellationToken)
    {
        var array = ids.ToArray();
        var solutions = await context.Set<Solution>().FromSql($"SELECT *, xmin FROM solution WHERE id = ANY({array}) ORDER BY id FOR UPDATE SKIP LOCKED").OrderBy(s => s.Id).ToListAsync(cancellationToken);
        var all = await context.Set<Assignment>().Where(a => ids.Contains(a.SolutionId)).Select(a => new { a.Id, a.SolutionId }).ToListAsync(cancellationToken);
        var assignments = await context.Set<Assignment>().FromSql($"SELECT *, xmin FROM assignment WHERE solution_id = ANY({array}) ORDER BY id FOR UPDATE SKIP LOCKED").ToListAsync(cancellationToken);
        var locked = assignments.Select(a => a.Id).ToHashSet();
        var free = solutions.Select(s => s.Id).Except(all.Where(a => !locked.Contains(a.Id)).Select(a => a.SolutionId)).ToHashSet();
        var work = new Work(context, [.. solutions.Where(s => free.Contains(s.Id))], assignments.ToLookup(a => a.SolutionId));
        work.Refused.AddRange(ids.Where(id => !free.Contains(id)).Select(id => new LeftOut(id, Busy)));
        return work;
    }

    /// <summary>The locked solutions that are still to be changed, and those left out.</summary>
    private sealed class Work(StepDpoContext context, List<Solution> solutions, ILookup<long, Assignment> assignments)
    {
        public StepDpoContext Context => context;

        public List<Solution> Solutions => solutions;

        public List<LeftOut> Refused { get; } = [];

        public IEnumerable<Assignment> Of(Solution solution) => assignments[solution.Id];

        public void LeaveOut(Func<Solution, Sentence?> why)
        {
            Refused.AddRange(solutions.Select(solution => (solution, Why: why(solution))).Where(pair => pair.Why is not null).Select(pair => new LeftOut(pair.solution.Id, pair.Why!)));
            solutions.RemoveAll(solution => why(solution) is not null);
        }
    }
}
