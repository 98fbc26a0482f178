namespace StepDpo.Core.Agreement;

/// <summary>How often one judge said the first value where another said the second.</summary>
/// <param name="First">The one's value.</param>
/// <param name="Second">The other's.</param>
/// <param name="Count">Of so many solutions.</param>
public readonly record struct ValuePair(int First, int Second, long Count);

/// <summary>
/// Cohen's kappa of two judges over the solutions that both judged: kappa = (p_o - p_e) / (1 - p_e), where p_o is the share on which
/// they agree and p_e what it would be if each gave their own shares of values by chance. J. Cohen, "A coefficient of agreement for
/// nominal scales", Educational and Psychological Measurement 20 (1960), equation 1.
/// </summary>
public static class CohenKappa
{
    /// <summary>Kappa.</summary>
    /// <param name="table">The two judges' common solutions; a pair of values may stand more than once.</param>
    public static Figure Of(IReadOnlyList<ValuePair> table)
    {
        var (first, second) = (new Dictionary<int, long>(), new Dictionary<int, long>());
        var (same, n) = (0L, 0L);
        foreach (var (a, b, count) in table)
        {
            first[a] = first.GetValueOrDefault(a) + count;
            second[b] = second.GetValueOrDefault(b) + count;
            n += count;
            if (a == b) same += count;
        }

        if (n == 0) return Figure.Because("no solution was judged by both");
        // n² (1 - p_e): whole numbers, so that "1 - p_e is 0" is exact.
        var different = n * n - first.Sum(value => value.Value * second.GetValueOrDefault(value.Key));
        if (different == 0) return Figure.Because("both gave one and the same answer everywhere");
        return 1 - (double)n * (n - same) / different;
    }
}
