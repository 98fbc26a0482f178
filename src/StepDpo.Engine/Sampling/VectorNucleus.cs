using System.Buffers;
using System.Runtime.Intrinsics;

namespace StepDpo.Engine.Sampling;

/// <summary>
/// What <see cref="Nucleus"/> draws, for one row on a CPU. Nothing is sorted but the few likeliest tokens: at most n tokens have a
/// probability of 1/n or more, so those of such a probability are looked for, with n growing until they hold the nucleus.
/// </summary>
internal static class VectorNucleus
{
    private const double FirstCandidates = 64;
    private const double Growth = 16;

    /// <summary>The token that the row's draw takes: the first, in order of falling probability, at which the nucleus' mass so far exceeds uniform x its whole mass.</summary>
    /// <param name="logits">The row's scores.</param>
    /// <param name="temperature">Divides them; above 0.</param>
    /// <param name="topP">The nucleus' mass.</param>
    /// <param name="uniform">The draw, in [0, 1).</param>
    public static int Draw(ReadOnlySpan<float> logits, float temperature, float topP, float uniform)
    {
        var buffer = ArrayPool<float>.Shared.Rent(logits.Length);
        var weights = buffer.AsSpan(0, logits.Length);
        var whole = Soften(logits, Highest(logits), temperature, weights);
        var found = new List<int>();
        for (var candidates = FirstCandidates; ; candidates *= Growth)
        {
            var least = (float)(whole / candidates);
            var mass = Collect(weights, least, found);
            // At 0 all are found, but such as are no numbers.
            var isEnough = !(least > 0) || (topP < 1 ? mass >= topP * whole : mass > uniform * whole);
            if (!isEnough) continue;
            var drawn = Take(buffer, found, topP < 1 ? topP * whole : double.PositiveInfinity, topP < 1 ? null : whole, uniform);
            ArrayPool<float>.Shared.Return(buffer);
            return drawn;
        }
    }

    /// <summary>log p of a token at temperature 1.</summary>
    public static double LogProbability(ReadOnlySpan<float> logits, int id)
    {
        var highest = Highest(logits);
        return logits[id] - highest - Math.Log(Soften(logits, highest, temperature: 1, weights: []));
    }

    /// <summary>The likeliest token.</summary>
    public static int Likeliest(ReadOnlySpan<float> logits) => logits.IndexOf(Highest(logits));

    private static int Take(float[] weights, List<int> found, double most, double? whole, float uniform)
    {
        found.Sort((one, other) => weights[one] != weights[other] ? weights[other].CompareTo(weights[one]) : one.CompareTo(other));
        var (kept, mass) = (0, 0.0);
        while (kept < found.Count && mass < most) mass += weights[found[kept++]];
        var (target, so) = (uniform * (whole ?? mass), 0.0);
        for (var at = 0; at < kept; at++)
        {
            so += weights[found[at]];
            if (so > target) return found[at];
        }

        // Rounding passed everything: the last token that has any mass.
        return found[..kept].FindLast(id => weights[id] > 0);
    }

    private static float Highest(ReadOnlySpan<float> logits)
    {
        var (at, lanes, highest) = (0, Vector256<float>.Count, Vector256.Create(float.NegativeInfinity));
        for (; at + lanes <= logits.Length; at += lanes) highest = Vector256.Max(highest, Vector256.Create(logits[at..]));
        var most = float.NegativeInfinity;
        for (var lane = 0; lane < lanes; lane++) most = MathF.Max(most, highest[lane]);
        for (; at < logits.Length; at++) most = MathF.Max(most, logits[at]);
        return most;
    }

    // The sum of exp((logit - highest) / temperature), which is written down if there is room.
    private static double Soften(ReadOnlySpan<float> logits, float highest, float temperature, Span<float> weights)
    {
        var (at, lanes, sum) = (0, Vector256<float>.Count, Vector256<float>.Zero);
        var (top, scale) = (Vector256.Create(highest), 1 / temperature);
        for (; at + lanes <= logits.Length; at += lanes)
        {
            var weight = Vector256.Exp((Vector256.Create(logits[at..]) - top) * scale);
            sum += weight;
            if (weights.Length > 0) weight.CopyTo(weights[at..]);
        }

        var rest = 0.0;
        for (; at < logits.Length; at++)
        {
            var weight = MathF.Exp((logits[at] - highest) * scale);
            rest += weight;
            if (weights.Length > 0) weights[at] = weight;
        }

        return Vector256.Sum(sum) + rest;
    }

    // The tokens of at least this weight; answers their mass.
    private static double Collect(ReadOnlySpan<float> weights, float least, List<int> found)
    {
        found.Clear();
        var (at, lanes, mass, threshold) = (0, Vector256<float>.Count, 0.0, Vector256.Create(least));
        for (; at + lanes <= weights.Length; at += lanes)
        {
            for (var hits = Vector256.GreaterThanOrEqual(Vector256.Create(weights[at..]), threshold).ExtractMostSignificantBits(); hits != 0; hits &= hits - 1)
                Add(at + System.Numerics.BitOperations.TrailingZeroCount(hits), weights);
        }

        for (; at < weights.Length; at++)
        {
            if (weights[at] >= least) Add(at, weights);
        }

        return mass;

        void Add(int id, ReadOnlySpan<float> of)
        {
            found.Add(id);
            mass += of[id];
        }
    }
}
