using CsCheck;
using StepDpo.Engine.Sampling;

namespace StepDpo.Engine.Tests.Sampling;

public sealed class DrawsTests
{
    [Fact]
    public void Every_draw_lies_within_0_and_1_and_is_repeated_exactly() =>
        Gen.Select(Gen.Long, Gen.Int[0, 100_000], Gen.Int[0, 1000], Gen.Int[0, 10_000]).Sample((seed, prompt, sample, position) =>
        {
            var draw = Draws.Uniform(seed, prompt, sample, position);
            return draw is >= 0 and < 1 && draw == Draws.Uniform(seed, prompt, sample, position);
        });

    // From the same algorithm written in Python: a change would make stored seeds mean other texts.
    [Fact]
    public void The_draws_of_a_seed_never_change() =>
        Assert.Equal([0.75538880f, 0.12983042f, 0.20465362f], new[] { Draws.Uniform(42, 0, 0, 0), Draws.Uniform(42, 7, 3, 11), Draws.Uniform(-1, 1, 0, 2) }, (wanted, found) => Math.Abs(wanted - found) < 1e-6);

    [Theory]
    [InlineData("seed")]
    [InlineData("prompt")]
    [InlineData("sample")]
    [InlineData("position")]
    public void Along_each_coordinate_the_draws_are_even_and_do_not_follow_each_other(string coordinate)
    {
        const int Count = 40_000;
        var draws = Enumerable.Range(0, Count).Select(i => (double)(coordinate switch
        {
            "seed" => Draws.Uniform(i, 1, 2, 3),
            "prompt" => Draws.Uniform(5, i, 2, 3),
            "sample" => Draws.Uniform(5, 1, i, 3),
            _ => Draws.Uniform(5, 1, 2, i),
        })).ToArray();
        var tenths = draws.GroupBy(draw => (int)(draw * 10)).Select(group => group.Count()).ToList();
        Assert.Equal(10, tenths.Count);
        // Five standard deviations of a binomial count: sqrt(40,000 x 0.1 x 0.9) = 60.
        Assert.All(tenths, count => Assert.InRange(count, 4000 - 300, 4000 + 300));
        var correlation = draws.Zip(draws.Skip(1)).Average(pair => (pair.First - 0.5) * (pair.Second - 0.5)) * 12;
        Assert.InRange(correlation, -0.025, 0.025);
    }
}
