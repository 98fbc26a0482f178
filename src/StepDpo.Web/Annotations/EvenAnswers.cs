using System.Diagnostics;

namespace StepDpo.Web.Annotations;

/// <summary>
/// Lets answers leave at full steps of time after their requests came, so that how long the work behind them took does not tell a gold item
/// from another. Drawing an answer takes its time too, so it is drawn before. The deck sends and fetches in the background: nobody waits for it.
/// </summary>
public sealed class EvenAnswers : IEndpointFilter
{
    /// <summary>The step: longer than the work takes on a busy machine, as gold items and others do not come past it equally often.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromMilliseconds(150);

    // Timers fire at the kernel's ticks, up to 10 ms apart: at which one depends on when they were set, so on how long the work took.
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(12);

    /// <inheritdoc/>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var began = Stopwatch.GetTimestamp();
        var stop = context.HttpContext.RequestAborted;
        var drawn = await DrawAsync(context, next);
        var took = Stopwatch.GetElapsedTime(began);
        var leave = Step * Math.Ceiling(took / Step);
        if (leave - took > _tick) await Task.Delay(leave - took - _tick, stop);
        WaitUntil(began, leave);
        await context.HttpContext.Response.Body.WriteAsync(drawn.GetBuffer().AsMemory(0, (int)drawn.Length), stop);
        return Results.Empty;
    }

    private static async Task<MemoryStream> DrawAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var response = context.HttpContext.Response;
        var (body, drawn) = (response.Body, new MemoryStream());
        response.Body = drawn;
        try
        {
            if (await next(context) is IResult result) await result.ExecuteAsync(context.HttpContext);
        }
        finally
        {
            response.Body = body;
        }

        return drawn;
    }

    private static void WaitUntil(long began, TimeSpan leave)
    {
        for (var left = leave - Stopwatch.GetElapsedTime(began); left > TimeSpan.Zero; left = leave - Stopwatch.GetElapsedTime(began))
        {
            if (left > TimeSpan.FromMilliseconds(2)) Thread.Sleep(1);
            else Thread.SpinWait(50);
        }
    }
}
