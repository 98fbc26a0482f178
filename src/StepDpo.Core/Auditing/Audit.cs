using System.Globalization;
using System.Text.Json;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Data;

namespace StepDpo.Core.Auditing;

/// <summary>Adds to the audit. The row is stored by the caller's own <c>SaveChanges</c>: in the transaction of the change, or not at all.</summary>
public static class Audit
{
    /// <summary>Adds an event.</summary>
    /// <param name="context">The context of the change.</param>
    /// <param name="at">Now.</param>
    /// <param name="actorId">Who; null for the installation itself.</param>
    /// <param name="projectId">In which project, or null.</param>
    /// <param name="action">What happened, such as <c>problem.answer-corrected</c>.</param>
    /// <param name="subject">To what sort of thing: the entity's name.</param>
    /// <param name="subjectId">Its key.</param>
    /// <param name="old">What was; written as JSON.</param>
    /// <param name="now">What is; written as JSON.</param>
    public static void Audited(
        this StepDpoContext context, DateTimeOffset at, Guid? actorId, long? projectId, string action, string subject, object subjectId,
        object? old = null, object? now = null) => context.Add(new AuditEvent
        {
            At = at,
            ActorId = actorId,
            ProjectId = projectId,
            Action = action,
            Subject = subject,
            SubjectId = Convert.ToString(subjectId, CultureInfo.InvariantCulture)!,
            Old = Json(old),
            New = Json(now),
        });

    private static string? Json(object? value) => value is null ? null : JsonSerializer.Serialize(value, RunJson.Line);
}
