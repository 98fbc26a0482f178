namespace StepDpo.Core.Agreement;

/// <summary>
/// Krippendorff's alpha for nominal values, any number of judges and missing judgements: alpha = 1 - D_o / D_e, with
/// D_o = (1/n) sum over units u of [sum over c != k of n_uc n_uk] / (m_u - 1) and D_e = [sum over c != k of n_c n_k] / (n (n - 1)).
/// m_u is the number of values of unit u (units with one are left out), n_uc how many of them are c, n_c the sum of n_uc, n of m_u.
/// K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C.
/// </summary>
public static class KrippendorffAlpha
{
    /// <summary>Alpha.</summary>
    public static Figure Of(IReadOnlyList<RatedPattern> patterns)
    {
        var totals = new Dictionary<int, long>();
        var (n, observed) = (0L, 0.0);
        foreach (var (values, count) in patterns)
        {
            if (values.Count < 2 || count == 0) continue;
            var different = 0;
            for (var i = 0; i < values.Count; i++)
            {
                totals[values[i]] = totals.GetValueOrDefault(values[i]) + count;
                for (var j = i + 1; j < values.Count; j++) different += values[i] == values[j] ? 0 : 2;
            }

            n += count * values.Count;
            observed += (double)count * different / (values.Count - 1);
        }

        if (n == 0) return Figure.Because("no solution has two judgements");
        if (totals.Count == 1) return Figure.Because("all judges gave one and the same answer everywhere");
        var expected = (double)n * n - totals.Values.Sum(total => (double)total * total);
        return 1 - (n - 1) * observed / expected;
    }
}
