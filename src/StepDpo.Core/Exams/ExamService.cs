using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Exams;

/// <summary>What somebody answered wrong, or right.</summary>
/// <param name="Item">The solution.</param>
/// <param name="Said">The step named; 0 for "no error", null for "cannot judge".</param>
public sealed record ExamMistake(KnownSolution Item, int? Said);

/// <summary>The exam as its person meets it.</summary>
/// <param name="Lessons">Lessons not taken yet, which come first.</param>
/// <param name="Items">The exam's solutions not judged yet.</param>
/// <param name="Length">How many the exam asks.</param>
/// <param name="PassMark">How many must be right.</param>
/// <param name="Attempt">Which try it is, from 1.</param>
/// <param name="Begun">Whether something of this try was answered.</param>
/// <param name="MayTry">Whether the try is open.</param>
/// <param name="Passed">Whether nothing stands between the person and the work.</param>
/// <param name="Last">How the last try ended, or null.</param>
/// <param name="Mistakes">What went wrong in the last try.</param>
public sealed record ExamDesk(
    IReadOnlyList<KnownSolution> Lessons, IReadOnlyList<KnownSolution> Items, int Length, int PassMark, int Attempt, bool Begun, bool MayTry, bool Passed,
    ExamResult? Last, IReadOnlyList<ExamMistake> Mistakes);

/// <summary>What a person is told of an answer.</summary>
/// <param name="Item">The solution, with its first error and the reason.</param>
/// <param name="Said">What they said.</param>
/// <param name="IsRight">Whether it is so.</param>
/// <param name="Done">Solutions of this try answered so far; for a lesson, lessons taken.</param>
/// <param name="Total">Out of how many.</param>
public sealed record ExamReply(KnownSolution Item, int? Said, bool IsRight, int Done, int Total);

/// <summary>A member's exam in one line.</summary>
/// <param name="UserId">The person.</param>
/// <param name="Name">Their name.</param>
/// <param name="Results">How the tries ended, the first one first.</param>
/// <param name="Answered">Solutions answered in the try under way.</param>
/// <param name="MayTry">Whether the next try is open.</param>
public sealed record ExamLine(Guid UserId, string Name, IReadOnlyList<ExamResult> Results, int Answered, bool MayTry)
{
    /// <summary>Whether they passed or were excused.</summary>
    public bool Passed => Results.Any(result => result.Passed);
}

