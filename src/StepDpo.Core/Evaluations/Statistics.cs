namespace StepDpo.Core.Evaluations;

/// <summary>A share with its uncertainty.</summary>
/// <param name="Right">Successes.</param>
/// <param name="Total">Trials.</param>
/// <param name="Low">Lower end of the 95 % interval, 0 to 1.</param>
/// <param name="High">Upper end.</param>
public sealed record Proportion(int Right, int Total, double Low, double High)
{
    // The normal distribution's 97.5 % point.
    private const double Z = 1.959963984540054;

    /// <summary>Successes a trial; 0 without trials.</summary>
    public double Share => Total == 0 ? 0 : (double)Right / Total;

    /// <summary>Wilson's score interval (Wilson 1927): keeps its level where the normal interval does not, near 0 and 1 and for few trials.</summary>
    public static Proportion Wilson(int right, int total)
    {
        if (total == 0) return new Proportion(0, 0, 0, 1);
        var share = (double)right / total;
        var scale = 1 + Z * Z / total;
        var middle = (share + Z * Z / (2 * total)) / scale;
        var half = Z / scale * Math.Sqrt(share * (1 - share) / total + Z * Z / (4.0 * total * total));
        return new Proportion(right, total, right == 0 ? 0 : middle - half, right == total ? 1 : middle + half);
    }
}

/// <summary>McNemar's test in its exact form: whether changes between two evaluations of the same problems lean to one side.</summary>
public static class McNemar
{
    /// <summary>Two-sided p: the chance, if each changed problem had gone either way with one half, of a split at least as uneven.</summary>
    /// <param name="gained">Problems that were wrong and are right.</param>
    /// <param name="lost">Problems that were right and are wrong.</param>
    public static double PValue(int gained, int lost)
    {
        var (n, few) = (gained + lost, Math.Min(gained, lost));
        if (n == 0) return 1;
        // log C(n, i) term by term: the powers of one half alone would underflow.
        double logChoose = 0, sum = 0;
        for (var i = 0; i <= few; i++)
        {
            if (i > 0) logChoose += Math.Log((n - i + 1.0) / i);
            sum += Math.Exp(logChoose - n * Math.Log(2));
        }

        return Math.Min(1, 2 * sum);
    }
}
