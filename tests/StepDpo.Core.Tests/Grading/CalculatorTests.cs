using StepDpo.Core.Grading;

namespace StepDpo.Core.Tests.Grading;

public sealed class CalculatorTests
{
    [Theory]
    [InlineData("7*8", "56")]
    [InlineData("1,200 + 300", "1500")]
    [InlineData("1/3 + 1/6", "0.5")]
    [InlineData("1/3", "1/3 ≈ 0.333333")]
    [InlineData("0.1 + 0.2", "0.3")]
    [InlineData("(2 + 3)^2 / 10", "2.5")]
    [InlineData("\\frac{49}{12} - 4", "1/12 ≈ 0.0833333")]
    [InlineData("15%", "0.15")]
    [InlineData("sqrt(2)", "≈ 1.414213562")]
    [InlineData("5 - 8", "-3")]
    public void Arithmetic_is_computed_exactly(string line, string value) => Assert.Equal(value, Calculator.Value(line));

    [Theory]
    [InlineData("")]
    [InlineData("x + 1")]
    [InlineData("1/0")]
    [InlineData("2^999999999")]
    [InlineData("process.exit()")]
    [InlineData("7 +")]
    public void What_is_no_arithmetic_has_no_value(string line) => Assert.Null(Calculator.Value(line));
}
