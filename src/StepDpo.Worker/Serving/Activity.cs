namespace StepDpo.Worker.Serving;

/// <summary>When the server was last asked for anything, so that it does not outlive whoever started it.</summary>
internal sealed class Activity(TimeProvider clock)
{
    private long _last = clock.GetTimestamp();
    private int _running;

    /// <summary>Runs a request; while it runs the server is not idle.</summary>
    public async Task During(Func<Task> request)
    {
        Interlocked.Increment(ref _running);
        try
        {
            await request();
        }
        finally
        {
            Volatile.Write(ref _last, clock.GetTimestamp());
            Interlocked.Decrement(ref _running);
        }
    }

    /// <summary>Ends when no request ran for <paramref name="limit"/> (null: never for that reason), or when cancelled.</summary>
    public async Task UntilIdleAsync(TimeSpan? limit, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(limit / 10 ?? TimeSpan.FromDays(1), clock);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                if (Volatile.Read(ref _running) == 0 && clock.GetElapsedTime(Volatile.Read(ref _last)) > limit) return;
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }
}
