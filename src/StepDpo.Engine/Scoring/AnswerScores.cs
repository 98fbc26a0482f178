using static TorchSharp.torch;

namespace StepDpo.Engine.Scoring;

/// <summary>
/// Log-probabilities of the answers of some rows, summed over each answer's tokens, and the way back into the weights. A loss
/// reads the sums and never holds logits: it is a function of <see cref="Chosen"/> and <see cref="Rejected"/>, which are leaves
/// of its own small graph; <see cref="Backward"/> carries their gradients on through the model.
/// <code>dL/dw = sum over answers of dL/dsum * dsum/dw</code>
/// </summary>
public sealed class AnswerScores
{
    private readonly Action<Tensor> _backward;

    /// <param name="sums">Fp64 [winners, then losers], without a graph.</param>
    /// <param name="rows">Number of rows; the sums are as many, or twice as many where rows have losers.</param>
    /// <param name="backward">Adds dL/dw to the weights' gradients, given dL/dsums in fp64, shaped as the sums.</param>
    internal AnswerScores(Tensor sums, int rows, Action<Tensor> backward)
    {
        _backward = backward;
        Chosen = Leaf(sums.narrow(0, 0, rows));
        Rejected = sums.shape[0] > rows ? Leaf(sums.narrow(0, rows, rows)) : null;
    }

    /// <summary>log pi of the winners, fp64 [rows]; asks for a gradient unless none are computed.</summary>
    public Tensor Chosen { get; }

    /// <summary>log pi of the losers, the same; null where the rows have none.</summary>
    public Tensor? Rejected { get; }

    /// <summary>Carries the gradients that a loss's own backward pass has left in the sums on into the weights. Once only.</summary>
    public void Backward()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor Of(Tensor sums) => sums.grad ?? zeros_like(sums);
        _backward(Rejected is null ? Of(Chosen) : cat([Of(Chosen), Of(Rejected)]));
    }

    private static Tensor Leaf(Tensor sums) => sums.detach().clone().requires_grad_(is_grad_enabled());
}
