using System.Globalization;
using System.Text.Json;
using StepDpo.Demo;

namespace StepDpo.EndToEnd.Tests.Demo;

public sealed class ArithmeticOracleTests
{
    // 57 + 23 = 80; 80 - 44 = 36; 36 * 2 = 72.
    private readonly ArithmeticOracle _oracle = new("Start with 57. Add 23. Subtract 44. Multiply by 2.");

    [Fact]
    public void The_answer_is_worked_out_from_the_problem()
    {
        Assert.Equal(72, _oracle.Answer);
        Assert.Equal(3, _oracle.StepCount);
    }

    [Theory]
    [InlineData(1, " Now 57 plus 23 gives 80.", true)]
    [InlineData(1, " 57 + 23 = 70.", false)]
    [InlineData(1, " 57 - 23 = 80.", false)]
    [InlineData(1, " 23 + 57 = 80.", false)]
    [InlineData(1, "57 + 23 = 80.", false)]
    [InlineData(1, " 57 + 23 = 80.\nThe answer is 80.", false)]
    [InlineData(2, " We take 80 minus 44 equals 36.", true)]
    [InlineData(3, " 36 times 2 is 72.\nThe answer is 72.", true)]
    [InlineData(3, " 36 times 2 is 72.\nThe answer is 70.", false)]
    [InlineData(3, " 36 times 2 is 72.", false)]
    [InlineData(4, " 72 + 1 = 73.", false)]
    [InlineData(1, " 57 + 23 = 99999999999999999999.", false)]
    public void A_step_is_judged_by_its_numbers_and_its_place(int k, string text, bool right) =>
        Assert.Equal(right, _oracle.IsRight(k, text));

    [Fact]
    public void The_first_error_is_the_first_step_that_is_not_right_and_later_ones_do_not_matter()
    {
        Assert.Equal(2, _oracle.FirstError([" 57 + 23 = 80.", " 80 - 44 = 26.", " 26 * 2 = 52.\nThe answer is 52."]));
        Assert.Null(_oracle.FirstError([" 57 + 23 = 80.", " 80 - 44 = 36.", " 36 * 2 = 72.\nThe answer is 72."]));
    }

    [Theory]
    [InlineData("problems-pool.jsonl", 1500)]
    [InlineData("problems-heldout.jsonl", 1000)]
    public void Every_problem_that_ships_has_the_answer_that_its_file_says(string file, int count)
    {
        var rows = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "nano-arithmetic", file))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToList();

        Assert.Equal(count, rows.Count);
        Assert.All(rows, row => Assert.Equal(
            row.GetProperty("answer").GetString(),
            new ArithmeticOracle(row.GetProperty("problem").GetString()!).Answer.ToString(CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void A_text_that_is_no_problem_is_refused() =>
        Assert.Throws<ArgumentException>(() => new ArithmeticOracle("How many apples?"));
}
