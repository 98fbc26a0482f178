using StepDpo.Web.Components;

namespace StepDpo.Web.Tests.Components;

/// <summary>A page is told at most twice a second how far long work is.</summary>
public sealed class PacedProgressTests
{
    [Fact]
    public async Task What_comes_sooner_than_half_a_second_after_the_last_is_not_shown()
    {
        var clock = new Ticks();
        var shown = new System.Collections.Concurrent.ConcurrentBag<int>();
        IProgress<int> progress = new PacedProgress<int>(shown.Add, clock);
        for (var value = 1; value <= 21; value++)
        {
            progress.Report(value);
            clock.Now += TimeSpan.FromMilliseconds(100);
        }

        for (var i = 0; i < 400 && shown.Count < 5; i++) await Task.Delay(5, TestContext.Current.CancellationToken); // told on the pool
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal([1, 6, 11, 16, 21], shown.Order());
    }

    private sealed class Ticks : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
