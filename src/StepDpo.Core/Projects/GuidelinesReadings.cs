using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;

namespace StepDpo.Core.Projects;

/// <summary>Guidelines that a person works under have changed since they read them.</summary>
/// <param name="RevisionId">The revision to acknowledge.</param>
/// <param name="Number">Its number.</param>
/// <param name="Reason">Why the settings were changed, in the lead's words; may be empty.</param>
/// <param name="Changes">What is different.</param>
public sealed record UnreadGuidelines(long RevisionId, int Number, string Reason, IReadOnlyList<ChangedLines> Changes);

/// <summary>Who has read which guidelines. A change of other settings needs no word; a changed text must be acknowledged before the next solution.</summary>
public sealed class GuidelinesReadings(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>Says that the actor has read the guidelines of a revision. For members.</summary>
    public async Task<Outcome<Done>> AcknowledgeAsync(Actor actor, long projectId, long revisionId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Annotator, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (actor.UserId is not { } reader) return Refusal.Forbidden("Only people read guidelines.");
        var seen = await context.Set<ProjectRevision>().AsNoTracking().SingleOrDefaultAsync(r => r.Id == revisionId && r.ProjectId == projectId, cancellationToken);
        if (seen is null) return Refusal.NotFound("There is no such version of the guidelines.");
        if (seen.Settings.Guidelines != (await ProjectRegister.CurrentAsync(context, projectId, cancellationToken)).Settings.Guidelines)
            return Refusal.Conflict("The guidelines have been changed again; look at the newest first.");
        await RecordAsync(context, reader, revisionId, clock.GetUtcNow(), cancellationToken);
        return Done.Value;
    }

    /// <summary>
    /// What the person has to acknowledge before more work, or null. Whoever is here for the first time sees the guidelines beside the
    /// work: that is taken down, and needs no word. For services that have checked the actor already.
    /// </summary>
    public static async Task<UnreadGuidelines?> UnreadAsync(
        StepDpoContext context, Guid reader, ProjectRevision current, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        var read = await context.Set<GuidelinesReading>()
            .Where(r => r.UserId == reader && r.Revision!.ProjectId == current.ProjectId)
            .OrderByDescending(r => r.Revision!.Number).Select(r => r.Revision!.Settings).FirstOrDefaultAsync(cancellationToken);
        if (read is null)
        {
            await RecordAsync(context, reader, current.Id, now, cancellationToken);
            return null;
        }

        return read.Guidelines == current.Settings.Guidelines
            ? null
            : new(current.Id, current.Number, current.Reason, GuidelinesChange.Between(read.Guidelines, current.Settings.Guidelines));
    }

    // Two tabs of one person at once are no conflict.
    private static Task RecordAsync(StepDpoContext context, Guid reader, long revisionId, DateTimeOffset now, CancellationToken cancellationToken) =>
        context.Database.ExecuteSqlAsync(
            $"INSERT INTO guidelines_reading (user_id, revision_id, created_at) VALUES ({reader}, {revisionId}, {now}) ON CONFLICT DO NOTHING", cancellationToken);
}
