using StepDpo.Core.Evaluations;
using StepDpo.Core.Statistics;

namespace StepDpo.Core.Tests.Evaluations;

public sealed class StatisticsTests
{
    [Theory]
    // 8 of 10: (0.8 + 3.8415/20 ± 1.96 sqrt(0.016 + 3.8415/400)) / 1.38415.
    [InlineData(8, 10, 0.4902, 0.9433)]
    [InlineData(0, 10, 0.0, 0.2775)]
    [InlineData(10, 10, 0.7225, 1.0)]
    public void Wilson_gives_the_intervals_worked_by_hand(int right, int total, double low, double high)
    {
        var proportion = Proportion.Wilson(right, total);
        Assert.Equal(low, proportion.Low, 1e-4);
        Assert.Equal(high, proportion.High, 1e-4);
    }

    [Theory]
    // 2 (1 + 12 + 66) / 4096.
    [InlineData(10, 2, 158 / 4096.0)]
    [InlineData(2, 10, 158 / 4096.0)]
    [InlineData(6, 0, 2 / 64.0)]
    [InlineData(5, 5, 1.0)]
    [InlineData(0, 0, 1.0)]
    public void McNemar_gives_the_chances_worked_by_hand(int gained, int lost, double p) => Assert.Equal(p, McNemar.PValue(gained, lost), 1e-12);

    [Fact]
    public void Many_changes_do_not_underflow() => Assert.InRange(McNemar.PValue(3000, 3000), 0.99, 1.0);
}
