using StepDpo.Bench.Contestants;

namespace StepDpo.Bench.Figures;

/// <summary>Contestants that take turns, round after round, so that what else the machine does meets all of them.</summary>
internal static class Comparison
{
    /// <summary>The trials of each contestant, one a round.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<Trial>> Alternate(int rounds, IReadOnlyList<Contestant> contestants)
    {
        var trials = contestants.ToDictionary(contestant => contestant.Name, _ => (IReadOnlyList<Trial>)new List<Trial>());
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var contestant in contestants)
            {
                Console.Error.WriteLine($"round {round} of {rounds}: {contestant.Name}");
                ((List<Trial>)trials[contestant.Name]).Add(contestant.Run());
            }
        }

        return trials;
    }
}

/// <summary>Median and spread of some values.</summary>
/// <param name="Median">The middle one.</param>
/// <param name="Lowest">The lowest.</param>
/// <param name="Highest">The highest.</param>
internal sealed record Spread(double Median, double Lowest, double Highest)
{
    /// <summary>Of values, at least one.</summary>
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        var middle = sorted.Length / 2;
        return new Spread(sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[0], sorted[^1]);
    }
}
