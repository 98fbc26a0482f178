using StepDpo.Core.Grading;

namespace StepDpo.Core.Tests.Grading;

public class AnswerExtractionTests
{
    [Theory]
    [InlineData("So \\boxed{\\frac{1}{2}}.", "\\frac{1}{2}")]
    [InlineData("First \\boxed{3}, no: it is \\boxed{4}.", "4")]
    [InlineData("$\\boxed{1}$ and $\\boxed{-2}$", "1, -2")]
    [InlineData("\\boxed{7} is wrong, \\boxed{8", "7")]
    [InlineData("Step 1: 57 + 23 = 80.\nThe answer is 80.", "80")]
    [InlineData("The answer is 3. The answer is 5. That is all.", "5")]
    [InlineData("The answer is: 1,234", "1,234")]
    [InlineData("THE ANSWER IS: 6", "6")]
    [InlineData("9 * 2 = $<<9*2=18>>18 every day\n#### 18", "18")]
    [InlineData("40 cups * 20 = 800 cups.\nA: 800", "800")]
    [InlineData("= 15\nANSWER : D", "D")]
    [InlineData("It costs 4.50 in all", "4.50")]
    [InlineData("It is -5", "-5")]
    [InlineData("x=-.5", "-.5")]
    [InlineData("It costs Rs.300", "300")]
    [InlineData("Final Answer:\nA", "A")]
    [InlineData("The answer is:\n\n$$\nx = 5\n$$", "x = 5")]
    public void The_final_answer_is_found_where_people_and_models_write_it(string text, string answer) =>
        Assert.Equal(answer, AnswerExtraction.FinalAnswer(text));

    [Theory]
    [InlineData("")]
    [InlineData("\\boxed{}")]
    [InlineData("nothing here")]
    public void A_text_without_an_answer_has_none(string text) => Assert.Equal(AnswerCheck.NoAnswer, AnswerGrading.Grade(text, "5").Check);

    [Theory]
    [InlineData("So \\boxed{12}. Let us check that 12 i", "12")]
    [InlineData("The answer is 12.\nStep 4: We chec", "12")]
    [InlineData("The answer is 12. We chec", "12")]
    [InlineData("#### 18\n#### 1", "18")]
    [InlineData("The answer is 12", null)]
    [InlineData("The answer is 1.5", null)]
    [InlineData("The answer is:\n\n$$x = 1", null)]
    [InlineData("The answer is \\boxed{1", null)]
    [InlineData("Step 1: 3 + 4 = 7.\nStep 2: 7 + 5 = 1", null)]
    [InlineData("", null)]
    public void A_text_that_was_cut_off_has_only_the_answer_that_it_states(string text, string? answer) =>
        Assert.Equal(answer, AnswerExtraction.StatedAnswer(text));

    [Fact]
    public void Real_solutions_of_GSM8K_are_graded_as_their_authors_marked_them()
    {
        var graded = 0;
        foreach (var row in Shared.ReadLines(Shared.Path("data/gsm8k/train.jsonl")).Take(1000))
        {
            var solution = row.GetProperty("answer").GetString()!;
            var answer = solution[(solution.LastIndexOf("####", StringComparison.Ordinal) + 4)..].Trim();
            Assert.Equal(AnswerCheck.Right, AnswerGrading.Grade(solution, answer).Check);
            graded++;
        }

        Assert.Equal(1000, graded);
    }
}
