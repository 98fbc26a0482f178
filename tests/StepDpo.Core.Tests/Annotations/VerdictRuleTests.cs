using StepDpo.Core.Annotations;
using StepDpo.Core.Grading;

namespace StepDpo.Core.Tests.Annotations;

public class VerdictRuleTests
{
    [Theory]
    [InlineData("2", "2", VerdictProvenance.Single)]
    [InlineData("2 2", "2", VerdictProvenance.Agreed)]
    [InlineData("2 3 2", "2", VerdictProvenance.Majority)]
    [InlineData("none none 1", "none", VerdictProvenance.Majority)]
    public void More_than_half_of_the_judgements_make_the_verdict(string judgements, string verdict, VerdictProvenance provenance)
    {
        var decision = VerdictRule.Decide(Judgements(judgements));

        Assert.NotNull(decision);
        Assert.Equal(verdict, decision.Step?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none");
        Assert.Equal(provenance, decision.Provenance);
    }

    [Theory]
    [InlineData("2 3")]
    [InlineData("1 2 3")]
    [InlineData("2 2 3 3")]
    [InlineData("unsure")]
    [InlineData("unsure unsure 1")]
    public void Without_more_than_half_or_where_it_cannot_be_judged_a_reviewer_decides(string judgements) =>
        Assert.Null(VerdictRule.Decide(Judgements(judgements)));

    [Theory]
    [InlineData("2 2~", StepGrade.Incorrect)]
    [InlineData("2~ 2~ 2", StepGrade.Neutral)]
    [InlineData("2~", StepGrade.Neutral)]
    public void Half_of_the_voices_for_incorrect_make_the_step_incorrect(string judgements, StepGrade grade) =>
        Assert.Equal(grade, VerdictRule.Decide(Judgements(judgements))!.Grade);

    // "2" = step 2 is incorrect, "2~" = step 2 is neutral, "none" = no error, "unsure" = cannot judge.
    private static FirstErrorAnnotation[] Judgements(string words) => [.. words.Split(' ').Select((word, index) => new FirstErrorAnnotation
    {
        Id = index + 1,
        AssignmentId = index,
        SolutionId = 1,
        AnnotatorId = Guid.NewGuid(),
        StepCount = 5,
        AnswerCheck = AnswerCheck.Wrong,
        Outcome = word switch { "none" => FirstErrorOutcome.NoError, "unsure" => FirstErrorOutcome.CannotJudge, _ => FirstErrorOutcome.FirstError },
        Step = char.IsDigit(word[0]) ? word[0] - '0' : null,
        Grade = !char.IsDigit(word[0]) ? null : word.EndsWith('~') ? StepGrade.Neutral : StepGrade.Incorrect,
        Reason = word == "unsure" ? FirstErrorReason.Unsure : null,
        RevisionId = 1,
        ClientKey = Guid.NewGuid(),
        CreatedAt = DateTimeOffset.UnixEpoch,
    })];
}
