using System.Globalization;
using System.Numerics;

namespace StepDpo.Core.Grading;

/// <summary>An exact fraction in lowest terms with a positive denominator.</summary>
internal readonly record struct Rational
{
    /// <summary>Larger numbers are not computed exactly: an answer must not occupy the machine.</summary>
    private const long MaximumBits = 40_000;

    public Rational(BigInteger numerator, BigInteger denominator)
    {
        var divisor = BigInteger.GreatestCommonDivisor(numerator, denominator) * denominator.Sign;
        (Numerator, Denominator) = (numerator / divisor, denominator / divisor);
    }

    public BigInteger Numerator { get; }

    public BigInteger Denominator { get; }

    public bool IsInteger => Denominator.IsOne;

    public static Rational operator +(Rational a, Rational b) => new((a.Numerator * b.Denominator) + (b.Numerator * a.Denominator), a.Denominator * b.Denominator);

    public static Rational operator -(Rational a) => new(-a.Numerator, a.Denominator);

    public static Rational operator *(Rational a, Rational b) => new(a.Numerator * b.Numerator, a.Denominator * b.Denominator);

    public static Rational? Divide(Rational a, Rational b) =>
        b.Numerator.IsZero ? null : new Rational(a.Numerator * b.Denominator, a.Denominator * b.Numerator);

    /// <summary>Null where the exponent is no integer, the base is 0 under a negative one, or the result is too large.</summary>
    public static Rational? Power(Rational a, Rational exponent)
    {
        if (!exponent.IsInteger || BigInteger.Abs(exponent.Numerator) > MaximumBits) return null;
        var n = (int)exponent.Numerator;
        if (n < 0) return Divide(new(1, 1), a) is { } inverse ? Power(inverse, new(-n, 1)) : null;
        var bits = Math.Max(a.Numerator.GetBitLength(), a.Denominator.GetBitLength());
        return bits * n > MaximumBits ? null : new Rational(BigInteger.Pow(a.Numerator, n), BigInteger.Pow(a.Denominator, n));
    }

    /// <summary>n!, null above 1,000.</summary>
    public static Rational? Factorial(Rational n)
    {
        if (!n.IsInteger || n.Numerator < 0 || n.Numerator > 1000) return null;
        var product = BigInteger.One;
        for (var i = 2; i <= (int)n.Numerator; i++) product *= i;
        return new(product, 1);
    }

    public BigInteger Floor() => BigInteger.Divide(Numerator - (Numerator.Sign < 0 ? Denominator - 1 : 0), Denominator);

    public bool IsSmall => Numerator.GetBitLength() + Denominator.GetBitLength() <= 2 * MaximumBits;

    public double ToDouble() => Numerator.GetBitLength() < 1000 && Denominator.GetBitLength() < 1000
        ? (double)Numerator / (double)Denominator
        : Numerator.Sign * Math.Exp(BigInteger.Log(BigInteger.Abs(Numerator)) - BigInteger.Log(Denominator));

    /// <summary>Reads digits with at most one point: <c>0.50</c> is a half, exactly.</summary>
    public static Rational Parse(string digits)
    {
        var point = digits.IndexOf('.', StringComparison.Ordinal);
        var decimals = point < 0 ? 0 : digits.Length - point - 1;
        var whole = digits.Replace(".", "", StringComparison.Ordinal);
        return new(whole.Length == 0 ? 0 : BigInteger.Parse(whole, NumberStyles.None, CultureInfo.InvariantCulture), BigInteger.Pow(10, decimals));
    }
}
