using System.Globalization;
using StepDpo.Core.Annotations;

namespace StepDpo.Web.Annotations.Disputes;

/// <summary>A dispute in words and signs.</summary>
internal static class DisputeWords
{
    private static readonly string[] Numbers = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];

    /// <summary>"07": the annotator's number.</summary>
    public static string Lane(Claim claim) => claim.Annotator.ToString("00", CultureInfo.InvariantCulture);

    /// <summary>"Step 2, incorrect".</summary>
    public static string Said(Claim claim) => claim.Judgement switch
    {
        { Outcome: FirstErrorOutcome.FirstError } j => $"Step {j.Step}, {(j.Grade == StepGrade.Neutral ? "neutral" : "incorrect")}",
        { Outcome: FirstErrorOutcome.NoError, Reason: FirstErrorReason.EquivalentAnswer } => "No error: the answers are equivalent",
        { Outcome: FirstErrorOutcome.NoError, Reason: FirstErrorReason.WrongReference } => "No error: the reference is wrong",
        { Outcome: FirstErrorOutcome.NoError } => "No error",
        { Reason: FirstErrorReason.BadProblem } => "Cannot judge: bad problem",
        { Reason: FirstErrorReason.BadStepSplit } => "Cannot judge: bad step split",
        { Reason: FirstErrorReason.Other } => "Asks you",
        _ => "Cannot judge",
    };

    /// <summary>The key that says the same, or null.</summary>
    public static string? Key(Claim claim) => claim.Judgement switch
    {
        { Step: { } step } => step.ToString(CultureInfo.InvariantCulture),
        { Outcome: FirstErrorOutcome.NoError, Reason: FirstErrorReason.EquivalentAnswer } => "e",
        { Outcome: FirstErrorOutcome.NoError, Reason: FirstErrorReason.WrongReference } => "w",
        { Outcome: FirstErrorOutcome.NoError } => "0",
        { Reason: FirstErrorReason.BadProblem } => "b",
        { Reason: FirstErrorReason.BadStepSplit } => "s",
        { Reason: FirstErrorReason.Unsure } => "c",
        _ => null,
    };

    public static string Colour(Claim claim) => claim.Judgement switch
    {
        { Grade: StepGrade.Neutral } => "wait",
        { Outcome: FirstErrorOutcome.FirstError } => "wrong",
        { Outcome: FirstErrorOutcome.NoError } => "right",
        _ => "none",
    };

    public static string Sign(Claim claim) => claim.Judgement switch
    {
        { Grade: StepGrade.Neutral } => "neutral",
        { Outcome: FirstErrorOutcome.FirstError } => "error",
        { Outcome: FirstErrorOutcome.NoError } => "tick",
        _ => "warn",
    };

    /// <summary>"Two first errors".</summary>
    public static string Title(AdjudicationItem item)
    {
        var claims = item.Claims.Select(claim => (claim.Judgement.Outcome, claim.Judgement.Step)).Distinct().ToList();
        if (claims.Count == 0) return "Nobody's judgement stands";
        if (item.Claims.Any(claim => claim.Judgement.Outcome == FirstErrorOutcome.CannotJudge)) return "A question to you";
        if (claims.Count == 1) return item.Claims.Count == 1 ? "One judgement" : "All say the same";
        return claims.Any(claim => claim.Outcome == FirstErrorOutcome.NoError) ? "A first error, or none" : $"{Numbers[Math.Min(9, claims.Count)]} first errors";
    }

    /// <summary>"1 step apart".</summary>
    public static string Apart(AdjudicationItem item)
    {
        var steps = item.Claims.Select(claim => claim.Judgement.Step).OfType<int>().ToList();
        return steps.Count == 0 || steps.Max() == steps.Min() ? "" : steps.Max() - steps.Min() == 1 ? "1 step apart" : $"{steps.Max() - steps.Min()} steps apart";
    }

    /// <summary>"steps 4 and 6", for "Next: …".</summary>
    public static string Short(AdjudicationItem item)
    {
        var said = item.Claims.Select(claim => claim.Judgement.Step?.ToString(CultureInfo.InvariantCulture) ?? (claim.Judgement.Outcome == FirstErrorOutcome.NoError ? "no error" : "a question")).Distinct().ToList();
        return said.Count == 0 ? "reopened" : string.Join(" and ", said) is var words && char.IsDigit(words[0]) ? $"step{(said.Count > 1 ? "s" : "")} {words}" : words;
    }

    /// <summary>"2 judgements of at most 5. You gave none."</summary>
    public static string Counted(AdjudicationItem item)
    {
        var counted = item.Claims.Count == 1 ? "1 judgement" : $"{item.Claims.Count} judgements";
        return $"{counted}{(item.Claims.Count < item.MostJudgements ? $" of at most {item.MostJudgements}" : "")}.{(item.IsDiscarded ? " It was set aside." : "")}";
    }

    public static string Minutes(int milliseconds) => $"{milliseconds / 60_000}:{milliseconds / 1000 % 60:00}";

    /// <summary>What the annotator says of a step: <c>ok</c>, <c>err</c> or <c>un</c> (not judged).</summary>
    public static string At(Claim claim, int step) => claim.Judgement switch
    {
        { Step: { } k } => step < k ? "ok" : step == k ? "err" : "un",
        { Outcome: FirstErrorOutcome.NoError } => "ok",
        _ => "un",
    };

    public static string Glyph(Claim claim, int step) => At(claim, step) switch { "ok" => "tick", "err" => Sign(claim), _ => "dots" };

    public static bool IsUnjudged(AdjudicationItem item, int step) => item.Claims.Count > 0 && item.Claims.All(claim => At(claim, step) == "un");

    /// <summary>What is said of a step: once where all say the same, else with the numbers of those who say it.</summary>
    public static IEnumerable<(IReadOnlyList<string> Lanes, string Colour, string Words)> Of(AdjudicationItem item, int step)
    {
        var said = item.Claims.GroupBy(claim => At(claim, step)).Select(group => (Lanes: group.Select(Lane).ToList(), Colour: group.Key switch { "ok" => "right", "err" => "wrong", _ => "none" }, Words: group.Key switch { "ok" => "Correct", "err" => "First error", _ => "Not judged" })).ToList();
        if (said is not [var one]) return said.Select(words => ((IReadOnlyList<string>)words.Lanes, words.Colour, words.Words));
        var all = item.Claims.Count switch { 1 => one.Words, 2 => $"Both: {one.Words.ToLowerInvariant()}", _ => $"All: {one.Words.ToLowerInvariant()}" };
        return [([], one.Colour, all)];
    }
}
