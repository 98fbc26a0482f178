using StepDpo.Contracts;
using StepDpo.Contracts.Prompts;
using StepDpo.Core.Grading;

namespace StepDpo.Core.Projects;

/// <summary>Which step of a solution the prefix is cut before.</summary>
public enum CutRule
{
    /// <summary>The first incorrect step: the paper's rule.</summary>
    FirstIncorrect,

    /// <summary>The first step that is neutral or incorrect: the reference code's rule.</summary>
    FirstNeutralOrIncorrect,
}

/// <summary>Which of the shipped items the qualifying exam asks.</summary>
public enum ExamTopic
{
    /// <summary>Arithmetic and mathematics.</summary>
    All,

    /// <summary>Nested sums, of BIG-Bench-Mistake.</summary>
    Arithmetic,

    /// <summary>Word problems, algebra and calculus, of Mr-Ben.</summary>
    Mathematics,
}

/// <summary>What becomes of a solution on which too few agree when the most have judged it.</summary>
public enum UndecidedRule
{
    /// <summary>A reviewer decides.</summary>
    Reviewer,

    /// <summary>It is set aside, as ProcessBench does.</summary>
    Discard,
}

/// <summary>What becomes of the suggestions that a judge model or rollouts made.</summary>
public enum SuggestionUse
{
    /// <summary>Nobody sees them at work.</summary>
    Off,

    /// <summary>A person sees a solution's suggestion once their own judgement of it is stored, and may keep or revise that.</summary>
    AfterJudgement,
}

/// <summary>How a project works. Immutable within a <see cref="ProjectRevision"/>; defaults are the paper's.</summary>
public sealed record ProjectSettings
{
    /// <summary>How problems are put to the model.</summary>
    public PromptTemplate Template { get; init; } = PromptTemplate.Qwen2Boxed;

    /// <summary>Where prefixes are cut.</summary>
    public CutRule CutRule { get; init; } = CutRule.FirstIncorrect;

    /// <summary>N: how many people judge each solution, 1 to 9.</summary>
    public int JudgementsPerSolution { get; init; } = 1;

    /// <summary>How many must agree where the first N do not all say the same, 1 to 9; more than half of those asked in any case.</summary>
    public int AgreeingJudgements { get; init; } = 1;

    /// <summary>
    /// Where too few agree, one more person is asked at a time until so many have judged the solution, 1 to 9. N or fewer: nobody is.
    /// N = 2, 3 agreeing and 5 at most is ProcessBench's rule behind a double judging.
    /// </summary>
    public int MostJudgements { get; init; } = 1;

    /// <summary>What follows where also the most do not agree.</summary>
    public UndecidedRule Undecided { get; init; } = UndecidedRule.Reviewer;

    /// <summary>How many wrong solutions of a problem are judged at most; 0 for all. The reference code judges 1.</summary>
    public int JudgedPerProblem { get; init; }

    /// <summary>Which waiting solutions come first.</summary>
    public ServingOrder ServingOrder { get; init; }

    /// <summary>Share of the solutions, 0 to 1, that is dealt in random order all the same: what the order overlooks is seen too.</summary>
    public double ExplorationShare { get; init; }

    /// <summary>Whether annotators see before they judge which calculations of a step do not come out. Off: a hint leads.</summary>
    public bool ShowsArithmetic { get; init; }

    /// <summary>Whether annotators see suggestions, and when: never before their own judgement, for a suggestion leads.</summary>
    public SuggestionUse Suggestions { get; init; }

    /// <summary>What annotators and reviewers read, in Markdown.</summary>
    public string Guidelines { get; init; } = "";

    /// <summary>Which rules the grader uses.</summary>
    public int GraderVersion { get; init; } = AnswerGrading.Version;

    /// <summary>Whether a person may review rectifications of a solution whose first error they alone marked: a team of one must be able to work.</summary>
    public bool ReviewOfOwnFirstErrors { get; init; }

    /// <summary>How many winners a prefix may have; each makes a pair, 1 to 9.</summary>
    public int WinnersPerPrefix { get; init; } = 1;

    /// <summary>Whether reviewers may write a winning step themselves: out of distribution, never exported unless asked for.</summary>
    public bool AllowsWrittenSteps { get; init; }

    /// <summary>Share of approved steps that a second reviewer decides on, blind to the first, 0 to 1.</summary>
    public double SecondReviewShare { get; init; }

    /// <summary>Whether rectification is queued without anybody asking.</summary>
    public bool RectifiesByItself { get; init; } = true;

    /// <summary>Rectification is queued when so many prefixes wait,</summary>
    public int RectifyAtPrefixes { get; init; } = 20;

    /// <summary>or when the oldest has waited so many minutes.</summary>
    public int RectifyAfterMinutes { get; init; } = 10;

    /// <summary>Continuations sampled from each prefix.</summary>
    public int ContinuationsPerPrefix { get; init; } = 20;

    /// <summary>Sampling temperature of rectification.</summary>
    public double Temperature { get; init; } = 0.8;

    /// <summary>Nucleus of rectification: the smallest set of tokens with this probability.</summary>
    public double TopP { get; init; } = 0.95;

    /// <summary>Most tokens of a sampled text.</summary>
    public int MaxTokens { get; init; } = 2048;

    /// <summary>How long a solution is kept for the annotator who opened it.</summary>
    public int LeaseMinutes { get; init; } = 20;

