using StepDpo.Core.AnnotationFiles;
using StepDpo.Core.Annotations;
using StepDpo.Core.Projects;

namespace StepDpo.Web.AnnotationFiles;

/// <summary>Formats, rules and labels in words.</summary>
public static class FormatWords
{
    /// <summary>A format's name.</summary>
    public static string Of(AnnotationFormat format) => format switch
    {
        AnnotationFormat.Plain => T("StepDpo (JSON lines)"),
        AnnotationFormat.Prm800k => "PRM800K",
        AnnotationFormat.ProcessBench => "ProcessBench",
        AnnotationFormat.BigBenchMistake => T("BIG-Bench Mistake"),
        AnnotationFormat.MrBen => "Mr-Ben",
        AnnotationFormat.MrGsm8k => T("MR-GSM8K or MR-MATH"),
        AnnotationFormat.StepVerify => "StepVerify",
        AnnotationFormat.Csv => "CSV",
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "found no words"),
    };

    /// <summary>How a format counts steps.</summary>
    public static string Counts(AnnotationFormat format) => format switch
    {
        AnnotationFormat.ProcessBench or AnnotationFormat.BigBenchMistake or AnnotationFormat.StepVerify => T("Its steps count from 0; here they count from 1."),
        AnnotationFormat.Prm800k => T("The first step rated -1 is the first error; 0 is a neutral step."),
        AnnotationFormat.Plain or AnnotationFormat.MrBen or AnnotationFormat.MrGsm8k or AnnotationFormat.Csv => T("Its steps count from 1, as here."),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "found no words"),
    };

    /// <summary>A cut rule.</summary>
    public static string Of(CutRule rule) => rule switch
    {
        CutRule.FirstIncorrect => T("First incorrect step"),
        CutRule.FirstNeutralOrIncorrect => T("First neutral or incorrect step"),
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "found no words"),
    };

    /// <summary>What a row says of its solution: sign, class of its colour, words.</summary>
    public static (string Sign, string Colour, string Words) Label(JudgedSolution solution) => solution switch
    {
        { Contradiction: not null } => ("warn", "is-wait", T("Contradicts itself")),
        { Verdict.Said: { Step: { } step, Grade: StepGrade.Neutral } } => ("neutral", "is-wrong", T($"Neutral from step {step}")),
        { Verdict.Said.Step: { } step } => ("error", "is-wrong", T($"First error at step {step}")),
        { Verdict.Said.Outcome: FirstErrorOutcome.NoError } => ("tick", "is-right", T("No error")),
        { Verdict: not null } => ("dots", "is-none", T("Cannot be judged")),
        _ => ("open", "is-none", T("Not judged")),
    };
}
