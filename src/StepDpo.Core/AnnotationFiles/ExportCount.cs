using StepDpo.Core.Annotations;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>Counts what goes into a file while it is written.</summary>
internal sealed class ExportCount
{
    private readonly SortedDictionary<string, int> _provenance = new(StringComparer.Ordinal), _annotators = new(StringComparer.Ordinal), _guidelines = new(StringComparer.Ordinal), _suggestions = new(StringComparer.Ordinal);
    private int _rows, _neutral, _unsayable, _firstErrors, _noErrors, _cannotJudge, _judgedTwice, _unanimous, _afterSuggestion;
    private long _active;

    /// <summary>Solutions looked at.</summary>
    public int Seen => _rows + _neutral + _unsayable;

    /// <summary>One was left out: its first bad step is only neutral.</summary>
    public void Neutral() => _neutral++;

    /// <summary>One was left out: the format has no words for it.</summary>
    public void Unsayable() => _unsayable++;

    /// <summary>One was written.</summary>
    public void Row(JudgedSolution solution, FirstErrorJudgement label)
    {
        _rows++;
        if (label.Outcome == FirstErrorOutcome.FirstError) _firstErrors++;
        else if (label.Outcome == FirstErrorOutcome.NoError) _noErrors++;
        else _cannotJudge++;
        Add(_provenance, $"{solution.Verdict!.Provenance}");
        if (solution.Verdict.GuidelineVersion is { } version) Add(_guidelines, version);
        foreach (var judgement in solution.Judgements)
        {
            if (judgement.Annotator is { } annotator) Add(_annotators, annotator);
            if (judgement.Suggestion is { } shown) Add(_suggestions, shown.Source);
            if (judgement.Suggestion?.Blind is not null) _afterSuggestion++;
            _active += judgement.Said.ActiveMilliseconds;
        }

        if (solution.Judgements.Count < 2) return;
        _judgedTwice++;
        if (solution.Agreeing == solution.Judgements.Count) _unanimous++;
    }

    /// <summary>What was counted.</summary>
    public AnnotationExportFacts Facts() => new()
    {
        Rows = _rows,
        LeftOutNeutral = _neutral,
        LeftOutUnsayable = _unsayable,
        FirstErrors = _firstErrors,
        NoErrors = _noErrors,
        CannotJudge = _cannotJudge,
        Provenance = _provenance,
        Annotators = _annotators,
        GuidelineVersions = _guidelines,
        JudgedTwice = _judgedTwice,
        Unanimous = _unanimous,
        ShownSuggestions = _suggestions,
        AfterSuggestion = _afterSuggestion,
        ActiveMilliseconds = _active,
    };

    private static void Add(SortedDictionary<string, int> counts, string key) => counts[key] = counts.GetValueOrDefault(key) + 1;
}
