using StepDpo.Contracts.Runs;
using StepDpo.Core.Training;

namespace StepDpo.Core.Tests.Training;

public sealed class TrainingNeedsTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 8)]
    [InlineData(128, 8)]
    [InlineData(129, 16)]
    [InlineData(2148, 136)]
    public void An_epoch_ends_with_a_smaller_step(int pairs, int steps) =>
        Assert.Equal(steps, TrainingNeeds.Of(pairs, new TrainingOptions(), 0).Steps);

    [Fact]
    public void A_weight_needs_sixteen_bytes_of_memory_and_forty_of_disk()
    {
        // memory: weight, gradient, two moments; disk: three times weight and moments, once the best weight; 4 bytes each
        var needs = TrainingNeeds.Of(1, new TrainingOptions(), 1000);
        Assert.Equal((16_000, 40_000), (needs.MemoryBytes, needs.DiskBytes));
    }

    [Fact]
    public void Under_an_adapter_a_weight_needs_four_bytes_of_memory_and_sixteen_of_disk()
    {
        var needs = TrainingNeeds.Of(1, new TrainingOptions { Lora = new LoraOptions() }, 1000);
        Assert.Equal((4_000, 16_000), (needs.MemoryBytes, needs.DiskBytes));
    }
}