    /// <summary>Whether people must pass the exam before they are dealt solutions. Leads need not.</summary>
    public bool ExamRequired { get; init; }

    /// <summary>What the exam is about.</summary>
    public ExamTopic ExamTopic { get; init; } = ExamTopic.All;

    /// <summary>How many solutions the exam asks.</summary>
    public int ExamLength { get; init; } = 30;

    /// <summary>Percentage of them that must be judged right.</summary>
    public int ExamPassPercent { get; init; } = 80;

    /// <summary>Whether whoever fails may try once more at once; every further time a lead must allow it.</summary>
    public bool ExamRetakeAtOnce { get; init; } = true;

    /// <summary>Percentage of gold items among the solutions that a person is dealt, where the project has gold items.</summary>
    public int GoldPercent { get; init; } = 5;

    /// <summary>Judged gold items of a person before their accuracy counts; until then gold comes at no less than one in ten.</summary>
    public int GoldMinimum { get; init; } = 10;

    /// <summary>A person is paused when the whole interval of their gold accuracy lies below this percentage; 0 pauses nobody.</summary>
    public int GoldPausePercent { get; init; } = 70;

    /// <summary>Says what is wrong with each field: name of the field and a message; empty when all is well.</summary>
    public IEnumerable<(string Field, Sentence Message)> Problems()
    {
        if (Template.Problem() is { } template) yield return (nameof(Template), template);
        if (JudgementsPerSolution is < 1 or > 9) yield return (nameof(JudgementsPerSolution), $"Judgements per solution must be 1 to 9; found {JudgementsPerSolution}.");
        if (JudgedPerProblem is < 0 or > 1000) yield return (nameof(JudgedPerProblem), $"The judged solutions of a problem must be 0 (all) to 1,000; found {JudgedPerProblem}.");
        if (!(ExplorationShare >= 0 && ExplorationShare <= 1)) yield return (nameof(ExplorationShare), $"The share in random order must lie within 0 and 1; found {ExplorationShare}.");
        if (AgreeingJudgements is < 1 or > 9) yield return (nameof(AgreeingJudgements), $"The judgements that must agree must be 1 to 9; found {AgreeingJudgements}.");
        if (MostJudgements is < 1 or > 9) yield return (nameof(MostJudgements), $"The most judgements of a solution must be 1 to 9; found {MostJudgements}.");
        if (AgreeingJudgements > Math.Max(JudgementsPerSolution, MostJudgements))
            yield return (nameof(AgreeingJudgements), $"No more can agree than are asked: at most {Math.Max(JudgementsPerSolution, MostJudgements)}; found {AgreeingJudgements}.");
        if (Guidelines.Length > 100_000) yield return (nameof(Guidelines), $"The guidelines may hold 100,000 characters; found {Guidelines.Length}.");
        if (GraderVersion < 1) yield return (nameof(GraderVersion), $"The grader's version must be at least 1; found {GraderVersion}.");
        if (WinnersPerPrefix is < 1 or > 9) yield return (nameof(WinnersPerPrefix), $"Winners per prefix must be 1 to 9; found {WinnersPerPrefix}.");
        if (!(SecondReviewShare >= 0 && SecondReviewShare <= 1)) yield return (nameof(SecondReviewShare), $"The share must lie within 0 and 1; found {SecondReviewShare}.");
        if (RectifyAtPrefixes is < 1 or > 100_000) yield return (nameof(RectifyAtPrefixes), $"The number of waiting prefixes must be 1 to 100,000; found {RectifyAtPrefixes}.");
        if (RectifyAfterMinutes is < 0 or > 10_080) yield return (nameof(RectifyAfterMinutes), $"The wait must be 0 to 10,080 minutes; found {RectifyAfterMinutes}.");
        if (ContinuationsPerPrefix is < 1 or > 1000) yield return (nameof(ContinuationsPerPrefix), $"Continuations per prefix must be 1 to 1,000; found {ContinuationsPerPrefix}.");
        if (!(Temperature >= 0 && Temperature <= 5)) yield return (nameof(Temperature), $"The temperature must lie within 0 and 5; found {Temperature}.");
        if (!(TopP > 0 && TopP <= 1)) yield return (nameof(TopP), $"Top-p must be above 0 and at most 1; found {TopP}.");
        if (MaxTokens is < 1 or > 131_072) yield return (nameof(MaxTokens), $"The number of tokens must be 1 to 131,072; found {MaxTokens}.");
        if (LeaseMinutes is < 1 or > 1440) yield return (nameof(LeaseMinutes), $"The lease must be 1 to 1,440 minutes; found {LeaseMinutes}.");
        if (ExamLength is < 1 or > 30) yield return (nameof(ExamLength), $"The exam may ask 1 to 30 solutions; found {ExamLength}.");
        if (ExamPassPercent is < 1 or > 100) yield return (nameof(ExamPassPercent), $"The pass mark must be 1 to 100 %; found {ExamPassPercent}.");
        if (GoldPercent is < 0 or > 50) yield return (nameof(GoldPercent), $"Gold items may be 0 to 50 % of the solutions; found {GoldPercent}.");
        if (GoldMinimum is < 5 or > 1000) yield return (nameof(GoldMinimum), $"Gold items before the accuracy counts must be 5 to 1,000; found {GoldMinimum}.");
        if (GoldPausePercent is < 0 or > 99) yield return (nameof(GoldPausePercent), $"The accuracy that pauses must be 0 to 99 %; found {GoldPausePercent}.");
    }
}
