using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Pairs;

/// <summary>
/// Makes the immutable pair of an approved candidate, within the caller's transaction: winner = the candidate's step, loser = step
/// k of the solution, both word for word as sampled.
/// </summary>
internal sealed class PairMaking(StepDpoContext context, TimeProvider clock)
{
    /// <summary>Adds the pair; refused where no right continuation stands behind the candidate any more, or an equal pair counts already.</summary>
    public async Task<Outcome<PreferencePair>> MakeAsync(
        Rectification candidate, Prefix prefix, Solution solution, ProjectRevision revision, Guid? approvedBy, CancellationToken cancellationToken)
    {
        var problem = await context.Set<Problem>().SingleAsync(p => p.Id == solution.ProblemId, cancellationToken);
        var sampling = await context.Set<Run>().Where(r => r.Id == solution.RunId)
            .Select(r => new { r.ModelId, context.Set<ProjectRevision>().Single(v => v.Id == r.RevisionId).Settings }).SingleAsync(cancellationToken);
        var winner = await context.Set<Continuation>()
            .Where(c => c.PrefixId == prefix.Id && c.FirstStepSha256 == candidate.StepSha256 && c.AnswerCheck == AnswerCheck.Right)
            .OrderBy(c => c.RunId).ThenBy(c => c.SampleIndex)
            .Select(c => new { c.Text, context.Set<Run>().Single(r => r.Id == c.RunId).ModelId }).FirstOrDefaultAsync(cancellationToken);
        if (winner is null && candidate.Origin == RectificationOrigin.Sampled) return Refusal.Conflict("No continuation with this step has the right answer any more.");

        var template = sampling.Settings.Template;
        var steps = new SolutionSteps(template.FirstStep, solution.Text, solution.StepOffsets);
        var example = new PreferenceExample(
            problem.Source, problem.Statement, prefix.Text, candidate.StepText, steps.Words(prefix.Step), winner?.Text ?? candidate.StepText, steps.From(prefix.Step), problem.Answer);
        if (example.Chosen == example.Rejected) return Refusal.Conflict("The candidate is the losing step, word for word.");

        var version = await PairVersions.NextAsync(context, solution.ProjectId, candidate.Id, example.Sha256(), cancellationToken);
        if (!version.Succeeded) return version.Refusal;
        var pair = new PreferencePair
        {
            ProjectId = solution.ProjectId,
            RectificationId = candidate.Id,
            ProblemId = problem.Id,
            Split = problem.Split,
            StatementSha256 = problem.StatementSha256,
            Dataset = example.Dataset,
            Prompt = example.Prompt,
            InitialReasonSteps = example.InitialReasonSteps,
            Chosen = example.Chosen,
            Rejected = example.Rejected,
            FullChosen = example.FullChosen,
            FullRejected = example.FullRejected,
            Answer = example.Answer,
            Sha256 = example.Sha256(),
            Version = version.Value,
            Step = prefix.Step,
            TemplateSha256 = template.Sha256(),
            Origin = candidate.Origin,
            WinnerModelId = candidate.Origin == RectificationOrigin.Sampled ? winner!.ModelId : null,
            LoserModelId = sampling.ModelId,
            NeedsSecond = SecondReviewSample.Takes(candidate.Id, revision.Settings.SecondReviewShare),
            RevisionId = revision.Id,
            CreatedById = approvedBy,
            CreatedAt = clock.GetUtcNow(),
        };
        context.Add(pair);
        return pair;
    }
}
