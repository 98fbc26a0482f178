namespace StepDpo.Core.Evaluations;

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
