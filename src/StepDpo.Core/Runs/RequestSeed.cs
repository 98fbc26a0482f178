namespace StepDpo.Core.Runs;

/// <summary>
/// The seed of one request of a run. It depends on the run's seed and on what is asked for, and on nothing that an interruption
/// changes: a resumed run asks for the very texts that it lacks.
/// </summary>
public static class RequestSeed
{
    /// <summary>Mixes three numbers (SplitMix64's finaliser) into 0 to 2^31 - 1, which every server accepts.</summary>
    /// <param name="runSeed">The run's seed.</param>
    /// <param name="item">What is asked for: the place of the first problem, or the key of the solution that is continued, which unlike a prefix's does not follow from who judged first.</param>
    /// <param name="round">How often it was asked for before in this run.</param>
    public static long Of(long runSeed, long item, int round)
    {
        var mixed = Mix(Mix(Mix((ulong)runSeed) ^ (ulong)item) ^ (ulong)round);
        return (long)(mixed >> 33);
    }

    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
