using CsCheck;
using StepDpo.Engine.Optimization;

namespace StepDpo.Engine.Tests.Optimization;

public sealed class PairOrderTests
{
    [Fact]
    public void Each_pair_comes_once() =>
        Gen.Select(Gen.Long, Gen.Int[0, 1000], Gen.Int[0, 300]).Sample((seed, epoch, count) =>
            PairOrder.Of(seed, epoch, count).Order().SequenceEqual(Enumerable.Range(0, count)));

    // Changing the permutation would make old checkpoints resume in another order: these are the numbers of version 1.
    [Fact]
    public void The_order_is_a_function_of_seed_and_epoch_that_never_changes()
    {
        Assert.Equal([6, 0, 7, 2, 5, 1, 3, 4], PairOrder.Of(42, 0, 8));
        Assert.Equal([1, 3, 5, 4, 2, 7, 6, 0], PairOrder.Of(42, 1, 8));
        Assert.Equal([7, 1, 2, 5, 4, 6, 0, 3], PairOrder.Of(43, 0, 8));
    }

    [Fact]
    public void All_orders_of_three_are_about_equally_frequent()
    {
        var counts = Enumerable.Range(0, 6000).Select(seed => string.Concat(PairOrder.Of(seed, 0, 3))).CountBy(order => order).ToList();

        // 1,000 expected of each; five standard deviations are 144.
        Assert.Equal(6, counts.Count);
        Assert.All(counts, count => Assert.InRange(count.Value, 850, 1150));
    }
}
