using StepDpo.Core.Progress;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Progress;

/// <summary>The cockpit's statistics, against tables and hand-worked numbers.</summary>
public sealed class EstimatesTests
{
    // Points of the chi-squared table at 5 %, 1 % and 0.1 %.
    [Theory]
    [InlineData(3.841458820694124, 1, 0.05)]
    [InlineData(6.6348966010212145, 1, 0.01)]
    [InlineData(10.827566170662733, 1, 0.001)]
    [InlineData(5.991464547107979, 2, 0.05)]
    [InlineData(11.070497693516351, 5, 0.05)]
    [InlineData(16.918977604620448, 9, 0.05)]
    [InlineData(21.665994333461924, 9, 0.01)]
    [InlineData(27.877164871256568, 9, 0.001)]
    [InlineData(29.58829844507442, 10, 0.001)]
    public void The_upper_tail_of_chi_squared_is_the_tables(double x, int freedom, double p) => Assert.Equal(p, ChiSquared.UpperTail(x, freedom), 12);

    [Fact]
    public void Two_groups_are_compared_as_by_hand()
    {
        // 30 of 40 against 50 of 120: expected 20/20 and 60/60, so 100/20 + 100/20 + 100/60 + 100/60 = 13.333…
        var test = ChiSquared.Homogeneity([30, 10], [50, 70])!;
        Assert.Equal(40.0 / 3, test.Statistic, 12);
        Assert.Equal(1, test.Freedom);
        Assert.Equal(0.000260733, test.PValue, 8);
    }

    [Fact]
    public void Cells_with_fewer_than_five_expected_are_counted_with_their_neighbour()
    {
        var test = ChiSquared.Homogeneity([8, 1, 1, 10], [80, 10, 10, 100])!;
        // 8 | 1 + 1 + 10: the middle two alone would be expected once each.
        Assert.Equal(1, test.Freedom);
        Assert.Equal(0, test.Statistic, 12);
        Assert.Equal(1, test.PValue, 12);
        Assert.Null(ChiSquared.Homogeneity([2, 1], [3, 4]));
        Assert.Null(ChiSquared.Homogeneity([0, 0], [3, 4]));
    }

    [Fact]
    public void Who_always_says_step_1_differs_and_who_chooses_as_the_team_does_not()
    {
        long[] usual = [160, 340, 360, 270, 200, 150, 90, 60, 60, 130];
        long[] habit = [44, 6, 4, 2, 1, 1, 0, 0, 0, 4];
        var team = usual.Zip(habit, (a, b) => a + b).ToArray();

        var odd = StepChoices.Of(habit, team);
        Assert.True(odd.Differs);
        Assert.Equal(0, odd.Oddest);
        Assert.Equal(44.0 / 62, odd.Shares[0], 12);
        Assert.Equal(62, odd.Count);
        Assert.Equal(160.0 / 1820, odd.TeamShares[0], 12);

        long[] alike = [16, 34, 36, 27, 20, 15, 9, 6, 6, 13];
        Assert.False(StepChoices.Of(alike, [.. usual.Zip(alike, (a, b) => a + b)]).Differs);
    }

    [Fact]
    public void A_small_habit_of_many_judgements_is_certain_and_still_no_difference()
    {
        long[] own = [22_000, 20_000, 20_000, 20_000, 0, 0, 0, 0, 0, 18_000];
        var choices = StepChoices.Of(own, [.. own.Select(count => count + 20_000)]);
        Assert.True(choices.Test!.PValue < StepChoices.Level);
        Assert.False(StepChoices.Of([22, 20, 20, 20, 0, 0, 0, 0, 0, 18], [42, 40, 40, 40, 0, 0, 0, 0, 0, 38]).Differs);
        Assert.False(StepChoices.Of([110, 100, 100, 100, 0, 0, 0, 0, 0, 90], [100_110, 100_100, 100_100, 100_100, 0, 0, 0, 0, 0, 100_090]).Differs);
    }

    [Theory]
    [InlineData(1, 12.706204736174694)]
    [InlineData(2, 4.302652729749462)]
    [InlineData(3, 3.182446305284263)]
    [InlineData(5, 2.570581835636314)]
    [InlineData(13, 2.160368656461013)]
    [InlineData(100, 1.983971518523552)]
    public void Students_point_is_the_tables(long freedom, double t) => Assert.InRange(MeanEstimate.Student(freedom) / t, 0.997, 1.003);

    [Fact]
    public void A_mean_has_its_interval()
    {
        // 2, 4, 6: mean 4, deviation 2, half-width 4.3027 * 2 / sqrt 3.
        var mean = MeanEstimate.Of(3, 12, 56)!;
        Assert.Equal(4, mean.Value);
        Assert.Equal(4 - 4.302652729749462 * 2 / Math.Sqrt(3), mean.Low, 10);
        Assert.Null(MeanEstimate.Of(1, 3, 9));
    }

    // Exact (Garwood) intervals of a count: 0 -> 0 to 3.69, 10 -> 4.80 to 18.39, 100 -> 81.36 to 121.63.
    [Theory]
    [InlineData(0, 0, 3.69)]
    [InlineData(10, 4.80, 18.39)]
    [InlineData(100, 81.36, 121.63)]
    public void A_count_has_its_interval(long count, double low, double high)
    {
        var rate = HourlyRate.Of(count, 2)!;
        Assert.Equal(count / 2.0, rate.Value);
        Assert.InRange(rate.Low, low / 2 * 0.99, low / 2 * 1.01);
        Assert.InRange(rate.High, high / 2 * 0.98, high / 2 * 1.01);
        Assert.Null(HourlyRate.Of(count, 0));
    }

    [Fact]
    public void The_end_is_as_far_off_as_the_days_say()
    {
        var end = ExpectedEnd.Of(300, [100, 90, 110], World.Now)!;
        Assert.Equal(World.Now.AddDays(3), end.Expected);
        Assert.True(end.Earliest < end.Expected && end.Expected < end.Latest);
        var half = 4.302652729749462 * 10 / Math.Sqrt(3);
        Assert.Equal(300 / (100 + half), (end.Earliest - World.Now).TotalDays, 6);
        Assert.Equal(300 / (100 - half), (end.Latest!.Value - World.Now).TotalDays, 6);

        Assert.Null(ExpectedEnd.Of(300, [100, 0, 5], World.Now)!.Latest);
        Assert.Null(ExpectedEnd.Of(300, [100, 100], World.Now));
        Assert.Null(ExpectedEnd.Of(300, [0, 0, 0], World.Now));
        Assert.Null(ExpectedEnd.Of(0, [100, 100, 100], World.Now));
    }
}
