using TorchSharp;

namespace StepDpo.Engine.Modeling;

/// <summary>
/// Numbers that outlive the native calls which read them. TorchSharp hands a call the raw handle of a scalar: a temporary one may be
/// finalised by a collection that another thread starts while the call still reads it ("Unknown scalar type"). What runs in every
/// layer takes its numbers from here or from a field.
/// </summary>
internal static class Scalars
{
    /// <summary>1.</summary>
    public static readonly Scalar One = 1;

    /// <summary>What a score is that must not count.</summary>
    public static readonly Scalar NegativeInfinity = float.NegativeInfinity;
}
