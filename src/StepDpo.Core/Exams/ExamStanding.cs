using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Exams;

/// <summary>Where a person stands with a project's exam.</summary>
/// <param name="Settings">The settings that hold now.</param>
/// <param name="RevisionId">Their revision.</param>
/// <param name="Results">How the tries ended, the first one first.</param>
/// <param name="Answers">All that the person answered, in order.</param>
/// <param name="Retakes">Further tries that leads allowed.</param>
internal sealed record ExamStanding(ProjectSettings Settings, long RevisionId, IReadOnlyList<ExamResult> Results, IReadOnlyList<ExamAnswer> Answers, int Retakes)
{
    /// <summary>Whether the person may be dealt solutions: the exam is off, or they lead the project, or they passed.</summary>
    public static async Task<bool> MayWorkAsync(
        StepDpoContext context, long projectId, Guid person, ProjectRole role, ProjectSettings settings, CancellationToken cancellationToken) =>
        !settings.ExamRequired || role == ProjectRole.Lead
        || await context.Set<ExamResult>().AnyAsync(r => r.ProjectId == projectId && r.UserId == person && r.Passed, cancellationToken);

    /// <summary>Reads it.</summary>
    public static async Task<ExamStanding> ReadAsync(StepDpoContext context, long projectId, Guid person, CancellationToken cancellationToken)
    {
        var revision = await ProjectRegister.CurrentAsync(context, projectId, cancellationToken);
        return new(
            revision.Settings,
            revision.Id,
            await context.Set<ExamResult>().AsNoTracking().Where(r => r.ProjectId == projectId && r.UserId == person).OrderBy(r => r.Attempt).ToListAsync(cancellationToken),
            await context.Set<ExamAnswer>().AsNoTracking().Where(a => a.ProjectId == projectId && a.UserId == person).OrderBy(a => a.Id).ToListAsync(cancellationToken),
            await context.Set<ExamRetake>().CountAsync(r => r.ProjectId == projectId && r.UserId == person, cancellationToken));
    }

    /// <summary>Whether the person has passed, or was excused.</summary>
    public bool Passed => Results.Any(result => result.Passed);

    /// <summary>The try that is under way or comes next.</summary>
    public int Attempt => Results.Count + 1;

    /// <summary>Whether that try is open.</summary>
    public bool MayTry => !Passed && Attempt <= 1 + Retakes + (Settings.ExamRetakeAtOnce ? 1 : 0);

    /// <summary>Lessons that are not taken yet.</summary>
    public IReadOnlyList<KnownSolution> LessonsLeft => Open(KnownSolutions.For(KnownUse.Lesson), attempt: 0);

    /// <summary>The solutions that this try asks and that are not answered yet. Each person and try has an order of its own.</summary>
    public IReadOnlyList<KnownSolution> ItemsLeft(Guid person) =>
        [.. Open(Asked, Attempt).OrderBy(item => TextHash.Of($"{person}:{Attempt}:{item.Name}"), StringComparer.Ordinal)];

    /// <summary>The solutions that the exam asks.</summary>
    public IReadOnlyList<KnownSolution> Asked =>
        [.. KnownSolutions.For(KnownUse.Exam).Where(item => Settings.ExamTopic == ExamTopic.All || item.Topic == Settings.ExamTopic).Take(Settings.ExamLength)];

    /// <summary>What was answered in a try.</summary>
    public IEnumerable<ExamAnswer> AnswersOf(int attempt) => Answers.Where(answer => answer.Attempt == attempt);

    private IReadOnlyList<KnownSolution> Open(IEnumerable<KnownSolution> items, int attempt)
    {
        var answered = AnswersOf(attempt).Select(answer => answer.Item).ToHashSet();
        return [.. items.Where(item => !answered.Contains(item.Name))];
    }
}
