using StepDpo.Core.Data;
using StepDpo.Core.Exams;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Annotations;

/// <summary>Why somebody is dealt no more solutions, although there are some.</summary>
/// <param name="Exam">The exam comes first.</param>
/// <param name="Pause">They are paused.</param>
/// <param name="Guidelines">Changed guidelines wait to be acknowledged; what lies on the desk may be finished.</param>
public sealed record DeskHold(bool Exam = false, AnnotatorPause? Pause = null, UnreadGuidelines? Guidelines = null)
{
    /// <summary>What holds a person back, or null.</summary>
    internal static async Task<DeskHold?> OfAsync(
        StepDpoContext context, Guid annotator, ProjectRole role, ProjectRevision current, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!await ExamStanding.MayWorkAsync(context, current.ProjectId, annotator, role, current.Settings, cancellationToken)) return new(Exam: true);
        if (await context.HoldingPauseAsync(current.ProjectId, annotator, cancellationToken) is { } pause) return new(Pause: pause);
        return await GuidelinesReadings.UnreadAsync(context, annotator, current, now, cancellationToken) is { } unread ? new(Guidelines: unread) : null;
    }
}
