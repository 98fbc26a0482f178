using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;
using StepDpo.Core.Statistics;

namespace StepDpo.Core.Annotations;

/// <summary>What one annotator says of a solution in dispute.</summary>
/// <param name="Annotator">The annotator's number in the project: the adjudicator is told no names.</param>
/// <param name="Judgement">The judgement.</param>
/// <param name="Upheld">How many verdicts of reviewers say what this annotator had said,</param>
/// <param name="Disputes">of so many on solutions that the annotator had judged.</param>
/// <param name="Gold">How often the annotator named the first error of gold items.</param>
/// <param name="Blind">What the annotator had said until a suggestion was shown, where the judgement was given after it; null where it is blind.</param>
public sealed record Claim(int Annotator, FirstErrorAnnotation Judgement, int Upheld, int Disputes, Proportion Gold, FirstErrorAnnotation? Blind = null);

/// <summary>A solution on which the judgements disagree, or which was reopened.</summary>
/// <param name="SolutionId">The solution.</param>
/// <param name="Statement">The problem.</param>
/// <param name="ReferenceAnswer">The answer that counts now.</param>
/// <param name="ExtractedAnswer">The solution's final answer, or null.</param>
/// <param name="AnswerCheck">What the grader says of it.</param>
/// <param name="Steps">The words of the whole steps; step k is at k - 1.</param>
/// <param name="Claims">The judgements that count, in the order of k, never of merit: steps first, then "no error", then "cannot judge".</param>
/// <param name="MostJudgements">How many judgements the project's rule asks for at most.</param>
/// <param name="Reopened">Why its last verdict fell, or null where it had none.</param>
/// <param name="IsDiscarded">Whether it was set aside.</param>
public sealed record AdjudicationItem(
    long SolutionId, string Statement, string ReferenceAnswer, string? ExtractedAnswer, AnswerCheck AnswerCheck, IReadOnlyList<string> Steps,
    IReadOnlyList<Claim> Claims, int MostJudgements, string? Reopened, bool IsDiscarded);

/// <summary>What a reviewer may decide on.</summary>
/// <param name="Items">The solutions, oldest first.</param>
/// <param name="Waiting">How many wait in all.</param>
/// <param name="Own">How many of these the reviewer has judged and somebody else must decide.</param>
public sealed record AdjudicationBatch(IReadOnlyList<AdjudicationItem> Items, int Waiting, int Own);

