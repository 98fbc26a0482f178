using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Scoring;
using StepDpo.Engine.Tests.Losses;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Scoring;

/// <summary>What a run does before its first step.</summary>
public sealed class PassCheckTests
{
    [Fact]
    public void The_fast_pass_holds_and_the_difference_is_told()
    {
        var check = Check(TreePass.Of);

        Assert.True(check.Holds, check.Sentence);
        Assert.NotNull(check.Gradient);
        Assert.Contains("gradients by", check.Sentence);
    }

    [Fact]
    public void A_pass_that_takes_winners_for_losers_does_not_hold() =>
        Assert.False(Check((model, chosen, rejected) => TreePass.Of(model, rejected!, chosen)).Holds);

    [Fact]
    public void A_pass_with_right_sums_and_wrong_gradients_does_not_hold()
    {
        var check = Check((model, chosen, rejected) =>
        {
            var scores = TreePass.Of(model, chosen, rejected);
            return new AnswerScores(cat([scores.Chosen.detach(), scores.Rejected!.detach()]), chosen.Count, _ => { });
        });

        Assert.Equal(0, check.LogProbs, 1e-5);
        Assert.False(check.Holds);
    }

    private static PassCheck Check(ScoringPass pass)
    {
        using var model = HuggingFaceFolder.Load(Shared.Golden("models/tiny-qwen2-policy"));
        model.SetTrainable(true);
        return PassCheck.Of(model, [.. model.NamedParameters().Select(item => item.Parameter)], GoldenPairs.Sequences("step", "chosen"), GoldenPairs.Sequences("step", "rejected"), pass);
    }
}
