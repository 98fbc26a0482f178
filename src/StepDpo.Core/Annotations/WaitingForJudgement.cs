using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Data;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Annotations;

/// <summary>How much work a person is told is left.</summary>
public static class WaitingForJudgement
{
    /// <summary>
    /// The project's waiting solutions. While there are any, the gold items that this person has not met count with them: a count
    /// that only some judgements lower would tell which are gold.
    /// </summary>
    public static async Task<int> CountAsync(StepDpoContext context, long projectId, Guid? person, CancellationToken cancellationToken)
    {
        var waiting = await context.Set<Solution>().CountAsync(solution => solution.ProjectId == projectId && solution.State == SolutionState.Waiting, cancellationToken);
        return waiting == 0
            ? 0
            : waiting + await context.Set<GoldItem>().CountAsync(
                gold => gold.ProjectId == projectId && gold.RetiredAt == null
                    && !context.Set<Assignment>().Any(a => a.SolutionId == gold.SolutionId && a.AnnotatorId == person && (a.State == AssignmentState.Submitted || a.State == AssignmentState.Skipped)),
                cancellationToken);
    }
}
