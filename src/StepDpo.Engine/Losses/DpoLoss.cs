using static TorchSharp.torch;

namespace StepDpo.Engine.Losses;

/// <summary>
/// DPO on whole solutions (Rafailov et al. 2023, equation 7), the paper's baseline. With the problem x as the prompt and whole
/// solutions y_win and y_lose it is Step-DPO's formula word for word:
/// <code>
/// L = -E[ log sigmoid( beta * ( (log pi(y_win|x) - log ref(y_win|x)) - (log pi(y_lose|x) - log ref(y_lose|x)) ) ) ]
/// </code>
/// What differs is which tokens the log-probabilities are summed over.
/// </summary>
public static class DpoLoss
{
    /// <summary>As <see cref="StepDpoLoss.Of"/>, with solutions in place of steps.</summary>
    public static PreferenceLoss Of(Tensor policyChosen, Tensor policyRejected, Tensor referenceChosen, Tensor referenceRejected, double beta, double labelSmoothing = 0) =>
        StepDpoLoss.Of(policyChosen, policyRejected, referenceChosen, referenceRejected, beta, labelSmoothing);
}
