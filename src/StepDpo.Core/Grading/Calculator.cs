using System.Globalization;

namespace StepDpo.Core.Grading;

/// <summary>A line of arithmetic as people type it: <c>7*8</c>, <c>1/3 + 1/6</c>, <c>15% * 80</c>, <c>sqrt(2)</c>. Exact wherever it is a fraction.</summary>
public static class Calculator
{
    private const int Longest = 200;

    /// <summary>The value: <c>56</c>, <c>0.5</c>, <c>1/3 ≈ 0.333333</c>, <c>≈ 1.41421</c>; null where the text is no arithmetic.</summary>
    public static string? Value(string text)
    {
        if (text.Length > Longest || AnswerParser.Parse(AnswerCleaning.Clean(text)) is not ValueAnswer { Number: { IsConstant: true } number } value) return null;
        if (value.IsPercent) number /= Quantity.Of(new Rational(100, 1));
        if (number.Exact is { } exact)
        {
            var words = StepArithmetic.Words(exact);
            return words.Contains('/', StringComparison.Ordinal) ? $"{words} ≈ {exact.ToDouble().ToString("G6", CultureInfo.InvariantCulture)}" : words;
        }

        var sample = number.Samples[0];
        return sample.Imaginary == 0 && double.IsFinite(sample.Real) ? $"≈ {sample.Real.ToString("G10", CultureInfo.InvariantCulture)}" : null;
    }
}
