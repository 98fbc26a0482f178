namespace StepDpo.Engine.Sampling;

/// <summary>
/// Random numbers by counting instead of by a generator's state: a draw is a hash of its place, so it does not depend on what
/// is sampled beside it, before it, or in which batch. (The scores do: matrix products round differently in other batches.)
/// </summary>
public static class Draws
{
    /// <summary>A number in [0, 1), a multiple of 2^-24 and so exact in fp32.</summary>
    /// <param name="seed">The request's seed.</param>
    /// <param name="prompt">The prompt's place in the request.</param>
    /// <param name="sample">Which of the prompt's samples.</param>
    /// <param name="position">Which new token, from 0.</param>
    public static float Uniform(long seed, int prompt, int sample, int position)
    {
        var hash = Mix((ulong)seed);
        foreach (var part in (ReadOnlySpan<int>)[prompt, sample, position]) hash = Mix(hash ^ (uint)part);
        return (hash >> 40) * (1f / (1 << 24));
    }

    // SplitMix64 (Steele, Lea, Flood 2014): one step of its counter and its finaliser.
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
