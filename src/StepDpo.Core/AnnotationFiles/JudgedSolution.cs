using StepDpo.Core.Annotations;
using StepDpo.Core.Grading;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>A solution and what people said of it, as files carry it.</summary>
public sealed record JudgedSolution
{
    /// <summary>The problem.</summary>
    public required string Problem { get; init; }

    /// <summary>The reference answer; empty where the file has none.</summary>
    public string ReferenceAnswer { get; init; } = "";

    /// <summary>The source's own solution, or null.</summary>
    public string? WorkedSolution { get; init; }

    /// <summary>The problem's name in its source, or null.</summary>
    public string? SourceId { get; init; }

    /// <summary>Name of the model that wrote the solution, or null.</summary>
    public string? Model { get; init; }

    /// <summary>The words of the steps, without labels; step k is at k - 1.</summary>
    public required IReadOnlyList<string> Steps { get; init; }

    /// <summary>The solution's final answer, or null.</summary>
    public string? FinalAnswer { get; init; }

    /// <summary>Whether it is right.</summary>
    public required AnswerCheck AnswerCheck { get; init; }

    /// <summary>Why the text ended.</summary>
    public FinishReason FinishReason { get; init; } = FinishReason.Stop;

    /// <summary>The final word on its first error, or null where there is none.</summary>
    public FileVerdict? Verdict { get; init; }

    /// <summary>Who said what.</summary>
    public IReadOnlyList<FileJudgement> Judgements { get; init; } = [];

    /// <summary>Why the row contradicts itself, so that its judgement cannot be believed; null where it does not.</summary>
    public string? Contradiction { get; init; }

    /// <summary>How many judgements say what the verdict says.</summary>
    public int Agreeing => Judgements.Count(j => Verdict is { } verdict && (j.Said.Outcome, j.Said.Step) == (verdict.Said.Outcome, verdict.Said.Step));

    /// <summary>Steps that every judgement calls neutral.</summary>
    public IReadOnlyList<int> NeutralSteps =>
        Judgements.Count == 0 ? [] : [.. Judgements.Select(j => (IEnumerable<int>)j.NeutralSteps).Aggregate((all, some) => all.Intersect(some)).Order()];

    /// <summary>
    /// The first error by a cut rule, no error or "cannot judge"; null where it is not known: whoever stopped at a neutral step has
    /// not looked for the first incorrect one.
    /// </summary>
    public FirstErrorJudgement? Label(CutRule rule)
    {
        if (Verdict?.Said is not { } said) return null;
        if (rule == CutRule.FirstIncorrect) return said.Grade == StepGrade.Neutral ? null : said;
        return said.Outcome != FirstErrorOutcome.CannotJudge && NeutralSteps.Where(k => said.Step is null || k < said.Step).Select(k => (int?)k).FirstOrDefault() is { } neutral
            ? new FirstErrorJudgement(FirstErrorOutcome.FirstError, neutral, StepGrade.Neutral, Note: said.Note)
            : said;
    }

    /// <summary>The text as a model would have written it after a prompt that ends with the start of step 1.</summary>
    /// <param name="firstStep">That start: <c>Step 1: </c> or <c>Step 1:</c>.</param>
    public string Text(string firstStep) => string.Join('\n', Steps.Select((words, i) => i == 0 ? (firstStep.EndsWith(' ') ? "" : " ") + words : $"Step {i + 1}: {words}"));
}

/// <summary>A solution's final word in a file.</summary>
/// <param name="Said">The word.</param>
/// <param name="Provenance">How it came about.</param>
/// <param name="Adjudicator">Pseudonym of the reviewer who decided, or null.</param>
/// <param name="GuidelineVersion">The guidelines that it goes by, or null.</param>
public sealed record FileVerdict(
    FirstErrorJudgement Said, VerdictProvenance Provenance = VerdictProvenance.Imported, string? Adjudicator = null, string? GuidelineVersion = null);

/// <summary>One person's judgement in a file.</summary>
/// <param name="Said">The judgement.</param>
/// <param name="Annotator">Pseudonym of the person, or null where the file names nobody.</param>
/// <param name="GuidelineVersion">The guidelines that the person saw, or null.</param>
public sealed record FileJudgement(FirstErrorJudgement Said, string? Annotator = null, string? GuidelineVersion = null)
{
    /// <summary>Steps before k that the person called neutral: not wrong, and no progress.</summary>
    public IReadOnlyList<int> NeutralSteps { get; init; } = [];

    /// <summary>What the person was shown once they had judged, or null where nothing was.</summary>
    public FileSuggestion? Suggestion { get; init; }
}

/// <summary>A suggestion that a person was shown once they had judged, as files carry it.</summary>
/// <param name="Source">Who or what suggested.</param>
/// <param name="Step">The first error, or null for none.</param>
/// <param name="Blind">What the person had said until then, where their judgement is one given afterwards; null where it is the blind one.</param>
public sealed record FileSuggestion(string Source, int? Step, FirstErrorJudgement? Blind = null);
