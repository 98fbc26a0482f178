using StepDpo.Core.Runs;

namespace StepDpo.Web.Runs;

/// <summary>
/// Tells a page that runs have changed: at most four times a second, and every few seconds in any case, for a run may be executed by
/// another process whose news does not reach this one.
/// </summary>
public sealed class RunWatch : IAsyncDisposable
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly IDisposable _subscription;
    private readonly Task _loop;

    /// <param name="notifier">Brings the news of this process.</param>
    /// <param name="clock">Measures the pauses.</param>
    /// <param name="concerns">Which runs the page shows.</param>
    /// <param name="onChange">Reads anew and renders; never called twice at once.</param>
    /// <param name="onError">What it throws: the page's own error boundary.</param>
    public RunWatch(RunNotifier notifier, TimeProvider clock, Func<long, bool> concerns, Func<Task> onChange, Func<Exception, Task> onError)
    {
        _subscription = notifier.Subscribe(change => { if (concerns(change.RunId)) Wake(); });
        _loop = LoopAsync(clock, onChange, onError);
    }

    /// <summary>Ends the watch; when it returns, no call is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        _subscription.Dispose();
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private void Wake()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // The page will be called anyway.
        }
    }

    private async Task LoopAsync(TimeProvider clock, Func<Task> onChange, Func<Exception, Task> onError)
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                await _changed.WaitAsync(LongestPause, _stop.Token);
                await onChange();
                await Task.Delay(ShortestPause, clock, _stop.Token);
            }
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
