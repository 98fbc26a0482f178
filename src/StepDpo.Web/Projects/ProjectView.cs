using StepDpo.Core.Projects;

namespace StepDpo.Web.Projects;

/// <summary>What the rail and the bar show of a project, as the person signed in sees it.</summary>
/// <param name="Id">The project.</param>
/// <param name="Name">Its name.</param>
/// <param name="Role">What the person may do here; admins count as leads.</param>
/// <param name="WaitForJudgement">Solutions that wait for a judgement.</param>
/// <param name="WaitForReview">Prefixes that wait for a reviewer: with candidates, without any, or for a second word on their winner.</param>
/// <param name="WaitForDecision">Solutions whose judgements differ.</param>
/// <param name="OpenFlags">Questions of annotators that wait for an answer.</param>
/// <param name="ActiveRuns">Runs that are queued or running.</param>
/// <param name="IsArchived">Whether the project rests: nothing new begins in it.</param>
public sealed record ProjectView(long Id, string Name, ProjectRole Role, int WaitForJudgement, int WaitForReview, int WaitForDecision, int OpenFlags, int ActiveRuns, bool IsArchived = false)
{
    /// <summary>Whether the person may review.</summary>
    public bool CanReview => Role >= ProjectRole.Reviewer;

    /// <summary>Whether the person may change the project.</summary>
    public bool CanLead => Role >= ProjectRole.Lead;

    /// <summary>Address of a page of this project: <c>Path("problems")</c>.</summary>
    public string Path(string page = "") => page.Length == 0 ? $"/projects/{Id}" : $"/projects/{Id}/{page}";
}
