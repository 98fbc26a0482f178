using StepDpo.Contracts.Runs;
using StepDpo.Engine.Examples;
using StepDpo.Engine.Optimization;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Optimization;

/// <summary>What <see cref="TrainingOptions"/> makes a step minimise, with sums worked by hand.</summary>
public sealed class ObjectiveTests
{
    // Log-ratios at these sums: winners 2 and 0.5, losers -2 and 0. Winners of 4 and 2 tokens, losers of 8 and 1.
    private static readonly double[] _chosen = [-10, -11.5];
    private static readonly double[] _rejected = [-20, -18];
    private static readonly double[] _referenceChosen = [-12, -12];
    private static readonly double[] _referenceRejected = [-18, -18];
    private static readonly TrainingRow[] _rows = [Row(1, 4, 8), Row(2, 2, 1)];

    [Theory]
    [InlineData(PreferenceFormula.Sigmoid, 0, 0, 0.35143372)] // (log(1 + e^-2) + log(1 + e^-0.25)) / 2
    [InlineData(PreferenceFormula.Sigmoid, 0.1, 0, 0.46393372)] // the same + 0.1 * (2 + 0.25) / 2
    [InlineData(PreferenceFormula.Hinge, 0, 0, 0.375)] // (0 + 0.75) / 2
    [InlineData(PreferenceFormula.IpoOfSums, 0, 0, 4.625)] // ((4 - 1)^2 + (0.5 - 1)^2) / 2
    [InlineData(PreferenceFormula.Ipo, 0, 0, 0.3125)] // ((0.75 - 1)^2 + (0.25 - 1)^2) / 2
    [InlineData(PreferenceFormula.Hinge, 0, 10, 0.375 + 10 * 21.5 / 6)] // and ten times the winners' mean cross-entropy
    public void Formula_smoothing_and_weight_of_the_SFT_term_are_obeyed(PreferenceFormula formula, double smoothing, double weight, double wanted)
    {
        using var scope = NewDisposeScope();
        var tally = new LossTally();
        var objective = new Objective(new TrainingOptions { Beta = 0.5, Formula = formula, LabelSmoothing = smoothing, SftWeight = weight });

        var share = objective.ShareOf(_rows, (tensor(_chosen), tensor(_rejected)), (tensor(_referenceChosen), tensor(_referenceRejected)), StepSize.Of(_rows, [0, 1]), tally);

        Assert.Equal(wanted, share.item<double>(), 6);
        Assert.Equal((-10.75, -19, 1.125, 1), (tally.ChosenLogProb, tally.RejectedLogProb, tally.Margin, tally.Accuracy));
    }

    [Theory]
    [InlineData(PreferenceFormula.Sigmoid)]
    [InlineData(PreferenceFormula.Ipo)]
    [InlineData(PreferenceFormula.IpoOfSums)]
    [InlineData(PreferenceFormula.Hinge)]
    public void Micro_batches_add_up_to_the_step(PreferenceFormula formula)
    {
        using var scope = NewDisposeScope();
        var objective = new Objective(new TrainingOptions { Formula = formula, SftWeight = 3 });
        var step = StepSize.Of(_rows, [0, 1]);
        double Share(Range range) => objective.ShareOf(
            _rows[range], (tensor(_chosen[range]), tensor(_rejected[range])), (tensor(_referenceChosen[range]), tensor(_referenceRejected[range])), step, new LossTally()).item<double>();

        Assert.Equal(Share(..), Share(..1) + Share(1..), 12);
    }

    [Fact]
    public void Sft_is_the_winners_mean_cross_entropy_and_needs_no_reference()
    {
        using var scope = NewDisposeScope();
        var tally = new LossTally();
        var share = new Objective(new TrainingOptions { Loss = LossKind.Sft }).ShareOf(_rows, (tensor(_chosen), null), null, StepSize.Of(_rows, [0, 1]), tally);
        Assert.Equal(21.5 / 6, share.item<double>(), 12);
        Assert.Null(tally.Margin);
    }

    private static TrainingRow Row(int line, int chosen, int rejected) => new(line, new AnswerTokens([1], new int[chosen]), new AnswerTokens([1], new int[rejected]));
}
