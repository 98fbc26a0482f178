using StepDpo.Core.Annotations;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Agreement;

/// <summary>A figure of agreement with its doubt.</summary>
/// <param name="Value">The figure.</param>
/// <param name="Interval">Its 95 % interval by the bootstrap.</param>
public sealed record Estimate(Figure Value, Interval Interval);

/// <summary>How far judges agree on some solutions.</summary>
/// <param name="Solutions">Solutions with two judgements and more.</param>
/// <param name="Pairs">Pairs of judges of one solution.</param>
/// <param name="Exact">Share of pairs that name the same step, or both none.</param>
/// <param name="WithinOneStep">Share of pairs whose steps are at most one apart, or who both find none.</param>
/// <param name="Alpha">Krippendorff's alpha on k or none.</param>
/// <param name="AlphaHasError">Krippendorff's alpha on whether there is an error.</param>
public sealed record AgreementFigures(long Solutions, long Pairs, Estimate Exact, Estimate WithinOneStep, Estimate Alpha, Estimate AlphaHasError)
{
    private const int Seed = 20240626;

    /// <summary>The figures of patterns.</summary>
    public static AgreementFigures Of(IReadOnlyList<RatedPattern> patterns)
    {
        Func<IReadOnlyList<RatedPattern>, Figure>[] statistics = [PairwiseAgreement.Exact, PairwiseAgreement.WithinOneStep, KrippendorffAlpha.Of];
        RatedPattern[] hasError = [.. patterns.Select(p => p.HasError())];
        var intervals = Bootstrap.Intervals(patterns, statistics, Seed);
        return new(
            patterns.Where(p => p.Values.Count > 1).Sum(p => p.Count), PairwiseAgreement.Pairs(patterns),
            new(PairwiseAgreement.Exact(patterns), intervals[0]), new(PairwiseAgreement.WithinOneStep(patterns), intervals[1]), new(KrippendorffAlpha.Of(patterns), intervals[2]),
            new(KrippendorffAlpha.Of(hasError), Bootstrap.Intervals(hasError, [KrippendorffAlpha.Of], Seed)[0]));
    }
}

/// <summary>The figures of solutions whose judges all had the same guidelines before them.</summary>
/// <param name="Version">Number of the revision with which these guidelines began; null for solutions whose judges had different ones.</param>
/// <param name="Figures">The figures.</param>
public sealed record GuidelineAgreement(int? Version, AgreementFigures Figures);

/// <summary>Two annotators and the solutions that both judged.</summary>
/// <param name="First">One.</param>
/// <param name="Second">The other.</param>
/// <param name="Solutions">How many both judged.</param>
/// <param name="Exact">Share on which they say the same.</param>
/// <param name="Kappa">Cohen's kappa on k or none.</param>
public sealed record AnnotatorPair(Guid First, Guid Second, long Solutions, double Exact, Figure Kappa);

/// <summary>A solution on which its judges differ most.</summary>
/// <param name="SolutionId">The solution.</param>
/// <param name="Statement">Its problem.</param>
/// <param name="Values">What they said, in order; 0 is "no error".</param>
/// <param name="State">Where it stands.</param>
public sealed record DisputedSolution(long SolutionId, string Statement, IReadOnlyList<int> Values, SolutionState State);

/// <summary>A project's agreement.</summary>
/// <param name="All">Over all solutions.</param>
/// <param name="ByGuidelines">Apart by guidelines, the newest first.</param>
/// <param name="Confusion">An earlier judgement's value against a later one's, for each pair of judges of a solution.</param>
/// <param name="Annotators">Who judged, by name.</param>
/// <param name="Pairs">Each two annotators with common solutions.</param>
/// <param name="Disputed">The most disputed solutions, the worst first.</param>
/// <param name="Verdicts">How the verdicts that hold came about.</param>
/// <param name="Discarded">Solutions set aside because their judges do not agree.</param>
public sealed record AgreementReport(
    AgreementFigures All,
    IReadOnlyList<GuidelineAgreement> ByGuidelines,
    IReadOnlyList<ValuePair> Confusion,
    IReadOnlyList<(Guid Id, string Name)> Annotators,
    IReadOnlyList<AnnotatorPair> Pairs,
    IReadOnlyList<DisputedSolution> Disputed,
    IReadOnlyDictionary<VerdictProvenance, int> Verdicts,
    int Discarded);
