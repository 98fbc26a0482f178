namespace StepDpo.Core.Agreement;

/// <summary>A number, or why there is none: never NaN.</summary>
/// <param name="Value">The number, or null.</param>
/// <param name="Undefined">Why there is none: the words after "undefined because", or null.</param>
public readonly record struct Figure(double? Value, string? Undefined)
{
    /// <summary>There is none.</summary>
    public static Figure Because(string why) => new(null, why);

    /// <summary>A number.</summary>
    public static implicit operator Figure(double value) => new(value, null);
}

/// <summary>A 95 % interval, or why there is none.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
/// <param name="Undefined">Why there is none, or null.</param>
public sealed record Interval(double Low, double High, string? Undefined = null)
{
    /// <summary>There is none.</summary>
    public static Interval Because(string why) => new(0, 0, why);
}
