using StepDpo.Engine.Losses;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Losses;

public sealed class LossTests
{
    [Fact]
    public void A_policy_equal_to_its_reference_loses_log_2_and_has_no_rewards()
    {
        using var scope = NewDisposeScope();
        var (chosen, rejected) = (tensor(new[] { -3f, -50f }), tensor(new[] { -4f, -20f }));

        var loss = StepDpoLoss.Of(chosen, rejected, chosen, rejected, beta: 0.5);

        Assert.Equal([(float)Math.Log(2), (float)Math.Log(2)], loss.Losses.data<float>().ToArray());
        Assert.Equal([0f, 0f], loss.ChosenRewards.data<float>().ToArray());
        Assert.Equal([0f, 0f], loss.RejectedRewards.data<float>().ToArray());
    }

    [Fact]
    public void Numbers_worked_by_hand()
    {
        using var scope = NewDisposeScope();

        // Winner: log pi - log ref = -10 - -12 = 2, reward 1. Loser: -20 - -18 = -2, reward -1. Margin 2:
        // -log sigmoid(2) = log(1 + e^-2) = 0.126928.
        var loss = StepDpoLoss.Of(tensor(-10f), tensor(-20f), tensor(-12f), tensor(-18f), beta: 0.5);

        Assert.Equal(0.126928, loss.Losses.item<float>(), 6);
        Assert.Equal(1, loss.ChosenRewards.item<float>(), 6);
        Assert.Equal(-1, loss.RejectedRewards.item<float>(), 6);
    }

    [Fact]
    public void The_gradient_pulls_the_winner_up_and_the_loser_down_by_beta_times_the_doubt()
    {
        using var scope = NewDisposeScope();
        var (chosen, rejected) = (tensor(-10f, requires_grad: true), tensor(-20f, requires_grad: true));

        StepDpoLoss.Of(chosen, rejected, tensor(-12f), tensor(-18f), beta: 0.5).Losses.backward();

        // dL/dlog pi(win) = -beta * sigmoid(-margin) = -0.5 * 0.119203.
        Assert.Equal(-0.0596015, chosen.grad!.item<float>(), 1e-6);
        Assert.Equal(0.0596015, rejected.grad!.item<float>(), 1e-6);
    }

    [Fact]
    public void A_hopeless_margin_gives_a_finite_loss()
    {
        using var scope = NewDisposeScope();
        var loss = StepDpoLoss.Of(tensor(-1e5f), tensor(-1f), tensor(-1f), tensor(-1e5f), beta: 1);
        Assert.Equal(199998, loss.Losses.item<float>(), 0.1);
    }

    [Fact]
    public void Dpo_on_solutions_is_the_same_formula()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0.126928, DpoLoss.Of(tensor(-10f), tensor(-20f), tensor(-12f), tensor(-18f), beta: 0.5).Losses.item<float>(), 6);
    }

    [Fact]
    public void Label_smoothing_costs_a_share_of_the_exchanged_pair()
    {
        using var scope = NewDisposeScope();

        // Margin 2: 0.9 * 0.126928 + 0.1 * 2.126928 = 0.326928.
        Assert.Equal(0.326928, StepDpoLoss.Of(tensor(-10f), tensor(-20f), tensor(-12f), tensor(-18f), beta: 0.5, labelSmoothing: 0.1).Losses.item<float>(), 6);
    }

    [Fact]
    public void A_hinge_costs_what_the_margin_lacks_to_1_and_nothing_beyond()
    {
        using var scope = NewDisposeScope();
        var chosen = tensor(new[] { -10.0, -11.5 }, requires_grad: true);

        // Margins at beta 0.5: 2, and (-11.5 + 12 + 0) / 2 = 0.25.
        var loss = HingeLoss.Of(chosen, tensor(new[] { -20.0, -18 }), tensor(new[] { -12.0, -12 }), tensor(new[] { -18.0, -18 }), beta: 0.5);
        loss.Losses.sum().backward();

        Assert.Equal([0, 0.75], loss.Losses.data<double>().ToArray());
        Assert.Equal([0, -0.5], chosen.grad!.data<double>().ToArray());
    }

    [Fact]
    public void Ipo_pulls_the_log_ratio_to_half_the_inverse_of_beta_from_either_side()
    {
        using var scope = NewDisposeScope();
        var (ten, twenty, twelve, eighteen) = (tensor(-10.0), tensor(-20.0), tensor(-12.0), tensor(-18.0));

        // Sums: h = 2 + 2 = 4, and 1 / (2 * 0.1) = 5: 1. Averages over 4 and 8 tokens: h = 0.5 + 0.25: (0.75 - 5)^2.
        Assert.Equal(1, IpoLoss.OfSums(ten, twenty, twelve, eighteen, beta: 0.1).Losses.item<double>(), 12);
        Assert.Equal(4.25 * 4.25, IpoLoss.OfAverages(ten, twenty, twelve, eighteen, tensor(4.0), tensor(8.0), beta: 0.1).Losses.item<double>(), 12);
        Assert.Equal(0, IpoLoss.OfSums(ten, twenty, twelve, eighteen, beta: 0.125).Losses.item<double>(), 12);
        Assert.Equal(0.2, IpoLoss.OfSums(ten, twenty, twelve, eighteen, beta: 0.1).ChosenRewards.item<double>(), 12);
    }

    [Fact]
    public void The_shares_of_a_steps_micro_batches_add_up_to_its_mean_over_tokens()
    {
        using var scope = NewDisposeScope();

        // Three tokens and one token: (1 + 2 + 3 + 6) / 4 = 3, not the mean of the means 2 and 6.
        var first = SftLoss.Of(tensor(new[] { -1f, -2f, -3f }), tokensOfStep: 4);
        var second = SftLoss.Of(tensor(new[] { -6f }), tokensOfStep: 4);

        Assert.Equal(3, first.item<float>() + second.item<float>(), 6);
    }
}
