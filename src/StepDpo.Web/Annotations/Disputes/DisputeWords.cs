using System.Globalization;
using StepDpo.Core.Annotations;
using StepDpo.Web.Components;

namespace StepDpo.Web.Annotations.Disputes;

/// <summary>A dispute in words and signs.</summary>
internal static class DisputeWords
{
    /// <summary>"07": the annotator's number.</summary>
    public static string Lane(Claim claim) => claim.Annotator.ToString("00", CultureInfo.InvariantCulture);

    /// <summary>"Step 2, incorrect".</summary>
    public static string Said(Claim claim) => Said(claim.Judgement);

    /// <summary>"Revised after a suggestion. Was: Step 3, incorrect", or null where the judgement is blind.</summary>
    public static string? AfterSuggestion(Claim claim) =>
        claim.Blind is not { } blind ? null
        : (blind.Outcome, blind.Step, blind.Grade) == (claim.Judgement.Outcome, claim.Judgement.Step, claim.Judgement.Grade) ? T("Said again after a suggestion")
        : T($"Revised after a suggestion. Was: {Said(blind)}");

    private static string Said(FirstErrorAnnotation judgement) => judgement switch
    {
        { Outcome: FirstErrorOutcome.FirstError } j => j.Grade == StepGrade.Neutral ? T($"Step {j.Step}, neutral") : T($"Step {j.Step}, incorrect"),
        { Outcome: FirstErrorOutcome.NoError, Reason: FirstErrorReason.EquivalentAnswer } => T("No error: the answers are equivalent"),
        { Outcome: FirstErrorOutcome.NoError, Reason: FirstErrorReason.WrongReference } => T("No error: the reference is wrong"),
        { Outcome: FirstErrorOutcome.NoError } => T("No error"),
        { Reason: FirstErrorReason.BadProblem } => T("Cannot judge: bad problem"),
        { Reason: FirstErrorReason.BadStepSplit } => T("Cannot judge: bad step split"),
        { Reason: FirstErrorReason.Other } => T("Asks you"),
        _ => T("Cannot judge"),
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
        if (claims.Count == 0) return T("Nobody's judgement stands");
        if (item.Claims.Any(claim => claim.Judgement.Outcome == FirstErrorOutcome.CannotJudge)) return T("A question to you");
        if (claims.Count == 1) return item.Claims.Count == 1 ? T("One judgement") : T("All say the same");
        return claims.Any(claim => claim.Outcome == FirstErrorOutcome.NoError) ? T("A first error, or none") : FirstErrors(claims.Count);
    }

    private static string FirstErrors(int count) => count switch
    {
        2 => T("Two first errors"),
        3 => T("Three first errors"),
        4 => T("Four first errors"),
        _ => T($"{count} first errors"),
    };

    /// <summary>"1 step apart".</summary>
    public static string Apart(AdjudicationItem item)
    {
        var steps = item.Claims.Select(claim => claim.Judgement.Step).OfType<int>().ToList();
        return steps.Count == 0 || steps.Max() == steps.Min() ? "" : steps.Max() - steps.Min() == 1 ? T("1 step apart") : T($"{steps.Max() - steps.Min()} steps apart");
    }

    /// <summary>"steps 4 and 6", for "Next: …".</summary>
    public static string Short(AdjudicationItem item)
    {
        var said = item.Claims.Select(claim => claim.Judgement.Step?.ToString(CultureInfo.InvariantCulture) ?? (claim.Judgement.Outcome == FirstErrorOutcome.NoError ? T("no error") : T("a question"))).Distinct().ToList();
        if (said.Count == 0) return T("reopened");
        var words = string.Join(T(" and "), said);
        return !char.IsDigit(words[0]) ? words : said.Count == 1 ? T($"step {words}") : T($"steps {words}");
    }

    /// <summary>"2 judgements of at most 5. You gave none."</summary>
    public static string Counted(AdjudicationItem item)
    {
        var counted = Say.Count(item.Claims.Count, "judgement");
        return (item.Claims.Count < item.MostJudgements ? T($"{counted} of at most {item.MostJudgements}.") : T($"{counted}.")) + (item.IsDiscarded ? T(" It was set aside.") : "");
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
        var said = item.Claims.GroupBy(claim => At(claim, step)).Select(group => (Lanes: group.Select(Lane).ToList(), Colour: group.Key switch { "ok" => "right", "err" => "wrong", _ => "none" }, Words: group.Key switch { "ok" => T("Correct"), "err" => T("First error"), _ => T("Not judged") })).ToList();
        if (said is not [var one]) return said.Select(words => ((IReadOnlyList<string>)words.Lanes, words.Colour, words.Words));
        var all = item.Claims.Count switch { 1 => one.Words, 2 => T($"Both: {one.Words.ToLowerInvariant()}"), _ => T($"All: {one.Words.ToLowerInvariant()}") };
        return [([], one.Colour, all)];
    }
}
