using StepDpo.Core.Annotations;
using StepDpo.Core.Grading;

namespace StepDpo.Core.Tests.Annotations;

public sealed class StopRuleTests
{
    private static readonly StopRule ProcessBench = new(First: 2, Agreeing: 3, Most: 5);

    [Theory]
    [InlineData("", 2)]
    [InlineData("2", 2)]
    [InlineData("2 2", 2)]           // all of the first agree
    [InlineData("2 3", 3)]
    [InlineData("2 3 2", 4)]         // two of three are not three
    [InlineData("2 3 2 2", 4)]
    [InlineData("2 3 2 3", 5)]
    [InlineData("2 3 2 3 1", 5)]     // nobody is left to ask
    [InlineData("1 2 3", 4)]
    [InlineData("1 2 3 4", 4)]       // three can no longer agree
    [InlineData("none none", 2)]
    [InlineData("unsure unsure", 2)]
    [InlineData("unsure 1", 3)]
    public void One_more_is_asked_until_three_agree_of_at_most_five(string judgements, int wanted) =>
        Assert.Equal(wanted, ProcessBench.Wanted(Judgements(judgements)));

    [Theory]
    [InlineData("2 3", 2)]
    [InlineData("2 3 3", 3)]
    public void Without_a_word_in_the_settings_nobody_more_than_N_is_asked(string judgements, int wanted) =>
        Assert.Equal(wanted, StopRule.Of(new() { JudgementsPerSolution = wanted }).Wanted(Judgements(judgements)));

    [Fact]
    public void Three_that_must_agree_also_among_the_first_is_N_of_three()
    {
        var rule = StopRule.Of(new() { JudgementsPerSolution = 3, AgreeingJudgements = 3, MostJudgements = 5 });
        Assert.Equal(3, rule.Wanted(Judgements("2 2")));
        Assert.Equal(4, rule.Wanted(Judgements("2 2 1")));
        Assert.Equal(4, rule.Wanted(Judgements("2 2 1 2")));
    }

    // The rule asks for no judgement that cannot matter, never for more than the most, and ends wherever a verdict is found.
    [Fact]
    public void Whatever_is_said_the_rule_ends_and_wants_no_judgement_in_vain()
    {
        var random = new Random(11);
        for (var round = 0; round < 2000; round++)
        {
            var first = random.Next(1, 5);
            var most = random.Next(first, 10);
            var rule = new StopRule(first, random.Next(1, most + 1), most);
            var said = new List<string>();
            while (rule.Wanted(Judgements(string.Join(' ', said))) is var wanted && wanted > said.Count)
            {
                Assert.True(said.Count < first || VerdictRule.Decide(Judgements(string.Join(' ', said)), rule.Agreeing) is null);
                Assert.True(wanted <= most && (said.Count < first || wanted == said.Count + 1));
                said.Add($"{random.Next(1, 4)}");
            }
            Assert.InRange(said.Count, first, most);
        }
    }

    private static FirstErrorAnnotation[] Judgements(string words) => [.. words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((word, index) => new FirstErrorAnnotation
    {
        Id = index + 1,
        AssignmentId = index,
        SolutionId = 1,
        AnnotatorId = Guid.NewGuid(),
        StepCount = 5,
        AnswerCheck = AnswerCheck.Wrong,
        Outcome = word switch { "none" => FirstErrorOutcome.NoError, "unsure" => FirstErrorOutcome.CannotJudge, _ => FirstErrorOutcome.FirstError },
        Step = char.IsDigit(word[0]) ? word[0] - '0' : null,
        RevisionId = 1,
        ClientKey = Guid.NewGuid(),
        CreatedAt = DateTimeOffset.UnixEpoch,
    })];
}
