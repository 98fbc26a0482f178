using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>Takes a file's solutions into a project, or only counts what that would do. Works within the caller's transaction.</summary>
internal sealed class AnnotationIntake(StepDpoContext context, Run run, ProjectSettings settings, string source, Guid? actorId, bool isStored)
{
    private const int Shown = 5;

    private readonly List<RowNote> _contradictions = [], _faults = [];
    private readonly List<JudgedSolution> _first = [];
    private readonly HashSet<(string Statement, string Text)> _seen = [];
    private readonly Dictionary<long, int> _samples = [];
    private Dictionary<string, KnownProblem> _problems = [];
    private int _added, _newProblems, _withoutReference, _firstErrors, _noErrors, _known, _contradictionCount, _faultCount;

    private sealed record KnownProblem(long Id, Split Split, string Answer, int AnswerVersion);

    private sealed record Fresh(int Row, JudgedSolution Solution, string Statement, string Text, string TextSha256);

    /// <summary>The format, once a row was read.</summary>
    public AnnotationFormat? Format { get; set; }

    /// <summary>The first row that cannot be used.</summary>
    public RowNote? FirstFault => _faults.FirstOrDefault();

    /// <summary>Reads what the project holds.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken) =>
        _problems = await context.Set<Problem>().Where(p => p.ProjectId == run.ProjectId)
            .ToDictionaryAsync(p => p.StatementSha256, p => new KnownProblem(p.Id, p.Split, p.Answer, p.AnswerVersion), cancellationToken);

    /// <summary>Notes a row that cannot be used.</summary>
    public void Fault(int row, string reason)
    {
        _faultCount++;
        if (_faults.Count < AnnotationImportReport.MostTold) _faults.Add(new(row, reason));
    }

    /// <summary>Takes some rows.</summary>
    public async Task TakeAsync(IReadOnlyList<(int Row, JudgedSolution Solution)> rows, CancellationToken cancellationToken)
    {
        var fresh = await FreshAsync(rows, cancellationToken);
        if (fresh.Count == 0) return;
        foreach (var row in fresh) Count(row);
        await AddProblemsAsync(fresh, cancellationToken);
        if (!isStored) return;
        await StoreAsync(fresh, cancellationToken);
        context.ChangeTracker.Clear();
    }

    /// <summary>What was done; null where nothing could be read.</summary>
    public AnnotationImportReport? Report(string rowWord) => Format is not { } format ? null : new()
    {
        Format = format,
        RowWord = rowWord,
        First = _first,
        Added = _added,
        NewProblems = _newProblems,
        WithoutReference = _withoutReference,
        FirstErrors = _firstErrors,
        NoErrors = _noErrors,
        Known = _known,
        ContradictionCount = _contradictionCount,
        Contradictions = _contradictions,
        FaultCount = _faultCount,
        Faults = _faults,
    };

    // A held-out problem must not come in by the back door, and a problem has one answer.
    private async Task<List<Fresh>> FreshAsync(IReadOnlyList<(int Row, JudgedSolution Solution)> rows, CancellationToken cancellationToken)
    {
        var fresh = new List<Fresh>();
        foreach (var (row, solution) in rows)
        {
            var statement = StatementHash.Of(solution.Problem);
            var problem = _problems.GetValueOrDefault(statement);
            if (problem is { Split: not Split.Pool }) Fault(row, $"problem: found one of the split {problem.Split}, wanted one of the pool");
            else if (problem is not null && solution.ReferenceAnswer.Length > 0 && problem.Answer.Length > 0 && !AnswerComparison.Same(problem.Answer, solution.ReferenceAnswer))
                Fault(row, $"answer: found {solution.ReferenceAnswer}, but this problem's reference answer here is {problem.Answer}");
            else
            {
                var text = solution.Text(settings.Template.FirstStep);
                var hash = TextHash.Of(text);
                if (_seen.Add((statement, hash))) fresh.Add(new(row, solution, statement, text, hash));
                else _known++;
            }
        }

        var problems = fresh.Select(f => _problems.GetValueOrDefault(f.Statement)?.Id).OfType<long>().Distinct().ToArray();
        var hashes = fresh.Select(f => f.TextSha256).ToArray();
        var here = (await context.Set<Solution>().Where(s => problems.Contains(s.ProblemId) && hashes.Contains(s.TextSha256))
            .Select(s => new { s.ProblemId, s.TextSha256 }).ToListAsync(cancellationToken)).Select(s => (s.ProblemId, s.TextSha256)).ToHashSet();
        _known += fresh.RemoveAll(f => _problems.GetValueOrDefault(f.Statement) is { } problem && here.Contains((problem.Id, f.TextSha256)));
        return fresh;
    }

    private void Count(Fresh row)
    {
        _added++;
        if (_first.Count < Shown) _first.Add(row.Solution);
        if (row.Solution.Contradiction is { } contradiction)
        {
            _contradictionCount++;
            if (_contradictions.Count < AnnotationImportReport.MostTold) _contradictions.Add(new(row.Row, contradiction));
        }
        else if (row.Solution.Verdict?.Said.Outcome == FirstErrorOutcome.FirstError) _firstErrors++;
        else if (row.Solution.Verdict?.Said.Outcome == FirstErrorOutcome.NoError) _noErrors++;
    }

