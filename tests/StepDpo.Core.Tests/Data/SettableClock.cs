namespace StepDpo.Core.Tests.Data;

/// <summary>A clock that stands still until a test moves it.</summary>
internal sealed class SettableClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = World.Now;

    public override DateTimeOffset GetUtcNow() => Now;
}
