using StepDpo.Core.Evaluations;

namespace StepDpo.Core.Tests.Evaluations;

public sealed class PairedDifferenceTests
{
    [Fact]
    public void The_interval_by_hand()
    {
        // gained 9, lost 1 of 98: up = 10/100, down = 2/100, middle 0.08, half = 1.96 sqrt((0.12 - 0.0064) / 100) = 0.06606
        var difference = PairedDifference.Of(9, 1, 98);
        Assert.Equal(8.0 / 98, difference.Difference, 12);
        Assert.Equal(0.08 - 0.06606, difference.Low, 4);
        Assert.Equal(0.08 + 0.06606, difference.High, 4);
        Assert.True(difference.IsShown);
    }

    [Theory]
    [InlineData(2, 1, 30)]
    [InlineData(0, 0, 30)]
    [InlineData(0, 0, 0)]
    [InlineData(20, 16, 254)]
    public void A_difference_with_zero_inside_is_not_shown(int gained, int lost, int total) =>
        Assert.False(PairedDifference.Of(gained, lost, total).IsShown);

    [Fact]
    public void Turning_the_order_turns_the_sign()
    {
        var (there, back) = (PairedDifference.Of(30, 12, 200), PairedDifference.Of(12, 30, 200));
        Assert.Equal((there.Difference, there.Low, there.High), (-back.Difference, -back.High, -back.Low));
    }
}
