using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Annotations;

/// <summary>A flag with what it is about, as a lead sees it.</summary>
/// <param name="FlagId">The flag.</param>
/// <param name="SolutionId">The solution.</param>
/// <param name="Statement">The problem.</param>
/// <param name="ReferenceAnswer">The answer that counts now.</param>
/// <param name="ExtractedAnswer">The solution's final answer, or null.</param>
/// <param name="Steps">The words of the whole steps; step k is at k - 1.</param>
/// <param name="Step">The step that the question is about, or null.</param>
/// <param name="Question">The question.</param>
/// <param name="AskedBy">Who asks.</param>
/// <param name="AskedAt">When.</param>
public sealed record FlagItem(
    long FlagId, long SolutionId, string Statement, string ReferenceAnswer, string? ExtractedAnswer, IReadOnlyList<string> Steps,
    int? Step, string Question, string AskedBy, DateTimeOffset AskedAt);

/// <summary>An own question and its answer, as the asker sees it.</summary>
/// <param name="FlagId">The flag.</param>
/// <param name="SolutionId">The solution.</param>
/// <param name="Step">The step, or null.</param>
/// <param name="Question">The question.</param>
/// <param name="Answer">The lead's answer, or null while it is open.</param>
/// <param name="AnsweredBy">Who answered, or null.</param>
/// <param name="IsNews">There is an answer that the asker has not read.</param>
public sealed record OwnFlag(long FlagId, long SolutionId, int? Step, string Question, string? Answer, string? AnsweredBy, bool IsNews);

