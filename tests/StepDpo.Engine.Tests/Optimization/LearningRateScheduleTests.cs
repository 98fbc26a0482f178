using StepDpo.Contracts.Runs;
using StepDpo.Engine.Optimization;

namespace StepDpo.Engine.Tests.Optimization;

public sealed class LearningRateScheduleTests
{
    [Theory]
    [InlineData("dpo", ScheduleKind.Cosine)]
    [InlineData("sft", ScheduleKind.Linear)]
    public void The_rates_of_the_golden_runs(string run, ScheduleKind kind)
    {
        var golden = Shared.ReadJson(Shared.Golden($"trajectories/{run}.json"));
        var settings = golden.GetProperty("settings");
        var schedule = new LearningRateSchedule(
            kind, settings.GetProperty("peak_lr").GetDouble(), settings.GetProperty("steps").GetInt32(), settings.GetProperty("warmup_ratio").GetDouble());

        Assert.Equal(settings.GetProperty("warmup_steps").GetInt32(), schedule.WarmupSteps);
        var step = 0;
        foreach (var row in golden.GetProperty("float64").EnumerateArray())
            Assert.Equal(row.GetProperty("lr").GetDouble(), schedule.Rate(step++), 1e-15);
    }

    [Fact]
    public void A_constant_rate_stays_after_the_warm_up()
    {
        var schedule = new LearningRateSchedule(ScheduleKind.ConstantWithWarmup, peak: 2, steps: 10, warmupRatio: 0.35);
        Assert.Equal(4, schedule.WarmupSteps);
        Assert.Equal([0, 0.5, 1, 1.5, 2, 2, 2, 2, 2, 2], Enumerable.Range(0, 10).Select(schedule.Rate));
    }

    [Fact]
    public void Without_a_warm_up_the_first_step_has_the_peak_rate()
    {
        Assert.Equal(3, new LearningRateSchedule(ScheduleKind.Cosine, peak: 3, steps: 7, warmupRatio: 0).Rate(0));
        Assert.Equal(3, new LearningRateSchedule(ScheduleKind.Linear, peak: 3, steps: 7, warmupRatio: 0).Rate(0));
    }
}
