using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Annotations;

/// <summary>
/// Deals solutions out. A place (one of a solution's N slots) is leased for a while; a lease that runs out is free again. Rows are
/// locked with <c>SKIP LOCKED</c>, so annotators do not wait for each other, and a unique index keeps each place single.
/// </summary>
public sealed class AssignmentService(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>Most solutions on one desk.</summary>
    public const int MaximumCards = 10;

    /// <summary>
    /// Fills the actor's desk: renews what lies on it and leases more, in the project's order, until it holds <paramref name="count"/>.
    /// Asked twice, it answers the same. Nobody gets a solution twice, and what they skipped is not offered again.
    /// </summary>
    public async Task<Outcome<AnnotationBatch>> NextAsync(Actor actor, long projectId, int count, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Annotator, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (actor.UserId is not { } annotator) return Refusal.Forbidden("Only people judge solutions.");
        if (count is < 1 or > MaximumCards) return Refusal.Invalid(nameof(count), $"The number of solutions must be 1 to {MaximumCards}; found {count}.");
        if (await Membership.RestsAsync(context, projectId, cancellationToken) is { } rests) return rests;

        var revision = await context.CurrentRevisionAsync(projectId, cancellationToken);
        var now = clock.GetUtcNow();
        var until = now.AddMinutes(revision.Settings.LeaseMinutes);
        var hold = await DeskHold.OfAsync(context, annotator, role.Value, revision, now, cancellationToken);
        if (hold is { Exam: true } or { Pause: not null }) return new AnnotationBatch([], 0, hold);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        // The own rows first: they are waited for, those of others are passed over where somebody holds them. The other way round two
        // people whose leases ran out would hold each other's.
        var desk = await RenewAsync(context, projectId, annotator, count, until, cancellationToken);
        await FreeExpiredAsync(context, projectId, annotator, now, cancellationToken);
        if (desk.Count < count && hold is null) await FillAsync(context, projectId, annotator, revision.Settings, count - desk.Count, now, until, cancellationToken);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);

        var waiting = await Candidates(context, projectId, annotator, revision.Settings).CountAsync(cancellationToken);
        return new AnnotationBatch(await CardsAsync(context, projectId, annotator, count, revision.Id, cancellationToken), waiting, hold);
    }

    /// <summary>Puts a solution aside: its place is free for others, and it is not offered to this person again.</summary>
    public Task<Outcome<Done>> SkipAsync(Actor actor, long assignmentId, CancellationToken cancellationToken = default) =>
        GiveBackAsync(actor, assignmentId, AssignmentState.Skipped, cancellationToken);

    /// <summary>Gives a solution back unjudged, as when the page is closed; it may be offered again.</summary>
    public Task<Outcome<Done>> ReleaseAsync(Actor actor, long assignmentId, CancellationToken cancellationToken = default) =>
        GiveBackAsync(actor, assignmentId, AssignmentState.Released, cancellationToken);

    private async Task<Outcome<Done>> GiveBackAsync(Actor actor, long assignmentId, AssignmentState state, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var assignment = await context.LockedAssignmentAsync(actor, assignmentId, cancellationToken);
        if (!assignment.Succeeded) return assignment.Refusal;
        if (assignment.Value.State == state) return Done.Value;
        if (assignment.Value.State == AssignmentState.Submitted) return Refusal.Conflict("You have judged this solution already.");
        assignment.Value.State = state;
        if (state == AssignmentState.Skipped)
        {
            var projectId = await context.Set<Solution>().Where(s => s.Id == assignment.Value.SolutionId).Select(s => s.ProjectId).SingleAsync(cancellationToken);
            context.Audited(clock.GetUtcNow(), actor.UserId, projectId, "assignment.skipped", nameof(Assignment), assignmentId, now: new { assignment.Value.SolutionId });
        }

        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return Done.Value;
    }

    // Only leases of others: the actor's own are renewed, however late.
    private static Task FreeExpiredAsync(StepDpoContext context, long projectId, Guid annotator, DateTimeOffset now, CancellationToken cancellationToken) =>
        context.Database.ExecuteSqlAsync(
            $"""
            UPDATE assignment SET state = 'Released' WHERE id IN (
                SELECT a.id FROM assignment a JOIN solution s ON s.id = a.solution_id
                WHERE s.project_id = {projectId} AND a.state = 'Leased' AND a.leased_until < {now} AND a.annotator_id <> {annotator}
                FOR UPDATE OF a SKIP LOCKED)
            """,
            cancellationToken);

    private static async Task<List<Assignment>> RenewAsync(
        StepDpoContext context, long projectId, Guid annotator, int count, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var desk = await context.Set<Assignment>()
            .FromSql($"SELECT *, xmin FROM assignment WHERE annotator_id = {annotator} AND state = 'Leased' ORDER BY id FOR UPDATE")
            .Where(a => a.Solution!.ProjectId == projectId)
            .OrderBy(a => a.Id).Take(count).ToListAsync(cancellationToken);
        foreach (var assignment in desk) assignment.LeasedUntil = until;
        return desk;
    }

    // Gold items lie among the others, where there are others.
    private static async Task FillAsync(
        StepDpoContext context, long projectId, Guid annotator, ProjectSettings settings, int count, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var gold = await GoldDealing.ReadAsync(context, projectId, annotator, settings, cancellationToken);
        var (plain, holdsNothing) = (0, true);
        for (var card = 0; card < count; card++)
        {
            if (gold is null || !gold.IsDue() || !await Candidates(context, projectId, annotator, settings).AnyAsync(cancellationToken))
            {
                plain++;
                continue;
            }

            // Stored in this order, which is the order of the desk.
            if (plain > 0) await LeaseMoreAsync(context, projectId, annotator, settings, plain, now, until, holdsNothing, cancellationToken);
            await context.SaveChangesAsync(cancellationToken);
            holdsNothing = false;
            plain = await gold.LeaseAsync(context, projectId, annotator, now, until, cancellationToken) ? 0 : 1;
            await context.SaveChangesAsync(cancellationToken);
        }

        if (plain > 0) await LeaseMoreAsync(context, projectId, annotator, settings, plain, now, until, holdsNothing, cancellationToken);
    }

    private static async Task LeaseMoreAsync(
        StepDpoContext context, long projectId, Guid annotator, ProjectSettings settings, int count, DateTimeOffset now, DateTimeOffset until, bool mayWait, CancellationToken cancellationToken)
    {
        var ids = await LockAsync(context, projectId, annotator, settings, count, mayWait, cancellationToken);
        // Counted again under the lock: the statement that found the rows may have seen places that were taken a moment ago.
        var places = await context.Set<Assignment>().Where(a => ids.Contains(a.SolutionId)).ToListAsync(cancellationToken);
        var wanted = await context.Set<Solution>().Where(s => ids.Contains(s.Id) && s.State == SolutionState.Waiting)
            .Select(s => new { s.Id, s.WantedJudgements })
            .ToDictionaryAsync(s => s.Id, s => Math.Max(settings.JudgementsPerSolution, s.WantedJudgements), cancellationToken);
        foreach (var id in ids.Where(wanted.ContainsKey))
        {
            var taken = places.Where(a => a.SolutionId == id && a.State is AssignmentState.Leased or AssignmentState.Submitted).Select(a => a.Slot).ToHashSet();
            var slot = Enumerable.Range(1, wanted[id]).FirstOrDefault(place => !taken.Contains(place));
            var mine = places.SingleOrDefault(a => a.SolutionId == id && a.AnnotatorId == annotator);
            if (slot == 0 || mine is { State: not AssignmentState.Released }) continue;
            if (mine is null)
                context.Add(new Assignment { SolutionId = id, AnnotatorId = annotator, Slot = slot, State = AssignmentState.Leased, LeasedUntil = until, CreatedAt = now });
            else
                (mine.Slot, mine.State, mine.LeasedUntil) = (slot, AssignmentState.Leased, until);
        }
    }

    // Rows that others hold are passed over; when only such rows are left, the first of them is waited for, so that nobody is told
    // "nothing left" while something is. Nothing else is held then (mayWait), hence no deadlock.
    private static async Task<List<long>> LockAsync(
        StepDpoContext context, long projectId, Guid annotator, ProjectSettings settings, int count, bool mayWait, CancellationToken cancellationToken)
    {
        var explored = Enumerable.Range(0, count).Count(_ => Random.Shared.NextDouble() < settings.ExplorationShare);
        var ids = await FirstAsync(settings.ServingOrder, count - explored, "FOR UPDATE OF s SKIP LOCKED");
        if (explored > 0) ids.AddRange((await FirstAsync(ServingOrder.Random, count, "FOR UPDATE OF s SKIP LOCKED")).Except(ids).Take(explored).ToList());
        return ids.Count > 0 || !mayWait ? ids : await FirstAsync(settings.ServingOrder, 1, "FOR UPDATE OF s");

        Task<List<long>> FirstAsync(ServingOrder order, int most, string locking) => context.Database
            .SqlQueryRaw<long>(LockSql(order, locking), Arguments(projectId, annotator, settings, most)).ToListAsync(cancellationToken);
    }

    private static string LockSql(ServingOrder order, string locking)
    {
        var columns = order switch
        {
            ServingOrder.MostUseful => "s.usefulness DESC, s.id",
            ServingOrder.Oldest => "s.id",
            ServingOrder.Random => "s.shuffle, s.id",
            _ => throw new ArgumentOutOfRangeException(nameof(order), order, "found no serving order"),
        };
        return $"{CandidateSql} ORDER BY {columns} LIMIT {{4}} {locking}";
    }

    private static IQueryable<long> Candidates(StepDpoContext context, long projectId, Guid annotator, ProjectSettings settings) =>
        context.Database.SqlQueryRaw<long>(CandidateSql, Arguments(projectId, annotator, settings, 0)[..4]);

    private static object[] Arguments(long projectId, Guid annotator, ProjectSettings settings, int count) =>
        [projectId, annotator, settings.JudgementsPerSolution, settings.JudgedPerProblem, count];

    private const string CandidateSql =
        """
        SELECT s.id AS "Value" FROM solution s
        WHERE s.project_id = {0} AND s.state = 'Waiting'
          AND (SELECT count(*) FROM assignment a WHERE a.solution_id = s.id AND a.slot > 0 AND a.state IN ('Leased', 'Submitted')) < GREATEST({2}, s.wanted_judgements)
          AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.solution_id = s.id AND a.annotator_id = {1} AND a.state <> 'Released')
          AND NOT EXISTS (SELECT 1 FROM adjudication j WHERE j.solution_id = s.id AND j.reviewer_id = {1})
          AND ({3} = 0 OR (SELECT count(*) FROM solution e WHERE e.problem_id = s.problem_id AND e.id < s.id AND e.state <> 'Sampled') < {3})
        """;

    private static async Task<IReadOnlyList<AnnotationCard>> CardsAsync(
        StepDpoContext context, long projectId, Guid annotator, int count, long revisionId, CancellationToken cancellationToken)
    {
        var rows = await context.Set<Assignment>()
            .Where(a => a.AnnotatorId == annotator && a.State == AssignmentState.Leased && a.Solution!.ProjectId == projectId)
            .OrderBy(a => a.Id).Take(count)
            .Select(a => new
            {
                a.Id,
                a.LeasedUntil,
                Solution = a.Solution!,
                Problem = context.Set<Problem>().Single(p => p.Id == a.Solution!.ProblemId),
                context.Set<ProjectRevision>().Single(r => r.Id == a.Solution!.Run!.RevisionId).Settings,
            })
            .AsNoTracking().ToListAsync(cancellationToken);
        return [.. rows.Select(row =>
        {
            var steps = new SolutionSteps(row.Settings.Template.FirstStep, row.Solution.Text, row.Solution.StepOffsets);
            return new AnnotationCard(
                row.Id, row.Solution.Id, row.Problem.Statement, row.Problem.Answer, row.Problem.WorkedSolution,
                [.. Enumerable.Range(1, row.Solution.WholeStepCount).Select(steps.Words)], row.Solution.ExtractedAnswer, row.Solution.AnswerCheck, revisionId, row.LeasedUntil);
        })];
    }
}
