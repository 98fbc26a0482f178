using StepDpo.Engine.Devices;
using static TorchSharp.torch;

namespace StepDpo.Engine.Losses;

/// <summary>
/// The hinge on the margin of rewards (<c>hinge-norm</c> of Liu et al. 2023, "Statistical Rejection Sampling Improves Preference
/// Optimization", after SLiC of Zhao et al. 2023; TRL's <c>hinge</c>):
/// <code>
/// L = E[ max(0, 1 - beta * ( (log pi(win) - log ref(win)) - (log pi(lose) - log ref(lose)) )) ]
/// </code>
/// A pair whose margin has reached 1 gives no gradient. Log-probabilities are summed.
/// </summary>
public static class HingeLoss
{
    /// <summary>As <see cref="StepDpoLoss.Of"/>.</summary>
    public static PreferenceLoss Of(Tensor policyChosen, Tensor policyRejected, Tensor referenceChosen, Tensor referenceRejected, double beta)
    {
        using var scope = NewDisposeScope();
        var scale = Scalars.Of(beta);
        var chosenRewards = scale * (policyChosen - referenceChosen);
        var rejectedRewards = scale * (policyRejected - referenceRejected);
        return PreferenceLoss.Of(nn.functional.relu((chosenRewards - rejectedRewards).neg().add(Scalars.One, Scalars.One)), chosenRewards, rejectedRewards);
    }
}
