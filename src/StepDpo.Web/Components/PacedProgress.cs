namespace StepDpo.Web.Components;

/// <summary>Progress of long work as a page shows it: at most twice a second, so that neither browser nor screen reader has to run after the work.</summary>
/// <param name="show">Called with what was reported, where <see cref="Progress{T}"/> calls it.</param>
/// <param name="clock">The time; the machine's where none is given.</param>
public sealed class PacedProgress<T>(Action<T> show, TimeProvider? clock = null) : Progress<T>(show)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private long? _told;

    /// <inheritdoc/>
    protected override void OnReport(T value)
    {
        if (_told is { } told && _clock.GetElapsedTime(told) < Pause) return;
        _told = _clock.GetTimestamp();
        base.OnReport(value);
    }
}
