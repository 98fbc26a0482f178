namespace StepDpo.Core.Progress;

/// <summary>Pearson's chi-squared test of whether two groups choose alike.</summary>
/// <param name="Statistic">Sum of (found - expected)² / expected.</param>
/// <param name="Freedom">Degrees of freedom.</param>
/// <param name="PValue">The chance of a statistic at least as large if they do choose alike.</param>
public sealed record ChiSquared(double Statistic, int Freedom, double PValue)
{
    /// <summary>Fewest expected cases of a cell (Cochran 1954): smaller neighbours are counted together.</summary>
    private const double FewestExpected = 5;

    /// <summary>Compares two rows of counts over the same choices, in order.</summary>
    /// <param name="one">The first group's counts.</param>
    /// <param name="other">The second group's.</param>
    /// <returns>Null where too few cases leave nothing to compare.</returns>
    public static ChiSquared? Homogeneity(IReadOnlyList<long> one, IReadOnlyList<long> other)
    {
        double total1 = one.Sum(), total2 = other.Sum(), total = total1 + total2;
        if (total1 == 0 || total2 == 0) return null;
        var smaller = Math.Min(total1, total2) / total;
        var cells = new List<(double One, double Other)>();
        var open = (One: 0.0, Other: 0.0);
        for (var i = 0; i < one.Count; i++)
        {
            open = (open.One + one[i], open.Other + other[i]);
            if ((open.One + open.Other) * smaller < FewestExpected) continue;
            cells.Add(open);
            open = default;
        }

        // What is left over at the end joins the last cell.
        if (open.One + open.Other > 0 && cells.Count > 0) cells[^1] = (cells[^1].One + open.One, cells[^1].Other + open.Other);
        if (cells.Count < 2) return null;

        var statistic = 0.0;
        foreach (var (a, b) in cells)
        {
            var (expected1, expected2) = (total1 * (a + b) / total, total2 * (a + b) / total);
            statistic += (a - expected1) * (a - expected1) / expected1 + (b - expected2) * (b - expected2) / expected2;
        }

        return new ChiSquared(statistic, cells.Count - 1, UpperTail(statistic, cells.Count - 1));
    }

    /// <summary>The chance that a chi-squared variable is above <paramref name="x"/>: the regularised incomplete gamma function Q(freedom / 2, x / 2).</summary>
    public static double UpperTail(double x, int freedom)
    {
        // Whole and half orders have a closed form: Q(a + 1, h) = Q(a, h) + h^a e^-h / Gamma(a + 1), from Q(1/2) = erfc or Q(1) = e^-h.
        var half = x / 2;
        if (half <= 0) return 1;
        var isEven = freedom % 2 == 0;
        var tail = isEven ? Math.Exp(-half) : Erfc(Math.Sqrt(half));
        var log = isEven ? -half + Math.Log(half) : -half + 0.5 * Math.Log(half) - Math.Log(Math.Sqrt(Math.PI) / 2);
        for (var order = isEven ? 1.0 : 0.5; order < freedom / 2.0; order++)
        {
            tail += Math.Exp(log);
            log += Math.Log(half) - Math.Log(order + 1);
        }

        return Math.Min(1, tail);
    }

    // Series below 2, Lentz's continued fraction above: both to about 1e-14.
    private static double Erfc(double x)
    {
        if (x < 2)
        {
            double term = x, sum = x;
            for (var n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++)
            {
                term *= -x * x / n;
                sum += term / (2 * n + 1);
            }

            return 1 - 2 / Math.Sqrt(Math.PI) * sum;
        }

        // erfc(x) = e^(-x²) / (x sqrt(pi)) * 1 / (1 + 1/(2x²) / (1 + 2/(2x²) / (1 + …))), from the far end.
        var fraction = 1.0;
        for (var n = 120; n >= 1; n--) fraction = 1 + n / (2 * x * x) / fraction;
        return Math.Exp(-x * x) / (x * Math.Sqrt(Math.PI)) / fraction;
    }
}
