using StepDpo.Engine.Devices;
using static TorchSharp.torch;

namespace StepDpo.Engine.Losses;

/// <summary>
/// IPO (Azar et al. 2023, equation 17), in which beta stands where the paper has tau:
/// <code>
/// L = E[ ( h - 1 / (2 beta) )^2 ],   h = (log pi(win) - log ref(win)) - (log pi(lose) - log ref(lose))
/// </code>
/// The paper's log-probabilities are sums over the tokens. TRL divides each side's log-ratio by its number of tokens, on the
/// authors' advice (its loss <c>ipo</c>): the same distance from the reference is then asked of short and of long answers. Both are here.
/// </summary>
public static class IpoLoss
{
    /// <summary>With averages over tokens, as TRL. The rewards stay those of the sums.</summary>
    /// <param name="policyChosen">Summed log pi of the winners, [pairs]; the next three likewise.</param>
    /// <param name="policyRejected">log pi of the losers.</param>
    /// <param name="referenceChosen">log ref of the winners.</param>
    /// <param name="referenceRejected">log ref of the losers.</param>
    /// <param name="chosenTokens">Number of tokens of each winner, [pairs].</param>
    /// <param name="rejectedTokens">The same of the losers.</param>
    /// <param name="beta">Half the inverse of the margin h that is aimed at.</param>
    public static PreferenceLoss OfAverages(
        Tensor policyChosen, Tensor policyRejected, Tensor referenceChosen, Tensor referenceRejected, Tensor chosenTokens, Tensor rejectedTokens, double beta)
    {
        using var scope = NewDisposeScope();
        var (chosenRatios, rejectedRatios) = (policyChosen - referenceChosen, policyRejected - referenceRejected);
        var h = chosenRatios / chosenTokens - rejectedRatios / rejectedTokens;
        var missed = h - Scalars.Of(1 / (2 * beta));
        var scale = Scalars.Of(beta);
        return PreferenceLoss.Of(missed * missed, scale * chosenRatios, scale * rejectedRatios);
    }

    /// <summary>With sums, as the paper: every answer counts as one token.</summary>
    public static PreferenceLoss OfSums(Tensor policyChosen, Tensor policyRejected, Tensor referenceChosen, Tensor referenceRejected, double beta)
    {
        using var one = ones_like(policyChosen, requires_grad: false);
        return OfAverages(policyChosen, policyRejected, referenceChosen, referenceRejected, one, one, beta);
    }
}
