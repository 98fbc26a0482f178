namespace StepDpo.Core.Progress;

/// <summary>Which steps a person names, against the rest of the team: catches "always step 1".</summary>
/// <param name="Shares">Share of each choice, 0 to 1: steps 1 to 8, then 9 and more, then no error.</param>
/// <param name="TeamShares">The others' shares.</param>
/// <param name="Count">Own judgements that name a step or no error.</param>
/// <param name="Test">The test of whether they choose alike; null where there is too little to compare.</param>
/// <param name="Oddest">Index of the choice that is furthest above the others' share.</param>
public sealed record StepChoices(IReadOnlyList<double> Shares, IReadOnlyList<double> TeamShares, long Count, ChiSquared? Test, int Oddest)
{
    /// <summary>Choices that are told apart: steps 1 to 8, 9 and more, none.</summary>
    public const int Choices = 10;

    /// <summary>Below this chance they differ. Small, because every person is tested, again and again.</summary>
    public const double Level = 0.001;

    /// <summary>So much the oddest share must differ besides: with thousands of judgements every small habit is certain.</summary>
    public const double Least = 0.10;

    /// <summary>Whether the person chooses otherwise than the team: the test decides, never the eye.</summary>
    public bool Differs => Test is { PValue: < Level } && Shares[Oddest] - TeamShares[Oddest] >= Least;

    /// <summary>Place of a step among the choices; 0 is "no error".</summary>
    public static int ChoiceOf(int step) => step == 0 ? Choices - 1 : Math.Min(step, 9) - 1;

    /// <summary>Compares a person with the others.</summary>
    /// <param name="own">The person's counts by choice.</param>
    /// <param name="team">Everybody's, the person included.</param>
    public static StepChoices Of(IReadOnlyList<long> own, IReadOnlyList<long> team)
    {
        long[] others = [.. team.Zip(own, (all, mine) => all - mine)];
        var (shares, teamShares) = (Shares(own), Shares(others));
        var oddest = Enumerable.Range(0, Choices).MaxBy(i => shares[i] - teamShares[i]);
        return new StepChoices(shares, teamShares, own.Sum(), ChiSquared.Homogeneity(own, others), oddest);

        static double[] Shares(IReadOnlyList<long> counts) => [.. counts.Select(count => counts.Sum() is var sum and > 0 ? (double)count / sum : 0)];
    }
}
