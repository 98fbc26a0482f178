using StepDpo.Engine.Devices;
using static TorchSharp.torch;

namespace StepDpo.Engine.Losses;

/// <summary>
/// Supervised fine-tuning: cross-entropy over the tokens of the completions, the prompt's tokens left out.
/// <code>L = - sum_t log pi(y_t | x, y_&lt;t) / T</code>
/// T counts the completion tokens of the whole optimiser step, not of a micro-batch: however a step is cut, its gradient is the same.
/// </summary>
public static class SftLoss
{
    /// <summary>A micro-batch's share of the step's loss; the shares of a step's micro-batches add up to it.</summary>
    /// <param name="logProbs">log pi of the completion tokens, [tokens], or of whole completions, [rows].</param>
    /// <param name="tokensOfStep">Completion tokens of the whole optimiser step.</param>
    /// <returns>A scalar.</returns>
    public static Tensor Of(Tensor logProbs, long tokensOfStep)
    {
        using var scope = NewDisposeScope();
        return (-logProbs.sum() / Scalars.Of((double)tokensOfStep)).MoveToOuterDisposeScope();
    }
}
