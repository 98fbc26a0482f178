using System.Numerics;

namespace StepDpo.Core.Grading;

/// <summary>
/// The value of an expression: exact where it is a fraction, and in any case its values at a few fixed points of its variables.
/// Expressions that agree at all points are taken for equal, which decides <c>x+1</c> against <c>1+x</c> without algebra.
/// </summary>
internal sealed class Quantity
{
    /// <summary>Number of points.</summary>
    public const int Points = 3;

    private const double Tolerance = 1e-9;

    private Quantity(Rational? exact, Complex[] samples, bool isConstant) => (Exact, Samples, IsConstant) = (exact, samples, isConstant);

    public Rational? Exact { get; }

    /// <summary>[point]</summary>
    public Complex[] Samples { get; }

    /// <summary>No variable occurs in it.</summary>
    public bool IsConstant { get; }

    /// <summary>It is nothing but the name of a variable.</summary>
    public bool IsVariable { get; private init; }

    /// <summary>Written with degrees: matters to trigonometric functions only.</summary>
    public bool IsDegrees { get; private init; }

    public static Quantity Of(Rational value) => new(value, Repeat(value.ToDouble()), true);

    public static Quantity Of(Complex value) => new(null, Repeat(value), true);

    /// <summary>A variable: its values come from its name, so every mention of it has the same.</summary>
    public static Quantity Variable(string name)
    {
        var hash = 2166136261u;
        foreach (var character in name) hash = (hash ^ character) * 16777619u;
        var samples = new Complex[Points];
        for (var point = 0; point < Points; point++)
        {
            hash = (hash ^ (uint)(point + 1)) * 16777619u;
            samples[point] = 0.5 + ((hash >> 8) / (double)(1 << 24) * 2.5);
        }

        return new(null, samples, false) { IsVariable = true };
    }

    public Quantity AsDegrees() => new(Exact, Samples, IsConstant) { IsDegrees = true };

    public static Quantity operator +(Quantity a, Quantity b) => Combine(a, b, static (x, y) => x + y, static (x, y) => x + y);

    public static Quantity operator -(Quantity a, Quantity b) => a + -b;

    public static Quantity operator -(Quantity a) => a.Map(static x => -x, static x => -x);

    public static Quantity operator *(Quantity a, Quantity b) => Combine(a, b, static (x, y) => x * y, static (x, y) => x * y);

    public static Quantity operator /(Quantity a, Quantity b) => Combine(a, b, Rational.Divide, static (x, y) => x / y);

    public static Quantity Power(Quantity a, Quantity b) => Combine(a, b, Rational.Power, static (x, y) => x.Imaginary == 0 && y.Imaginary == 0 && (x.Real >= 0 || y.Real == Math.Round(y.Real))
        ? Math.Pow(x.Real, y.Real)
        : Complex.Pow(x, y));

    /// <summary>The n-th root; that of a negative number by an odd n is the real one.</summary>
    public static Quantity Root(Quantity a, Quantity n) => Combine(a, n, static (_, _) => null, static (x, y) =>
        x.Imaginary != 0 || y.Imaginary != 0 ? Complex.Pow(x, 1 / y)
        : x.Real >= 0 ? Math.Pow(x.Real, 1 / y.Real)
        : y.Real % 2 is 1 or -1 ? -Math.Pow(-x.Real, 1 / y.Real)
        : Complex.Pow(x, 1 / y));

    public Quantity Map(Func<Rational, Rational?> exact, Func<Complex, Complex> approximate) =>
        Exact is { } value && exact(value) is { } result ? Of(result) : new(null, [.. Samples.Select(approximate)], IsConstant);

    public Quantity Map(Func<Complex, Complex> approximate) => Map(static _ => null, approximate);

    /// <summary>Exactly equal where both are fractions, otherwise to nine digits at every point.</summary>
    public bool Same(Quantity other)
    {
        if (Exact is { } mine && other.Exact is { } theirs) return mine == theirs;
        return Samples.Zip(other.Samples).All(pair => Close(pair.First, pair.Second));
    }

    /// <summary>
    /// The constant c with <c>other = c * this</c>, or null: two equations are the same when the differences of their sides are.
    /// </summary>
    public Complex? RatioTo(Quantity other)
    {
        var ratios = Samples.Zip(other.Samples, static (a, b) => b / a).ToArray();
        return ratios.All(ratio => Complex.IsFinite(ratio) && ratio != 0 && Close(ratio, ratios[0])) ? ratios[0] : null;
    }

    private static bool Close(Complex a, Complex b) =>
        Complex.IsFinite(a) && Complex.IsFinite(b) && Complex.Abs(a - b) <= Tolerance * Math.Max(Complex.Abs(a), Complex.Abs(b)) + 1e-14;

    private static Quantity Combine(Quantity a, Quantity b, Func<Rational, Rational, Rational?> exact, Func<Complex, Complex, Complex> approximate)
    {
        if (a.Exact is { } x && b.Exact is { } y && exact(x, y) is { IsSmall: true } result) return Of(result);
        return new(null, [.. a.Samples.Zip(b.Samples, approximate)], a.IsConstant && b.IsConstant);
    }

    private static Complex[] Repeat(Complex value) => [.. Enumerable.Repeat(value, Points)];
}
