namespace StepDpo.Engine.Optimization;

/// <summary>
/// In which order an epoch visits the pairs: a pure function of seed and epoch, so that a resumed run needs no state to go on.
/// The permutation: a stream of 64-bit numbers by SplitMix64 (Steele et al. 2014), begun at mix(mix(seed) + epoch); Fisher and
/// Yates from the end; the place below n is the high half of draw * n, redrawn where that would favour some places (Lemire 2019).
/// </summary>
public static class PairOrder
{
    /// <summary>Indices 0 to count - 1, each once.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The pass over the pairs, from 0.</param>
    /// <param name="count">Number of pairs.</param>
    public static int[] Of(long seed, int epoch, int count)
    {
        var state = Mix(Mix((ulong)seed) + (ulong)epoch);
        int[] order = [.. Enumerable.Range(0, count)];
        for (var last = count - 1; last > 0; last--)
        {
            var place = Below((ulong)last + 1, ref state);
            (order[last], order[place]) = (order[place], order[last]);
        }

        return order;
    }

    private static int Below(ulong bound, ref ulong state)
    {
        // 2^64 mod bound: low halves under it belong to places that would come up once too often.
        var unfair = (0 - bound) % bound;
        while (true)
        {
            var place = Math.BigMul(Next(ref state), bound, out var low);
            if (low >= unfair) return (int)place;
        }
    }

    private static ulong Next(ref ulong state) => Mix(state += 0x9E3779B97F4A7C15);

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
