using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>A project's judged solutions, read in batches: memory does not grow with their number.</summary>
internal sealed class JudgedSolutions(StepDpoContext context, long projectId)
{
    /// <summary>Solutions a batch.</summary>
    public const int Batch = 250;

    private readonly Dictionary<long, string> _firstSteps = [];

    /// <summary>Keys of the solutions with a verdict that holds, those of a problem together.</summary>
    public async Task<IReadOnlyList<long>> KeysAsync(AnnotationExportOptions options, CancellationToken cancellationToken) =>
        await Members(options).OrderBy(s => s.ProblemId).ThenBy(s => s.Id).Select(s => s.Id).ToListAsync(cancellationToken);

    /// <summary>The solutions, in the order of the keys, batch by batch. The context is in use until the last one is there.</summary>
    public async IAsyncEnumerable<IReadOnlyList<JudgedSolution>> ReadAsync(IReadOnlyList<long> keys, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var guidelines = await context.Set<ProjectRevision>().Where(r => r.ProjectId == projectId).ToDictionaryAsync(r => r.Id, r => $"{r.Number}", cancellationToken);
        // The database works on the next batch while the caller writes this one.
        Task<IReadOnlyList<JudgedSolution>>? next = null;
        try
        {
            foreach (var batch in keys.Chunk(Batch))
            {
                var ready = next is null ? null : await next;
                next = BatchAsync(batch, guidelines, cancellationToken);
                if (ready is not null) yield return ready;
            }

            if (next is not null) yield return await next;
        }
        finally
        {
            if (next is not null) await next.ContinueWith(_ => { }, TaskScheduler.Default); // it uses the context until then
        }
    }

    /// <summary>
    /// An annotator's name in files: the same in all exports of a project and another in each project; who it is cannot be computed from it
    /// without the keys of the accounts.
    /// </summary>
    public static string Pseudonym(long projectId, Guid annotator) => TextHash.Of($"{projectId} {annotator:N}")[..12];

    // Which solutions leave the house. Not gold items: their answer would be given away.
    private IQueryable<Solution> Members(AnnotationExportOptions options) => (options.Filter?.Of(context, projectId) ?? context.Set<Solution>().Where(s => s.ProjectId == projectId)).Where(s =>
        !context.Set<GoldItem>().Any(gold => gold.SolutionId == s.Id && gold.RetiredAt == null)
        && context.Set<FirstErrorVerdict>().Any(v => v.SolutionId == s.Id && v.SupersededAt == null && (options.IncludesImported || v.Provenance != VerdictProvenance.Imported)));

    private async Task<IReadOnlyList<JudgedSolution>> BatchAsync(long[] keys, Dictionary<long, string> guidelines, CancellationToken cancellationToken)
    {
        var rows = await (from solution in context.Set<Solution>()
                          join problem in context.Set<Problem>() on solution.ProblemId equals problem.Id
                          join verdict in context.Set<FirstErrorVerdict>() on solution.Id equals verdict.SolutionId
                          join run in context.Set<Run>() on solution.RunId equals run.Id
                          from imported in context.Set<ImportedSolution>().Where(i => i.SolutionId == solution.Id).DefaultIfEmpty()
                          where keys.Contains(solution.Id) && verdict.SupersededAt == null
                          select new
                          {
                              solution,
                              problem,
                              verdict,
                              Model = context.Set<LanguageModel>().Where(m => m.Id == run.ModelId).Select(m => m.Name).FirstOrDefault(),
                              Imported = (ImportedSolution?)imported,
                          }).AsNoTracking().ToDictionaryAsync(row => row.solution.Id, cancellationToken);
        await ReadFirstStepsAsync(rows.Values.Select(row => row.solution.RunId), cancellationToken);
        var own = (await OwnAsync(keys, guidelines, cancellationToken)).ToLookup(j => j.SolutionId, j => j.Judgement);
        var strangers = (await ImportedAsync(keys, cancellationToken)).ToLookup(j => j.SolutionId, j => j.Judgement);
        return [.. keys.Select(key =>
        {
            var row = rows[key];
            var file = row.verdict.Provenance == VerdictProvenance.Imported ? row.Imported : null;
            return new JudgedSolution
            {
                Problem = row.problem.Statement,
                ReferenceAnswer = row.problem.Answer,
                WorkedSolution = row.problem.WorkedSolution,
                SourceId = row.problem.SourceId,
                Model = row.Model ?? row.Imported?.Model,
                Steps = Steps(row.solution),
                FinalAnswer = row.solution.ExtractedAnswer,
                AnswerCheck = row.solution.AnswerCheck,
                FinishReason = row.solution.FinishReason,
                Verdict = new(
                    new(row.verdict.Outcome, row.verdict.Step, row.verdict.Grade, row.verdict.Reason, row.verdict.Note),
                    file?.Provenance ?? row.verdict.Provenance,
                    file is null ? row.verdict.AdjudicatorId is { } reviewer ? Pseudonym(projectId, reviewer) : null : file.Adjudicator,
                    file is null ? guidelines[row.verdict.RevisionId] : file.GuidelineVersion),
                Judgements = [.. strangers[key], .. own[key]],
            };
        })];
    }

