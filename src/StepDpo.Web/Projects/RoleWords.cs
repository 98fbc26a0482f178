using StepDpo.Core.Projects;

namespace StepDpo.Web.Projects;

/// <summary>Roles in words: the same on every page.</summary>
public static class RoleWords
{
    /// <summary>"Annotator", "Lead".</summary>
    public static string Of(ProjectRole role) => role switch
    {
        ProjectRole.Annotator => T("Annotator"),
        ProjectRole.Reviewer => T("Reviewer"),
        ProjectRole.Lead => T("Lead"),
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "found no words"),
    };
}