/// <summary>The qualifying exam: three lessons, then solutions whose first error is known, each explained once it is answered.</summary>
public sealed class ExamService(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>The actor's own exam. For members.</summary>
    public async Task<Outcome<ExamDesk>> DeskAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Annotator, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (actor.UserId is not { } person) return Refusal.Forbidden("Only people take the exam.");
        if (await Membership.RestsAsync(context, projectId, cancellationToken) is { } rests) return rests;
        var standing = await ExamStanding.ReadAsync(context, projectId, person, cancellationToken);
        // A lead has made the exam shorter than what was answered already: the try is over.
        if (standing.MayTry && standing.AnswersOf(standing.Attempt).Any() && standing.ItemsLeft(person).Count == 0)
        {
            End(context, standing, projectId, person);
            await context.SaveChangesAsync(cancellationToken);
            standing = await ExamStanding.ReadAsync(context, projectId, person, cancellationToken);
        }

        var last = standing.Results.Count > 0 ? standing.Results[^1] : null;
        var byName = KnownSolutions.All.ToDictionary(item => item.Name);
        return new ExamDesk(
            standing.LessonsLeft, standing.ItemsLeft(person), standing.Asked.Count, PassMark(standing), standing.Attempt,
            standing.AnswersOf(standing.Attempt).Any(), standing.MayTry, standing.Passed, last,
            last is null ? [] : [.. standing.AnswersOf(last.Attempt).Where(a => !a.IsRight && byName.ContainsKey(a.Item)).Select(a => new ExamMistake(byName[a.Item], a.Step))]);
    }

    /// <summary>
    /// Takes an answer and tells whether it is right, and why. A lesson is over with the right answer; in the exam the first answer
    /// counts, and the last one ends the try. For members.
    /// </summary>
    /// <param name="actor">Who.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="item">Name of the solution.</param>
    /// <param name="step">The first error; 0 for none, null for "cannot judge".</param>
    /// <param name="activeMilliseconds">Time at work.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Outcome<ExamReply>> AnswerAsync(
        Actor actor, long projectId, string item, int? step, int activeMilliseconds, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Annotator, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (actor.UserId is not { } person) return Refusal.Forbidden("Only people take the exam.");
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        // One answer of a person at a time: two tabs must not end a try twice.
        await context.Database.ExecuteSqlAsync($"SELECT 1 FROM project_member WHERE project_id = {projectId} AND user_id = {person} FOR UPDATE", cancellationToken);
        var standing = await ExamStanding.ReadAsync(context, projectId, person, cancellationToken);
        var known = KnownSolutions.For(KnownUse.Lesson).Concat(standing.Asked).SingleOrDefault(k => k.Name == item);
        if (known is null) return Refusal.NotFound("There is no such item in this exam.");
        if (step < 0 || step > known.Steps.Count) return Refusal.Invalid("Step", $"The solution has the steps 1 to {known.Steps.Count}; found step {step}.");

        var isLesson = known.Use == KnownUse.Lesson;
        var attempt = isLesson ? 0 : standing.Attempt;
        if (standing.AnswersOf(attempt).SingleOrDefault(a => a.Item == item) is { } given) return Reply(standing, known, given.Step, given.IsRight);
        if (await Membership.RestsAsync(context, projectId, cancellationToken) is { } rests) return rests;
        if (!isLesson && !standing.MayTry) return Refusal.Conflict(standing.Passed ? "You have passed the exam already." : "A lead must allow another try of the exam.");

        var isRight = step == (known.Step ?? 0);
        if (isLesson && !isRight) return Reply(standing, known, step, isRight: false);
        var answer = new ExamAnswer
        {
            ProjectId = projectId,
            UserId = person,
            Attempt = attempt,
            Item = item,
            Step = step,
            IsRight = isRight,
            ActiveMilliseconds = Math.Max(0, activeMilliseconds),
            CreatedAt = clock.GetUtcNow(),
        };
        context.Add(answer);
        standing = standing with { Answers = [.. standing.Answers, answer] };
        if (!isLesson && standing.ItemsLeft(person).Count == 0) End(context, standing, projectId, person);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return Reply(standing, known, step, isRight);
    }

    /// <summary>The members' exams by name. For leads.</summary>
    public async Task<Outcome<IReadOnlyList<ExamLine>>> ListAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var people = await (from member in context.Set<ProjectMember>()
                            join user in context.Set<User>() on member.UserId equals user.Id
                            where member.ProjectId == projectId && member.Role != ProjectRole.Lead
                            orderby user.DisplayName
                            select new { user.Id, user.DisplayName }).ToListAsync(cancellationToken);
        var lines = new List<ExamLine>();
        foreach (var person in people)
        {
            var standing = await ExamStanding.ReadAsync(context, projectId, person.Id, cancellationToken);
            lines.Add(new(person.Id, person.DisplayName, standing.Results, standing.AnswersOf(standing.Attempt).Count(), standing.MayTry));
        }

        return lines;
    }

    /// <summary>Allows somebody who failed one more try. For leads.</summary>
    public Task<Outcome<Done>> AllowRetakeAsync(Actor actor, long projectId, Guid userId, CancellationToken cancellationToken = default) =>
        ChangeAsync(actor, projectId, userId, (context, standing) =>
        {
            if (standing.MayTry) return Refusal.Conflict("This person may try already.");
            context.Add(new ExamRetake { ProjectId = projectId, UserId = userId, Attempt = standing.Attempt, AllowedById = actor.UserId, CreatedAt = clock.GetUtcNow() });
            context.Audited(clock.GetUtcNow(), actor.UserId, projectId, "exam.retake-allowed", nameof(ExamResult), userId, now: new { standing.Attempt });
            return null;
        }, cancellationToken);

    /// <summary>Lets somebody work without the exam. For leads.</summary>
    public Task<Outcome<Done>> ExcuseAsync(Actor actor, long projectId, Guid userId, CancellationToken cancellationToken = default) =>
        ChangeAsync(actor, projectId, userId, (context, standing) =>
        {
            if (actor.UserId is null) return Refusal.Forbidden("Only people excuse from the exam.");
            context.Add(new ExamResult
            {
                ProjectId = projectId,
                UserId = userId,
                Attempt = standing.Attempt,
                Right = 0,
                Total = 0,
                Passed = true,
                RevisionId = standing.RevisionId,
                ExcusedById = actor.UserId,
                CreatedAt = clock.GetUtcNow(),
            });
            context.Audited(clock.GetUtcNow(), actor.UserId, projectId, "exam.excused", nameof(ExamResult), userId);
            return null;
        }, cancellationToken);

    private async Task<Outcome<Done>> ChangeAsync(
        Actor actor, long projectId, Guid userId, Func<StepDpoContext, ExamStanding, Refusal?> change, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (!await context.Set<ProjectMember>().AnyAsync(m => m.ProjectId == projectId && m.UserId == userId, cancellationToken)) return Refusal.NotFound("There is no such member.");
        var standing = await ExamStanding.ReadAsync(context, projectId, userId, cancellationToken);
        if (standing.Passed) return Refusal.Conflict("This person has passed the exam already.");
        if (change(context, standing) is { } refusal) return refusal;
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.IsDuplicate())
        {
            return Refusal.Conflict("Somebody else was faster; look again.");
        }

        return Done.Value;
    }

    private static int PassMark(ExamStanding standing) => (standing.Asked.Count * standing.Settings.ExamPassPercent + 99) / 100;

    private void End(StepDpoContext context, ExamStanding standing, long projectId, Guid person)
    {
        var right = standing.AnswersOf(standing.Attempt).Count(answer => answer.IsRight);
        var result = new ExamResult
        {
            ProjectId = projectId,
            UserId = person,
            Attempt = standing.Attempt,
            Right = right,
            Total = standing.AnswersOf(standing.Attempt).Count(),
            Passed = right >= PassMark(standing),
            RevisionId = standing.RevisionId,
            CreatedAt = clock.GetUtcNow(),
        };
        context.Add(result);
        context.Audited(clock.GetUtcNow(), person, projectId, result.Passed ? "exam.passed" : "exam.failed", nameof(ExamResult), person, now: new { result.Attempt, result.Right, result.Total });
    }

    private static ExamReply Reply(ExamStanding standing, KnownSolution item, int? said, bool isRight)
    {
        var isLesson = item.Use == KnownUse.Lesson;
        var total = isLesson ? KnownSolutions.For(KnownUse.Lesson).Count : standing.Asked.Count;
        return new(item, said, isRight, standing.AnswersOf(isLesson ? 0 : standing.Attempt).Count(), total);
    }
}
