using TorchSharp;

namespace StepDpo.Engine.Devices;

/// <summary>
/// Numbers that outlive the native calls which read them. TorchSharp hands a call the raw handle of a <see cref="Scalar"/> and keeps
/// nothing alive: a temporary one may be finalised by a collection that another thread starts while the call still reads it
/// ("Unknown scalar type", or a wrong number). So every number comes from here; a test reads the compiled code for others.
/// docs/decisions/0025-numbers-that-live.md
/// </summary>
internal static class Scalars
{
    /// <summary>0.</summary>
    public static readonly Scalar Zero = 0;

    /// <summary>1.</summary>
    public static readonly Scalar One = 1;

    /// <summary>What a score is that must not count.</summary>
    public static readonly Scalar NegativeInfinity = float.NegativeInfinity;

    // A call reads its numbers before it returns, and its thread makes no others meanwhile: 16 is many more than any call takes.
    private const int Held = 16;

    [ThreadStatic]
    private static Scalar[]? _held;

    [ThreadStatic]
    private static uint _next;

    /// <summary>A real number, alive until this thread has asked for 16 more.</summary>
    public static Scalar Of(double value) => Hold(value);

    /// <summary>An integer, alive until this thread has asked for 16 more.</summary>
    public static Scalar Of(long value) => Hold(value);

    private static Scalar Hold(Scalar scalar)
    {
        var held = _held ??= new Scalar[Held];
        held[_next++ % Held] = scalar;
        return scalar;
    }
}
