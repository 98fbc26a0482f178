namespace StepDpo.Core.Agreement;

/// <summary>
/// 95 % percentile intervals by resampling solutions (Efron 1979; Krippendorff 2011 leaves the distribution of alpha to the bootstrap).
/// A resample of n solutions is a multinomial draw of the patterns' counts, so its cost does not grow with n, and all statistics are
/// read off the same resamples. The same seed gives the same intervals.
/// </summary>
public static class Bootstrap
{
    /// <summary>Resamples of an interval.</summary>
    public const int Resamples = 1000;

    // Of resamples in which a statistic is undefined nothing is known; with more than a few the rest is no longer a fair picture.
    private const double MostUndefined = 0.01;

    /// <summary>The interval of each statistic, in their order.</summary>
    /// <param name="patterns">What was said of the solutions.</param>
    /// <param name="statistics">What is computed from patterns.</param>
    /// <param name="seed">Seed of the resamples.</param>
    /// <param name="resamples">How many.</param>
    public static IReadOnlyList<Interval> Intervals(
        IReadOnlyList<RatedPattern> patterns, IReadOnlyList<Func<IReadOnlyList<RatedPattern>, Figure>> statistics, int seed, int resamples = Resamples)
    {
        // Solutions with one judgement tell nothing of agreement.
        RatedPattern[] rated = [.. patterns.Where(p => p.Values.Count > 1 && p.Count > 0)];
        var solutions = rated.Sum(p => p.Count);
        if (solutions < 2) return [.. statistics.Select(_ => Interval.Because("fewer than two solutions have two judgements"))];
        var random = new Random(seed);
        var found = statistics.Select(_ => new List<double>(resamples)).ToArray();
        for (var i = 0; i < resamples; i++)
        {
            var drawn = Resample(random, rated, solutions);
            for (var s = 0; s < found.Length; s++)
                if (statistics[s](drawn).Value is { } value) found[s].Add(value);
        }

        return [.. found.Select(values => values.Count < (1 - MostUndefined) * resamples
            ? Interval.Because("resamples of so few or so equal judgements often leave it undefined")
            : Between(values))];
    }

    private static RatedPattern[] Resample(Random random, RatedPattern[] rated, long solutions)
    {
        var drawn = new RatedPattern[rated.Length];
        var (left, weight) = (solutions, solutions);
        for (var i = 0; i < rated.Length; i++)
        {
            var count = BinomialDraw.Next(random, left, (double)rated[i].Count / weight);
            drawn[i] = rated[i] with { Count = count };
            (left, weight) = (left - count, weight - rated[i].Count);
        }

        return drawn;
    }

    private static Interval Between(List<double> values)
    {
        values.Sort();
        return new(At(values, 0.025), At(values, 0.975));
    }

    // Linear between neighbours (Hyndman and Fan's definition 7).
    private static double At(List<double> values, double share)
    {
        var at = share * (values.Count - 1);
        var below = (int)at;
        return below + 1 == values.Count ? values[below] : values[below] + (at - below) * (values[below + 1] - values[below]);
    }
}
