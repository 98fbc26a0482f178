using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Web.Annotations.Disputes;

/// <summary>What stands beside a dispute.</summary>
/// <param name="Guidelines">Markdown.</param>
/// <param name="Version">Number of the revision that holds them.</param>
/// <param name="Unclear">How many of the newest verdicts found the guidelines unclear,</param>
/// <param name="Decided">of so many.</param>
public sealed record DisputeSide(string Guidelines, int Version, int Unclear, int Decided);

/// <summary>Composes Core's answers into what the page of disputes draws.</summary>
public sealed class DisputeDesk(IDbContextFactory<StepDpoContext> contexts)
{
    private const int Newest = 20;

    /// <summary>Guidelines, and how often they were found unclear. The caller has been let in as the project's reviewer.</summary>
    public async Task<DisputeSide> SideAsync(long projectId, CancellationToken stop)
    {
        await using var context = await contexts.CreateDbContextAsync(stop);
        var revision = await ProjectRegister.CurrentAsync(context, projectId, stop);
        var newest = await context.Set<Adjudication>()
            .Where(a => a.Decision == AdjudicationDecision.Verdict && !context.Set<Adjudication>().Any(later => later.SupersedesId == a.Id))
            .Where(a => context.Set<Solution>().Any(s => s.Id == a.SolutionId && s.ProjectId == projectId))
            .OrderByDescending(a => a.Id).Take(Newest).Select(a => a.Because).ToListAsync(stop);
        return new DisputeSide(revision.Settings.Guidelines, revision.Number, newest.Count(because => because == DifferenceReason.GuidelinesUnclear), newest.Count);
    }
}