/// <summary>Questions of annotators to the leads of a project. Asking neither judges a solution nor takes it off the desk.</summary>
public sealed class FlagService(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>Asks about a solution that the actor has, or had, on the desk. The same key stores once.</summary>
    public async Task<Outcome<long>> AskAsync(
        Actor actor, Guid clientKey, long assignmentId, int? step, string question, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        // The lock makes two calls with one key wait for each other.
        var assignment = await context.LockedAssignmentAsync(actor, assignmentId, cancellationToken);
        if (!assignment.Succeeded) return assignment.Refusal;
        var words = Words.Needed(nameof(Flag.Question), "The question", question, Flag.Longest);
        if (!words.Succeeded) return words.Refusal;
        var solution = await context.Set<Solution>().SingleAsync(s => s.Id == assignment.Value.SolutionId, cancellationToken);
        if (step is < 1 || step > solution.WholeStepCount) return Refusal.Invalid(nameof(Flag.Step), $"The solution has the steps 1 to {solution.WholeStepCount}; found step {step}.");
        if (await context.Set<Flag>().SingleOrDefaultAsync(f => f.ClientKey == clientKey, cancellationToken) is { } known)
        {
            return known.SolutionId == solution.Id && known.AskedById == actor.UserId && known.Step == step && known.Question == words.Value
                ? known.Id
                : Refusal.Conflict("This key was used for another question.");
        }

        if (await Membership.RestsAsync(context, solution.ProjectId, cancellationToken) is { } rests) return rests;
        var flag = new Flag
        {
            SolutionId = solution.Id,
            Step = step,
            AskedById = assignment.Value.AnnotatorId,
            Question = words.Value,
            ClientKey = clientKey,
            AskedAt = clock.GetUtcNow(),
        };
        context.Add(flag);
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.IsDuplicate())
        {
            return Refusal.Conflict("This key was used for another question.");
        }

        context.Audited(flag.AskedAt, actor.UserId, solution.ProjectId, "flag.asked", nameof(Flag), flag.Id, now: new { flag.SolutionId, flag.Step, flag.Question });
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return flag.Id;
    }

    /// <summary>Answers a flag, or changes the answer: it is unread again. For leads.</summary>
    public async Task<Outcome<Done>> AnswerAsync(Actor actor, long flagId, string answer, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var flag = await context.Set<Flag>().Include(f => f.Solution).SingleOrDefaultAsync(f => f.Id == flagId, cancellationToken);
        if (flag is null) return Refusal.NotFound("There is no such question.");
        var projectId = flag.Solution!.ProjectId;
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (actor.UserId is null) return Refusal.Forbidden("Only people answer questions.");
        var words = Words.Needed(nameof(Flag.Answer), "The answer", answer, Flag.Longest);
        if (!words.Succeeded) return words.Refusal;
        var now = clock.GetUtcNow();
        context.Audited(now, actor.UserId, projectId, "flag.answered", nameof(Flag), flagId, flag.Answer is null ? null : new { flag.Answer }, new { Answer = words.Value });
        (flag.Answer, flag.AnsweredById, flag.AnsweredAt, flag.ReadAt) = (words.Value, actor.UserId, now, null);
        await context.SaveChangesAsync(cancellationToken);
        return Done.Value;
    }

    /// <summary>The asker has read the answer: it is no longer counted as news.</summary>
    public async Task<Outcome<Done>> ReadAsync(Actor actor, long flagId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var flag = await context.Set<Flag>().Include(f => f.Solution).SingleOrDefaultAsync(f => f.Id == flagId && f.AskedById == actor.UserId, cancellationToken);
        if (flag is null) return Refusal.NotFound("There is no such question of yours.");
        var role = await Membership.RequireAsync(context, actor, flag.Solution!.ProjectId, ProjectRole.Annotator, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (flag.AnsweredAt is null) return Refusal.Conflict("This question has no answer yet.");
        flag.ReadAt ??= clock.GetUtcNow();
        await context.SaveChangesAsync(cancellationToken);
        return Done.Value;
    }

    /// <summary>The open flags of a project, oldest first. For leads.</summary>
    public async Task<Outcome<IReadOnlyList<FlagItem>>> ListAsync(Actor actor, long projectId, int skip, int take, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var rows = await Open(context, projectId).AsNoTracking().OrderBy(f => f.Id).Skip(skip).Take(Math.Clamp(take, 1, 100))
            .Select(f => new
            {
                Flag = f,
                Solution = f.Solution!,
                f.AskedBy!.DisplayName,
                Problem = context.Set<Problem>().Single(p => p.Id == f.Solution!.ProblemId),
                context.Set<ProjectRevision>().Single(r => r.Id == f.Solution!.Run!.RevisionId).Settings,
            })
            .ToListAsync(cancellationToken);
        return rows.Select(row =>
        {
            var steps = new SolutionSteps(row.Settings.Template.FirstStep, row.Solution.Text, row.Solution.StepOffsets);
            return new FlagItem(
                row.Flag.Id, row.Solution.Id, row.Problem.Statement, row.Problem.Answer, row.Solution.ExtractedAnswer,
                [.. Enumerable.Range(1, row.Solution.WholeStepCount).Select(steps.Words)], row.Flag.Step, row.Flag.Question, row.DisplayName, row.Flag.AskedAt);
        }).ToArray();
    }

    /// <summary>The actor's own questions in a project whose answers they have not read, and all on these solutions; oldest first.</summary>
    public async Task<Outcome<IReadOnlyList<OwnFlag>>> OwnAsync(Actor actor, long projectId, IReadOnlyList<long> solutionIds, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Annotator, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        return await context.Set<Flag>().Where(f => f.AskedById == actor.UserId && f.Solution!.ProjectId == projectId)
            .Where(f => (f.AnsweredAt != null && f.ReadAt == null) || solutionIds.Contains(f.SolutionId))
            .OrderBy(f => f.Id)
            .Select(f => new OwnFlag(
                f.Id, f.SolutionId, f.Step, f.Question, f.Answer, f.AnsweredBy!.DisplayName, f.AnsweredAt != null && f.ReadAt == null))
            .ToArrayAsync(cancellationToken);
    }

    /// <summary>The open flags of a project.</summary>
    public static IQueryable<Flag> Open(StepDpoContext context, long projectId) =>
        context.Set<Flag>().Where(f => f.AnsweredAt == null && f.Solution!.ProjectId == projectId);
}
