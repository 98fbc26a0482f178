using StepDpo.Contracts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Rectifications;

namespace StepDpo.Core.Pairs;

/// <summary>How each record of a label is told. Who said it stands before these words, so they begin small.</summary>
// One arm of each switch says that it is a Sentence: arms that are all texts would be joined as texts and lose their places.
public static class LabelWords
{
    /// <summary>What the audit alone knows: a verdict's end,</summary>
    public static readonly Sentence Fell = "verdict no longer holds";

    /// <summary>a new grading under a corrected answer,</summary>
    public static readonly Sentence Regraded = "graded anew";

    /// <summary>a solution that starts again,</summary>
    public static readonly Sentence SentBack = "sent back to judging";

    /// <summary>one that somebody put aside,</summary>
    public static readonly Sentence Skipped = "skipped";

    /// <summary>and one that a lead gave to somebody.</summary>
    public static readonly Sentence PutOnDesk = "put on a desk";

    /// <summary>A solution's beginning.</summary>
    public static Sentence Sampled(int steps) => steps switch { 1 => (Sentence)"sampled, 1 step", _ => $"sampled, {steps} steps" };

    /// <summary>A correction of the reference answer.</summary>
    public static Sentence Corrected(string answer) => $"reference answer corrected to {answer}";

    /// <summary>A judgement.</summary>
    public static Sentence Of(FirstErrorAnnotation said) => said switch
    {
        { Outcome: FirstErrorOutcome.Undone } => "judgement taken back",
        { Surplus: true, AfterSuggestion: true } => $"{Claim(said)} (too late: kept, not counted) (after a suggestion was seen)",
        { Surplus: true } => $"{Claim(said)} (too late: kept, not counted)",
        { AfterSuggestion: true } => $"{Claim(said)} (after a suggestion was seen)",
        _ => Claim(said),
    };

    /// <summary>What a judgement says, without how it counts.</summary>
    public static Sentence Claim(FirstErrorAnnotation said) => Claim(said.Outcome, said.Step, said.Grade, said.Reason);

    /// <summary>A verdict.</summary>
    public static Sentence Of(FirstErrorVerdict verdict) => $"verdict: {Claim(verdict.Outcome, verdict.Step, verdict.Grade, verdict.Reason)}; {Of(verdict.Provenance)}";

    /// <summary>What a judgement or verdict says of a solution.</summary>
    public static Sentence Claim(FirstErrorOutcome outcome, int? step, StepGrade? grade, FirstErrorReason? reason) => (outcome, grade, reason) switch
    {
        (FirstErrorOutcome.FirstError, StepGrade.Neutral, _) => (Sentence)$"first error at step {step}, neutral",
        (FirstErrorOutcome.FirstError, _, _) => $"first error at step {step}",
        (FirstErrorOutcome.NoError, _, null) => "no error",
        (FirstErrorOutcome.NoError, _, { } why) => $"no error: {Of(why)}",
        (FirstErrorOutcome.CannotJudge, _, null) => "cannot be judged",
        (FirstErrorOutcome.CannotJudge, _, { } why) => $"cannot be judged: {Of(why)}",
        (FirstErrorOutcome.Undone or _, _, _) => "taken back",
    };

    /// <summary>A decision on a dispute. The verdict that it gave is a record of its own.</summary>
    public static Sentence Of(Adjudication decision) => decision switch
    {
        { Decision: AdjudicationDecision.Verdict, Because: { } because } => (Sentence)$"dispute decided: {Of(because)}",
        { Decision: AdjudicationDecision.Verdict } => "dispute decided",
        { Decision: AdjudicationDecision.OneMore } => "one more judgement asked for",
        { Decision: AdjudicationDecision.Discard } => "set aside",
        _ => "decision on the dispute taken back",
    };

