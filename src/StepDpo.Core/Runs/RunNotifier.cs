using System.Collections.Concurrent;
using System.Globalization;

namespace StepDpo.Core.Runs;

/// <summary>A run has changed.</summary>
/// <param name="RunId">Which.</param>
/// <param name="ByPeople">Whether somebody queued it or wants something of it: the loop looks at once instead of at its next turn.</param>
public readonly record struct RunChange(long RunId, bool ByPeople);

/// <summary>
/// Tells pages and the loop of this process that a run has changed. It holds no state: who hears of a change reads the row.
/// </summary>
public sealed class RunNotifier
{
    private readonly ConcurrentDictionary<Guid, Action<RunChange>> _listeners = new();

    /// <summary>Calls back at each change, on the thread that made it but in the language of who subscribed: hand over at once (<c>InvokeAsync</c>).</summary>
    /// <returns>Dispose it to be left alone.</returns>
    public IDisposable Subscribe(Action<RunChange> onChange)
    {
        var (key, language) = (Guid.NewGuid(), CultureInfo.CurrentUICulture);
        _listeners[key] = change =>
        {
            var before = CultureInfo.CurrentUICulture;
            CultureInfo.CurrentUICulture = language;
            try
            {
                onChange(change);
            }
            finally
            {
                CultureInfo.CurrentUICulture = before;
            }
        };
        return new Subscription(() => _listeners.TryRemove(key, out _));
    }

    /// <summary>A run was queued, has moved on, or has ended.</summary>
    public void Tell(RunChange change)
    {
        foreach (var listener in _listeners.Values) listener(change);
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
