using StepDpo.Core.Projects;

namespace StepDpo.Core.Agreement;

/// <summary>Which guidelines a revision of the settings holds: they are named after the revision in which their words began.</summary>
public static class GuidelineVersions
{
    /// <summary>Number of the revision with which each revision's guidelines began.</summary>
    /// <param name="revisions">All revisions of a project.</param>
    /// <returns>By key of the revision.</returns>
    public static IReadOnlyDictionary<long, int> Of(IEnumerable<ProjectRevision> revisions)
    {
        var versions = new Dictionary<long, int>();
        ProjectRevision? first = null;
        foreach (var revision in revisions.OrderBy(r => r.Number))
        {
            if (first is null || first.Settings.Guidelines != revision.Settings.Guidelines) first = revision;
            versions.Add(revision.Id, first.Number);
        }

        return versions;
    }
}