    private async Task AddProblemsAsync(List<Fresh> fresh, CancellationToken cancellationToken)
    {
        Problem[] problems = [.. fresh.Where(f => !_problems.ContainsKey(f.Statement)).DistinctBy(f => f.Statement).Select(f => new Problem
        {
            ProjectId = run.ProjectId,
            Statement = f.Solution.Problem,
            StatementSha256 = f.Statement,
            Answer = f.Solution.ReferenceAnswer,
            WorkedSolution = f.Solution.WorkedSolution,
            Source = source,
            SourceId = f.Solution.SourceId is { Length: <= 200 } name ? name : null,
            CreatedAt = run.CreatedAt,
        })];
        _newProblems += problems.Length;
        _withoutReference += problems.Count(problem => problem.Answer.Length == 0);
        if (isStored)
        {
            context.AddRange(problems);
            await context.SaveChangesAsync(cancellationToken);
            context.AddRange(problems.Select(problem => new ReferenceAnswer { ProblemId = problem.Id, Version = 1, Answer = problem.Answer, CreatedById = actorId, CreatedAt = run.CreatedAt }));
        }

        foreach (var problem in problems) _problems[problem.StatementSha256] = new(problem.Id, problem.Split, problem.Answer, problem.AnswerVersion);
    }

    private async Task StoreAsync(List<Fresh> fresh, CancellationToken cancellationToken)
    {
        // Locked as where solutions are sampled: no run adds the same text beside us, and no corrected answer passes us by.
        var ids = fresh.Select(f => _problems[f.Statement].Id).Distinct().ToArray();
        await context.Database.ExecuteSqlAsync($"SELECT 1 FROM problem WHERE id = ANY({ids}) ORDER BY id FOR NO KEY UPDATE", cancellationToken);
        var solutions = fresh.Select(row => (Row: row, Solution: NewSolution(row))).ToArray();
        context.AddRange(solutions.Select(pair => pair.Solution));
        await context.SaveChangesAsync(cancellationToken);
        foreach (var (row, solution) in solutions) AddJudgements(row, solution);
        await context.SaveChangesAsync(cancellationToken);
        await Usefulness.RefreshAsync(context, ids, cancellationToken);
    }

    private Solution NewSolution(Fresh row)
    {
        var problem = _problems[row.Statement];
        var offsets = StepSplit.Offsets(row.Text);
        var sample = _samples[problem.Id] = _samples.TryGetValue(problem.Id, out var last) ? last + 1 : 0;
        return new Solution
        {
            ProjectId = run.ProjectId,
            RunId = run.Id,
            ProblemId = problem.Id,
            Split = problem.Split,
            SampleIndex = sample,
            Text = row.Text,
            TextSha256 = row.TextSha256,
            StepOffsets = offsets,
            StepCount = offsets.Length,
            FinishReason = row.Solution.FinishReason,
            ExtractedAnswer = row.Solution.FinalAnswer,
            AnswerCheck = row.Solution.AnswerCheck,
            AnswerVersion = problem.AnswerVersion,
            State = State(row.Solution, problem.Split),
            CreatedAt = run.CreatedAt,
        };
    }

    // A judgement that contradicts itself is for people to make again; a row without one is as if it had been sampled.
    private SolutionState State(JudgedSolution solution, Split split) =>
        solution.Contradiction is not null ? SolutionState.Waiting
        : Said(solution) is { } said ? (Verdicts.IsCut(said.Outcome, said.Grade, split, solution.AnswerCheck, settings) ? SolutionState.Rectifying : SolutionState.Closed)
        : solution.AnswerCheck == AnswerCheck.Right ? SolutionState.Sampled : SolutionState.Waiting;

    private FirstErrorJudgement? Said(JudgedSolution solution) =>
        settings.CutRule == CutRule.FirstNeutralOrIncorrect ? solution.Label(settings.CutRule) : solution.Verdict?.Said;

    private void AddJudgements(Fresh row, Solution solution)
    {
        var (judged, said) = (row.Solution, row.Solution.Contradiction is null ? Said(row.Solution) : null);
        context.Add(new ImportedSolution
        {
            SolutionId = solution.Id,
            Row = row.Row,
            Model = judged.Model,
            Provenance = said is null ? null : judged.Verdict!.Provenance,
            Adjudicator = said is null ? null : judged.Verdict!.Adjudicator,
            GuidelineVersion = said is null ? null : judged.Verdict!.GuidelineVersion,
            Contradiction = judged.Contradiction,
        });
        if (said is null) return;
        context.AddRange(judged.Judgements.Select(judgement => new ImportedJudgement
        {
            SolutionId = solution.Id,
            StepCount = solution.StepCount,
            Annotator = judgement.Annotator,
            Outcome = judgement.Said.Outcome,
            Step = judgement.Said.Step,
            Grade = judgement.Said.Grade,
            NeutralSteps = [.. judgement.NeutralSteps],
            Reason = judgement.Said.Reason,
            Note = judgement.Said.Note,
            ActiveMilliseconds = judgement.Said.ActiveMilliseconds,
            GuidelineVersion = judgement.GuidelineVersion,
            Suggestion = judgement.Suggestion,
        }));
        context.Add(new FirstErrorVerdict
        {
            SolutionId = solution.Id,
            StepCount = solution.StepCount,
            Outcome = said.Outcome,
            Step = said.Step,
            Grade = said.Grade,
            Reason = said.Reason,
            Provenance = VerdictProvenance.Imported,
            Note = said.Note,
            RevisionId = run.RevisionId,
            CreatedAt = run.CreatedAt,
        });
        if (solution.State != SolutionState.Rectifying) return;
        context.Add(new Prefix
        {
            SolutionId = solution.Id,
            ProblemId = solution.ProblemId,
            Split = solution.Split,
            StepCount = solution.StepCount,
            Step = said.Step!.Value,
            Text = PrefixText.Of(settings.Template, solution.Text, said.Step.Value),
            CreatedAt = run.CreatedAt,
        });
    }
}
