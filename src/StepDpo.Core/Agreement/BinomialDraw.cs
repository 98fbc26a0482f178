namespace StepDpo.Core.Agreement;

/// <summary>A draw from the binomial distribution, exact for any n: by geometric gaps where few successes are expected, else by transformed rejection.</summary>
public static class BinomialDraw
{
    // ln k! less Stirling's formula, for k = 0 … 9.
    private static readonly double[] Tails =
    [
        0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
        0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287,
    ];

    /// <summary>How many of n trials succeed, each with probability p.</summary>
    public static long Next(Random random, long n, double p)
    {
        if (n == 0 || p <= 0) return 0;
        if (p >= 1) return n;
        if (p > 0.5) return n - Next(random, n, 1 - p);
        return n * p < 10 ? ByGaps(random, n, p) : ByRejection(random, n, p);
    }

    private static long ByGaps(Random random, long n, double p)
    {
        var (successes, trials) = (0L, 0.0);
        while ((trials += Math.Ceiling(Math.Log(1 - random.NextDouble()) / Math.Log(1 - p))) <= n) successes++;
        return successes;
    }

    // W. Hörmann, "The generation of binomial random variates", J. Stat. Comput. Simul. 46 (1993), algorithm BTRS.
    private static long ByRejection(Random random, long n, double p)
    {
        var deviation = Math.Sqrt(n * p * (1 - p));
        var b = 1.15 + 2.53 * deviation;
        var a = -0.0873 + 0.0248 * b + 0.01 * p;
        var alpha = (2.83 + 5.1 / b) * deviation;
        var (odds, mode) = (p / (1 - p), Math.Floor((n + 1) * p));
        while (true)
        {
            var (u, v) = (random.NextDouble() - 0.5, 1 - random.NextDouble());
            var us = 0.5 - Math.Abs(u);
            var k = Math.Floor((2 * a / us + b) * u + n * p + 0.5);
            if (us >= 0.07 && v <= 0.92 - 4.2 / b) return (long)k;
            if (!(k >= 0 && k <= n)) continue;
            var bound = (mode + 0.5) * Math.Log((mode + 1) / (odds * (n - mode + 1)))
                + (n + 1) * Math.Log((n - mode + 1) / (n - k + 1))
                + (k + 0.5) * Math.Log(odds * (n - k + 1) / (k + 1))
                + Tail(mode) + Tail(n - mode) - Tail(k) - Tail(n - k);
            if (Math.Log(v * alpha / (a / (us * us) + b)) <= bound) return (long)k;
        }
    }

    private static double Tail(double k)
    {
        if (k < Tails.Length) return Tails[(int)k];
        var square = (k + 1) * (k + 1);
        return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1);
    }
}
