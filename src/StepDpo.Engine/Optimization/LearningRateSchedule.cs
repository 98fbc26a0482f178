using StepDpo.Contracts.Runs;

namespace StepDpo.Engine.Optimization;

/// <summary>
/// The learning rate of each step: Hugging Face's <c>get_cosine_schedule_with_warmup</c>, <c>get_linear_schedule_with_warmup</c>
/// and <c>get_constant_schedule_with_warmup</c>, in the same arithmetic.
/// </summary>
/// <param name="kind">The course.</param>
/// <param name="peak">Rate after the warm-up.</param>
/// <param name="steps">Optimiser steps of the whole run.</param>
/// <param name="warmupRatio">Share of the steps that warm up.</param>
public sealed class LearningRateSchedule(ScheduleKind kind, double peak, int steps, double warmupRatio)
{
    /// <summary>ceil(ratio * steps).</summary>
    public int WarmupSteps { get; } = (int)Math.Ceiling(steps * warmupRatio);

    /// <summary>The rate of a step, counted from 0: with a warm-up the first step has rate 0 and changes nothing.</summary>
    public double Rate(int step) => peak * Share(step);

    private double Share(int step)
    {
        if (step < WarmupSteps) return (double)step / Math.Max(1, WarmupSteps);
        var rest = (double)Math.Max(1, steps - WarmupSteps);
        return kind switch
        {
            ScheduleKind.Cosine => Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * (step - WarmupSteps) / rest))),
            ScheduleKind.Linear => Math.Max(0, (steps - step) / rest),
            ScheduleKind.ConstantWithWarmup => 1,
            _ => throw new ArgumentOutOfRangeException(nameof(step), kind, "an unknown schedule"),
        };
    }
}
