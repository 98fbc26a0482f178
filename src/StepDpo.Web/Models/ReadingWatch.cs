namespace StepDpo.Web.Models;

/// <summary>
/// Calls a page once a second while models that it shows are being read. The reader may be another process, which tells this one
/// nothing: so the page looks.
/// </summary>
public sealed class ReadingWatch : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    /// <param name="clock">Measures the pauses.</param>
    /// <param name="onTurn">Reads anew and renders where something is being read; never called twice at once.</param>
    /// <param name="onError">What it throws: the page's own error boundary.</param>
    public ReadingWatch(TimeProvider clock, Func<Task> onTurn, Func<Exception, Task> onError) => _loop = LoopAsync(clock, onTurn, onError);

    /// <summary>Ends the watch.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task LoopAsync(TimeProvider clock, Func<Task> onTurn, Func<Exception, Task> onError)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(Pause, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token)) await onTurn();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The page is closed.
        }
        catch (Exception e)
        {
            await onError(e);
        }
    }
}
