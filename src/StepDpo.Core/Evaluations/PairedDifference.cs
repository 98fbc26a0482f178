namespace StepDpo.Core.Evaluations;

/// <summary>How two models differ on the same problems.</summary>
/// <param name="Difference">Accuracy after less accuracy before, -1 to 1.</param>
/// <param name="Low">Lower end of the 95 % interval.</param>
/// <param name="High">Upper end.</param>
public sealed record PairedDifference(double Difference, double Low, double High)
{
    private const double Z = 1.959963984540054;

    /// <summary>Whether the interval leaves 0 out: only then a difference is shown.</summary>
    public bool IsShown => Low > 0 || High < 0;

    /// <summary>
    /// The interval of Bonett and Price (2012): Wald's for paired shares, with one changed problem added to each side. It keeps its
    /// level for few problems, where Wald's does not.
    /// </summary>
    /// <param name="gained">Problems that were wrong and are right.</param>
    /// <param name="lost">Problems that were right and are wrong.</param>
    /// <param name="total">Problems that both were asked.</param>
    public static PairedDifference Of(int gained, int lost, int total)
    {
        if (total == 0) return new PairedDifference(0, -1, 1);
        var (up, down) = ((gained + 1.0) / (total + 2), (lost + 1.0) / (total + 2));
        var middle = up - down;
        var half = Z * Math.Sqrt((up + down - middle * middle) / (total + 2));
        return new PairedDifference((double)(gained - lost) / total, Math.Max(-1, middle - half), Math.Min(1, middle + half));
    }
}
