using CsCheck;
using StepDpo.Core.Grading;

namespace StepDpo.Core.Tests.Grading;

public class AnswerComparisonTests
{
    // Fragments that stress the reader: brackets without partner, deep nesting, huge powers.
    private static readonly string[] Fragments =
        ["{", "}", "(", ")", "[", "]", "\\{", "\\}", "\\frac", "\\sqrt", "^", "_", "9", "99999", "x", ",", ";", "|", "\\begin{pmatrix}", "\\end{pmatrix}",
         "\\\\", "&", "!", "%", "\\pm", "=", "<", "\\text{", "cm", "\\boxed{", "1e9999", "\\overline{3}", "0.", "\\log_", "-", "/", "\\binom", " ", "\\", "é"];

    [Fact]
    public void No_answer_whatever_breaks_the_grader() =>
        Gen.Int[0, Fragments.Length - 1].Array[0, 40].Sample(
            picks =>
            {
                var answer = string.Concat(picks.Select(pick => Fragments[pick]));
                AnswerComparison.Same("\\frac{1}{2}", answer);
                AnswerComparison.Same(answer, "\\frac{1}{2}");
            },
            iter: 20_000);

    [Fact]
    public void Every_fraction_equals_its_unreduced_form_and_no_other() =>
        Gen.Select(Gen.Int[-50, 50], Gen.Int[1, 50], Gen.Int[1, 9]).Sample((a, b, factor) =>
            AnswerComparison.Same($"\\frac{{{a}}}{{{b}}}", $"{a * factor}/{b * factor}")
            && !AnswerComparison.Same($"\\frac{{{a}}}{{{b}}}", $"{(a * factor) + 1}/{b * factor}"));

    [Fact]
    public void Deep_nesting_and_great_length_end_at_once_with_wrong()
    {
        Assert.False(AnswerComparison.Same("1", new string('(', 900) + "1" + new string(')', 90)));
        Assert.False(AnswerComparison.Same("1", string.Concat(Enumerable.Repeat("\\sqrt{", 150)) + "2" + new string('}', 150)));
        Assert.False(AnswerComparison.Same("1", "9^{9^{9^{9}}}"));
        Assert.False(AnswerComparison.Same("1", new string('1', 100_000)));
        Assert.True(AnswerComparison.Same(new string('1', 100_000), new string('1', 100_000)));
    }

    [Theory]
    [InlineData("12 feet", "12", true)]
    [InlineData("12 feet", "12 ft", true)]
    [InlineData("12 feet", "12 inches", false)]
    [InlineData("3", "3.0000001", false)]
    [InlineData("1,234", "1234", true)]
    [InlineData("C", "The correct option is C", true)]
    [InlineData("C", "B, C", false)]
    [InlineData("x=3", "y=3", false)]
    [InlineData("(1,2)", "[1,2]", false)]
    [InlineData("1,2", "2,1", true)]
    [InlineData("(1,2)", "(2,1)", false)]
    public void Meaning_counts_and_style_does_not(string reference, string prediction, bool same) =>
        Assert.Equal(same, AnswerComparison.Same(reference, prediction));
}
