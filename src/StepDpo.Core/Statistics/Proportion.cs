namespace StepDpo.Core.Statistics;

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
