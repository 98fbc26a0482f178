using StepDpo.Engine.Devices;
using static TorchSharp.torch;

namespace StepDpo.Engine.Losses;

/// <summary>
/// Step-DPO (Lai et al. 2024, equation 2). For a problem x, correct steps s_1..k-1, the winning step s_win and the losing step
/// s_lose, with the policy pi and the frozen reference ref:
/// <code>
/// L = -E[ log sigmoid( beta * ( (log pi(s_win|x,s_&lt;k) - log ref(s_win|x,s_&lt;k)) - (log pi(s_lose|x,s_&lt;k) - log ref(s_lose|x,s_&lt;k)) ) ) ]
/// </code>
/// Log-probabilities are summed over the step's tokens, not averaged.
/// <para>
/// With label smoothing e, the share of pairs taken to have winner and loser exchanged (conservative DPO; Mitchell 2023, "A note on
/// DPO with noisy preferences"), m being the margin within the sigmoid:
/// <code>
/// L = -E[ (1 - e) log sigmoid(m) + e log sigmoid(-m) ]
/// </code>
/// </para>
/// </summary>
public static class StepDpoLoss
{
    /// <summary>The loss of each pair; the caller takes the mean. All tensors are [pairs].</summary>
    /// <param name="policyChosen">log pi of the winning steps.</param>
    /// <param name="policyRejected">log pi of the losing steps.</param>
    /// <param name="referenceChosen">log ref of the winning steps; no gradient flows into it.</param>
    /// <param name="referenceRejected">log ref of the losing steps.</param>
    /// <param name="beta">Strength of the pull to the reference.</param>
    /// <param name="labelSmoothing">e; 0 gives the paper's loss.</param>
    public static PreferenceLoss Of(Tensor policyChosen, Tensor policyRejected, Tensor referenceChosen, Tensor referenceRejected, double beta, double labelSmoothing = 0)
    {
        using var scope = NewDisposeScope();
        var scale = Scalars.Of(beta);
        var chosenRewards = scale * (policyChosen - referenceChosen);
        var rejectedRewards = scale * (policyRejected - referenceRejected);
        return PreferenceLoss.Of(Losses(chosenRewards - rejectedRewards, labelSmoothing), chosenRewards, rejectedRewards);
    }

    private static Tensor Losses(Tensor margins, double labelSmoothing) => labelSmoothing == 0
        ? -nn.functional.logsigmoid(margins)
        : Scalars.Of(-(1 - labelSmoothing)) * nn.functional.logsigmoid(margins) - Scalars.Of(labelSmoothing) * nn.functional.logsigmoid(-margins);
}
