using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Problems;

/// <summary>
/// What must follow when a reference answer is corrected: texts are graded anew, pairs that rest on the old answer are withdrawn.
/// Later features register one each; all run in the transaction of the correction.
/// </summary>
public interface IAnswerCorrection
{
    /// <summary>Follows up.</summary>
    /// <param name="context">The context of the correction; changes are stored by its transaction.</param>
    /// <param name="problem">The problem with its new answer and version.</param>
    /// <param name="actor">Who corrected it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task FollowAsync(StepDpoContext context, Problem problem, Actor actor, CancellationToken cancellationToken);
}

/// <summary>Reference answers and their corrections.</summary>
public sealed class ReferenceAnswers(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock, IEnumerable<IAnswerCorrection> corrections)
{
    /// <summary>Corrects a problem's reference answer by a new version, and all that follows from it. For leads.</summary>
    /// <param name="actor">Who.</param>
    /// <param name="problemId">The problem.</param>
    /// <param name="seenVersion">Version of the answer that the actor saw: if there is a newer one, the correction is refused.</param>
    /// <param name="answer">The new answer.</param>
    /// <param name="reason">Why, in the actor's words.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The new version.</returns>
    public async Task<Outcome<int>> CorrectAsync(Actor actor, long problemId, int seenVersion, string answer, string reason, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var problem = await context.Set<Problem>().SingleOrDefaultAsync(p => p.Id == problemId, cancellationToken);
        if (problem is null) return Refusal.NotFound("There is no such problem.");
        var role = await Membership.RequireAsync(context, actor, problem.ProjectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal.Kind == RefusalKind.NotFound ? Refusal.NotFound("There is no such problem.") : role.Refusal;
        var (newAnswer, why) = (Words.Needed("Answer", "The answer", answer, 2000), Words.Needed("Reason", "The reason", reason, 2000));
        if ((newAnswer.Refusal ?? why.Refusal) is { } wrong) return wrong;
        if (problem.AnswerVersion != seenVersion) return Stale;
        if (problem.Answer == newAnswer.Value) return Refusal.Invalid("Answer", "This is the answer already.");

        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var old = problem.Answer;
        (problem.Answer, problem.AnswerVersion) = (newAnswer.Value, seenVersion + 1);
        context.Add(new ReferenceAnswer
        {
            ProblemId = problemId,
            Version = problem.AnswerVersion,
            Answer = problem.Answer,
            Reason = why.Value,
            CreatedById = actor.UserId,
            CreatedAt = clock.GetUtcNow(),
        });
        context.Audited(clock.GetUtcNow(), actor.UserId, problem.ProjectId, "problem.answer-corrected", nameof(Problem), problemId, old, problem.Answer);
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            return Stale;
        }

        foreach (var correction in corrections) await correction.FollowAsync(context, problem, actor, cancellationToken);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return problem.AnswerVersion;
    }

    /// <summary>All versions of a problem's answer, oldest first. For members.</summary>
    public async Task<Outcome<IReadOnlyList<ReferenceAnswer>>> VersionsAsync(Actor actor, long problemId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var projectId = await context.Set<Problem>().Where(p => p.Id == problemId).Select(p => (long?)p.ProjectId).SingleOrDefaultAsync(cancellationToken);
        if (projectId is null || !(await Membership.RequireAsync(context, actor, projectId.Value, ProjectRole.Annotator, cancellationToken)).Succeeded)
            return Refusal.NotFound("There is no such problem.");
        return await context.Set<ReferenceAnswer>().AsNoTracking().Where(a => a.ProblemId == problemId).OrderBy(a => a.Version).ToArrayAsync(cancellationToken);
    }

    private static Refusal Stale => Refusal.Conflict("Somebody else has corrected this answer in the meantime; look at theirs first.");
}