    /// <summary>A decision on a prefix as a whole.</summary>
    public static Sentence Of(PrefixReview decision) => decision switch
    {
        { Decision: PrefixDecision.SampleMore, Temperature: { } temperature } => (Sentence)$"sent back to sampling, at temperature {temperature}",
        { Decision: PrefixDecision.SampleMore } => "sent back to sampling",
        { Decision: PrefixDecision.Discard } => "given up",
        { Decision: PrefixDecision.Reopen } => "first error reopened",
        { Decision: PrefixDecision.Write } => $"candidate {decision.RectificationId} written",
        _ => "decision on the prefix taken back",
    };

    /// <summary>A candidate's beginning.</summary>
    public static Sentence Of(Rectification candidate, int step) => candidate.Origin switch
    {
        RectificationOrigin.Written => (Sentence)$"candidate {candidate.Id} for step {step} proposed, written by hand",
        RectificationOrigin.Sampled or _ => $"candidate {candidate.Id} for step {step} proposed",
    };

    /// <summary>A decision on a candidate.</summary>
    public static Sentence Of(RectificationReview review) => Decided(review.RectificationId, review.Decision, review.Reason);

    /// <summary>A further reviewer's word.</summary>
    public static Sentence Of(PairReview review) => review.Decision switch
    {
        ReviewDecision.Reopened => (Sentence)$"second review of pair {review.PairId}: word on candidate {review.RectificationId} taken back",
        ReviewDecision.Approved or ReviewDecision.Rejected or _ => $"second review of pair {review.PairId}: {Decided(review.RectificationId, review.Decision, review.Reason)}",
    };

    /// <summary>A reviewer's decision alone.</summary>
    public static Sentence Of(ReviewDecision decision) => decision switch
    {
        ReviewDecision.Approved => "approved",
        ReviewDecision.Rejected => "rejected",
        ReviewDecision.Reopened or _ => "reopened",
    };

    /// <summary>A pair's beginning.</summary>
    public static Sentence Of(PreferencePair pair) => $"pair {pair.Id} made";

    /// <summary>A pair's end.</summary>
    public static Sentence Of(PairWithdrawal end) => $"pair {end.PairId} withdrawn: {Of(end.Reason)}";

    private static Sentence Decided(long candidate, ReviewDecision decision, RejectReason? reason) => decision switch
    {
        ReviewDecision.Approved => (Sentence)$"candidate {candidate} approved",
        ReviewDecision.Rejected => $"candidate {candidate} rejected: {Of(reason)}",
        ReviewDecision.Reopened or _ => $"candidate {candidate} reopened",
    };

    private static Sentence Of(VerdictProvenance provenance) => provenance switch
    {
        VerdictProvenance.Single => "one judgement was asked for",
        VerdictProvenance.Agreed => "all agreed",
        VerdictProvenance.Majority => "most agreed",
        VerdictProvenance.Imported => "it came with an imported file",
        VerdictProvenance.Adjudicated or _ => "decided by a reviewer",
    };

    private static Sentence Of(FirstErrorReason reason) => reason switch
    {
        FirstErrorReason.BadProblem => "bad problem",
        FirstErrorReason.WrongReference => "wrong reference",
        FirstErrorReason.BadStepSplit => "bad step split",
        FirstErrorReason.EquivalentAnswer => "equivalent answer",
        FirstErrorReason.Unsure => "unsure",
        FirstErrorReason.Other or _ => "another reason",
    };

    private static Sentence Of(DifferenceReason reason) => reason switch
    {
        DifferenceReason.GuidelinesUnclear => "guidelines unclear",
        DifferenceReason.Overlooked or _ => "overlooked",
    };

    private static Sentence Of(RejectReason? reason) => reason switch
    {
        RejectReason.RightAnswerWrongStep => "right answer, wrong step",
        RejectReason.SkipsWork => "skips work",
        RejectReason.Restates => "restates the step before",
        RejectReason.Other or null or _ => "another reason",
    };

    private static Sentence Of(WithdrawalReason reason) => reason switch
    {
        WithdrawalReason.Mistake => "a mistake",
        WithdrawalReason.VerdictReopened => "first error reopened",
        WithdrawalReason.AnswerCorrected => "reference answer corrected",
        WithdrawalReason.ReviewReopened => "approval taken back",
        WithdrawalReason.Outvoted or _ => "outvoted",
    };
}
