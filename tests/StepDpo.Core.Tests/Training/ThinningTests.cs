using StepDpo.Core.Training;

namespace StepDpo.Core.Tests.Training;

public sealed class ThinningTests
{
    [Fact]
    public void What_fits_is_shown_as_it_is() =>
        Assert.Equal([0, 1, 2], Thinning.Places([3, 1, 2], 4));

    [Fact]
    public void Spikes_survive_and_both_ends_stay()
    {
        var values = Enumerable.Range(0, 10_000).Select(i => (double?)Math.Sin(i / 500.0)).ToArray();
        (values[777], values[8_888]) = (9, -9);
        var kept = Thinning.Places(values, 100);
        Assert.InRange(kept.Count, 50, 100);
        Assert.Equal(kept.Order().Distinct(), kept);
        Assert.Equal((0, 9_999), (kept[0], kept[^1]));
        Assert.Contains(777, kept);
        Assert.Contains(8_888, kept);
    }

    [Fact]
    public void Steps_without_a_value_do_not_hide_those_with_one()
    {
        var values = new double?[1000];
        values[500] = 2;
        Assert.Contains(500, Thinning.Places(values, 20));
    }
}
