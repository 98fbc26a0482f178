namespace StepDpo.Web.Annotations;

/// <summary>
/// Lets answers leave at full steps of time after their requests came, so that how long the work behind them took does not tell a gold item
/// from another. The deck sends and fetches in the background: nobody waits for it.
/// </summary>
public sealed class EvenAnswers(TimeProvider clock) : IEndpointFilter
{
    /// <summary>The step.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromMilliseconds(60);

    /// <inheritdoc/>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var began = clock.GetTimestamp();
        var answer = await next(context);
        var took = clock.GetElapsedTime(began);
        await Task.Delay(Step * Math.Ceiling(took / Step) - took, clock, context.HttpContext.RequestAborted);
        return answer;
    }
}