    private async Task ReadFirstStepsAsync(IEnumerable<long> runs, CancellationToken cancellationToken)
    {
        var missing = runs.Distinct().Where(id => !_firstSteps.ContainsKey(id)).ToArray();
        if (missing.Length == 0) return;
        var settings = await context.Set<Run>().Where(r => missing.Contains(r.Id))
            .Select(r => new { r.Id, context.Set<ProjectRevision>().Single(v => v.Id == r.RevisionId).Settings }).ToListAsync(cancellationToken);
        foreach (var run in settings) _firstSteps[run.Id] = run.Settings.Template.FirstStep;
    }

    // The judgements that count, as verdicts are made of them.
    private async Task<IEnumerable<(long SolutionId, FileJudgement Judgement)>> OwnAsync(long[] keys, Dictionary<long, string> guidelines, CancellationToken cancellationToken)
    {
        var annotations = context.Set<FirstErrorAnnotation>();
        var rows = await (from a in annotations
                          from shown in context.Set<ShownSuggestion>().Where(s => s.AssignmentId == a.AssignmentId).DefaultIfEmpty()
                          from blind in annotations.Where(b => b.Id == shown.AnnotationId && a.AfterSuggestion).DefaultIfEmpty()
                          where keys.Contains(a.SolutionId) && !a.Surplus && a.Outcome != FirstErrorOutcome.Undone && !annotations.Any(later => later.SupersedesId == a.Id)
                          orderby a.Id
                          select new { Last = a, Source = (string?)shown.Suggestion!.Source, Suggested = shown.Suggestion.Step, Blind = (FirstErrorAnnotation?)blind }).AsNoTracking().ToListAsync(cancellationToken);
        return rows.Select(row => (row.Last.SolutionId, new FileJudgement(Said(row.Last), Pseudonym(projectId, row.Last.AnnotatorId), guidelines[row.Last.RevisionId])
        {
            Suggestion = row.Source is { } source ? new(source, row.Suggested, row.Blind is { } blind ? Said(blind) with { ActiveMilliseconds = 0 } : null) : null,
        }));
    }

    private static FirstErrorJudgement Said(FirstErrorAnnotation a) => new(a.Outcome, a.Step, a.Grade, a.Reason, a.Note, a.ActiveMilliseconds);

    private async Task<IEnumerable<(long SolutionId, FileJudgement Judgement)>> ImportedAsync(long[] keys, CancellationToken cancellationToken) =>
        (await context.Set<ImportedJudgement>().AsNoTracking().Where(j => keys.Contains(j.SolutionId)).OrderBy(j => j.Id).ToListAsync(cancellationToken))
        .Select(j => (j.SolutionId, new FileJudgement(new(j.Outcome, j.Step, j.Grade, j.Reason, j.Note, j.ActiveMilliseconds), j.Annotator, j.GuidelineVersion) { NeutralSteps = j.NeutralSteps, Suggestion = j.Suggestion }));

    // The space between label and words belongs to neither.
    private string[] Steps(Solution solution)
    {
        var steps = new SolutionSteps(_firstSteps[solution.RunId], solution.Text, solution.StepOffsets);
        return [.. Enumerable.Range(1, steps.Count).Select(steps.Words).Select(words => words.StartsWith(' ') ? words[1..] : words)];
    }
}
