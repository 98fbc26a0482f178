using StepDpo.Core.Agreement;

namespace StepDpo.Core.Tests.Agreement;

public sealed class BootstrapTests
{
    private static readonly Func<IReadOnlyList<RatedPattern>, Figure>[] ExactAndAlpha = [PairwiseAgreement.Exact, KrippendorffAlpha.Of];

    [Fact]
    public void The_same_seed_gives_the_same_intervals_around_the_figures()
    {
        var patterns = AgreementFixture.Of("made 2").Patterns;
        var first = Bootstrap.Intervals(patterns, ExactAndAlpha, seed: 7);
        Assert.Equal(first, Bootstrap.Intervals(patterns, ExactAndAlpha, seed: 7));
        Assert.NotEqual(first, Bootstrap.Intervals(patterns, ExactAndAlpha, seed: 8));
        Assert.All(first.Zip(ExactAndAlpha), pair => Assert.InRange(pair.Second(patterns).Value!.Value, pair.First.Low, pair.First.High));
    }

    // With two judges the number of agreeing solutions in a resample is Binomial(400, 0.75): its 2.5 % and 97.5 % points are 283 and 317.
    [Fact]
    public void The_interval_of_a_share_is_that_of_the_binomial_distribution()
    {
        var interval = Bootstrap.Intervals([new([1, 1], 150), new([2, 2], 150), new([1, 2], 100)], ExactAndAlpha, seed: 1, resamples: 20_000)[0];
        Assert.InRange(interval.Low * 400, 282, 284);
        Assert.InRange(interval.High * 400, 316, 318);
    }

    [Fact]
    public void A_million_judgements_cost_no_more_than_their_patterns()
    {
        var few = Bootstrap.Intervals([new([1, 1], 300_000), new([2, 2], 150_000), new([1, 2], 50_000)], ExactAndAlpha, seed: 1)[0];
        // 1.96 standard errors of 0.9 over 500,000.
        Assert.InRange(few.High - few.Low, 2 * 1.96 * 0.000424 * 0.9, 2 * 1.96 * 0.000424 * 1.1);
    }

    [Fact]
    public void Too_few_or_too_equal_judgements_have_no_interval()
    {
        Assert.NotNull(Bootstrap.Intervals([new([1, 1], 1)], ExactAndAlpha, 1)[0].Undefined);
        var almostEqual = Bootstrap.Intervals([new([1, 1], 20), new([2, 2], 1)], ExactAndAlpha, 1);
        Assert.Null(almostEqual[0].Undefined);
        Assert.NotNull(almostEqual[1].Undefined);
    }

    [Theory]
    [InlineData(10, 0.3)]
    [InlineData(1_000, 0.004)]
    [InlineData(1_000, 0.02)]
    [InlineData(1_000, 0.5)]
    [InlineData(500_000, 0.9)]
    [InlineData(500_000, 0.3)]
    public void Binomial_draws_have_the_distributions_mean_and_variance(long n, double p)
    {
        const int draws = 40_000;
        var random = new Random(5);
        var values = Enumerable.Range(0, draws).Select(_ => (double)BinomialDraw.Next(random, n, p)).ToArray();
        var (mean, variance) = (values.Average(), values.Select(v => (v - n * p) * (v - n * p)).Average());
        var expected = n * p * (1 - p);
        Assert.All(values, v => Assert.InRange(v, 0, n));
        Assert.InRange(mean, n * p - 5 * Math.Sqrt(expected / draws), n * p + 5 * Math.Sqrt(expected / draws));
        Assert.InRange(variance / expected, 0.95, 1.05);
    }
}
