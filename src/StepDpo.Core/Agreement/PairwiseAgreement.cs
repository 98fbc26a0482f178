namespace StepDpo.Core.Agreement;

/// <summary>
/// Share of pairs of judges of one solution who agree: each two judges of a solution are a pair, and each pair counts once.
/// With two judges a solution it is the share of solutions on which they agree.
/// </summary>
public static class PairwiseAgreement
{
    private const string NoPairs = "no solution has two judgements";

    /// <summary>Both name the same step, or both find no error.</summary>
    public static Figure Exact(IReadOnlyList<RatedPattern> patterns) => Share(patterns, (a, b) => a == b);

    /// <summary>
    /// Both name a step and the steps are at most one apart, or both find no error. "No error" is no neighbour of step 1: who finds
    /// none and who finds one differ in what they say, not in where.
    /// </summary>
    public static Figure WithinOneStep(IReadOnlyList<RatedPattern> patterns) =>
        Share(patterns, (a, b) => a == b || (a != RatedPattern.NoError && b != RatedPattern.NoError && Math.Abs(a - b) == 1));

    /// <summary>Number of pairs.</summary>
    public static long Pairs(IReadOnlyList<RatedPattern> patterns) => patterns.Sum(p => p.Count * p.Values.Count * (p.Values.Count - 1) / 2);

    private static Figure Share(IReadOnlyList<RatedPattern> patterns, Func<int, int, bool> agree)
    {
        var (agreeing, pairs) = (0L, 0L);
        foreach (var (values, count) in patterns)
        {
            for (var i = 0; i < values.Count; i++)
            {
                for (var j = i + 1; j < values.Count; j++)
                {
                    pairs += count;
                    if (agree(values[i], values[j])) agreeing += count;
                }
            }
        }

        return pairs == 0 ? Figure.Because(NoPairs) : (double)agreeing / pairs;
    }
}