/// <summary>Solutions that wait for a reviewer's word.</summary>
public sealed class AdjudicationQueue(IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>Most solutions at once.</summary>
    public const int MostItems = 20;

    /// <summary>The oldest solutions in dispute that the actor may decide on and does not have yet.</summary>
    /// <param name="actor">Who.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="have">Solutions that the actor has already.</param>
    /// <param name="count">How many are wanted.</param>
    /// <param name="only">This solution alone, also where it was set aside; or null.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<Outcome<AdjudicationBatch>> ListAsync(
        Actor actor, long projectId, IReadOnlyCollection<long> have, int count, long? only = null, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (await Membership.RestsAsync(context, projectId, cancellationToken) is { } rests) return rests;
        var settings = (await context.CurrentRevisionAsync(projectId, cancellationToken)).Settings;
        var open = context.Set<Solution>().AsNoTracking().Where(s => s.ProjectId == projectId
            && (only == null ? s.State == SolutionState.Adjudication : s.Id == only && (s.State == SolutionState.Adjudication || s.State == SolutionState.Discarded)));
        var waiting = await open.CountAsync(cancellationToken);
        var free = settings.ReviewOfOwnFirstErrors ? open : open.Where(s => !context.Set<FirstErrorAnnotation>().Any(a => a.SolutionId == s.Id && a.AnnotatorId == actor.UserId));
        var own = waiting - await free.CountAsync(cancellationToken);
        var rows = await free.Where(s => !have.Contains(s.Id)).OrderBy(s => s.Id).Take(Math.Clamp(count, 1, MostItems))
            .Select(s => new
            {
                Solution = s,
                Problem = context.Set<Problem>().Single(p => p.Id == s.ProblemId),
                context.Set<ProjectRevision>().Single(r => r.Id == s.Run!.RevisionId).Settings,
                Reopened = context.Set<FirstErrorVerdict>().Where(v => v.SolutionId == s.Id).OrderByDescending(v => v.Id).Select(v => v.SupersededReason).FirstOrDefault(),
            })
            .ToListAsync(cancellationToken);
        var items = new List<AdjudicationItem>();
        foreach (var row in rows)
        {
            var steps = new SolutionSteps(row.Settings.Template.FirstStep, row.Solution.Text, row.Solution.StepOffsets);
            items.Add(new(
                row.Solution.Id, row.Problem.Statement, row.Problem.Answer, row.Solution.ExtractedAnswer, row.Solution.AnswerCheck,
                [.. Enumerable.Range(1, row.Solution.WholeStepCount).Select(steps.Words)],
                await ClaimsAsync(context, projectId, row.Solution.Id, cancellationToken),
                Math.Max(StopRule.Of(settings).Most, row.Solution.WantedJudgements), row.Reopened, row.Solution.State == SolutionState.Discarded));
        }

        return new AdjudicationBatch(items, waiting, own);
    }

    private static async Task<IReadOnlyList<Claim>> ClaimsAsync(StepDpoContext context, long projectId, long solutionId, CancellationToken cancellationToken)
    {
        var judgements = await Verdicts.CountingAsync(context, solutionId, cancellationToken);
        var annotators = judgements.Select(j => j.AnnotatorId).ToArray();
        var numbers = await NumbersAsync(context, projectId, annotators, cancellationToken);
        var records = await RecordsAsync(context, projectId, annotators, cancellationToken);
        var gold = await GoldAccuracy.PeopleAsync(context, projectId, annotators, null, null, cancellationToken);
        var blind = await BlindAsync(context, [.. judgements.Where(j => j.AfterSuggestion).Select(j => j.AssignmentId)], cancellationToken);
        return
        [
            .. judgements
                .OrderBy(j => j.Outcome).ThenBy(j => j.Step).ThenBy(j => j.Id)
                .Select(j => new Claim(numbers.GetValueOrDefault(j.AnnotatorId), j, records.GetValueOrDefault(j.AnnotatorId).Upheld, records.GetValueOrDefault(j.AnnotatorId).Disputes, gold.GetValueOrDefault(j.AnnotatorId) ?? Proportion.Wilson(0, 0), blind.GetValueOrDefault(j.AssignmentId))),
        ];
    }

    // The suggestion itself stays unread here: a reviewer's word must not lean on it (decision 0059).
    private static async Task<IReadOnlyDictionary<long, FirstErrorAnnotation>> BlindAsync(StepDpoContext context, long[] assignments, CancellationToken cancellationToken) =>
        assignments.Length == 0
            ? new Dictionary<long, FirstErrorAnnotation>()
            : await context.Set<FirstErrorAnnotation>().AsNoTracking()
                .Where(a => context.Set<ShownSuggestion>().Any(s => s.AnnotationId == a.Id && assignments.Contains(s.AssignmentId)))
                .ToDictionaryAsync(a => a.AssignmentId, cancellationToken);

    // In the order in which people joined; who has left comes last.
    private static async Task<IReadOnlyDictionary<Guid, int>> NumbersAsync(StepDpoContext context, long projectId, Guid[] annotators, CancellationToken cancellationToken)
    {
        var members = await context.Set<ProjectMember>().Where(m => m.ProjectId == projectId).OrderBy(m => m.AddedAt).ThenBy(m => m.UserId).Select(m => m.UserId).ToListAsync(cancellationToken);
        return members.Concat(annotators.Except(members).Order()).Select((id, index) => (id, index)).ToDictionary(m => m.id, m => m.index + 1);
    }

    private static async Task<IReadOnlyDictionary<Guid, (int Upheld, int Disputes)>> RecordsAsync(
        StepDpoContext context, long projectId, Guid[] annotators, CancellationToken cancellationToken)
    {
        var all = context.Set<FirstErrorAnnotation>();
        var records = await (
            from judgement in all
            join verdict in context.Set<FirstErrorVerdict>() on judgement.SolutionId equals verdict.SolutionId
            where annotators.Contains(judgement.AnnotatorId) && !judgement.Surplus && judgement.Outcome != FirstErrorOutcome.Undone
                && !all.Any(later => later.SupersedesId == judgement.Id)
                && verdict.Provenance == VerdictProvenance.Adjudicated && verdict.SupersededAt == null
                && context.Set<Solution>().Any(s => s.Id == verdict.SolutionId && s.ProjectId == projectId)
            group judgement.Outcome == verdict.Outcome && (judgement.Step ?? 0) == (verdict.Step ?? 0) by judgement.AnnotatorId into record
            select new { record.Key, Upheld = record.Count(upheld => upheld), Disputes = record.Count() }).ToListAsync(cancellationToken);
        return records.ToDictionary(record => record.Key, record => (record.Upheld, record.Disputes));
    }
}
