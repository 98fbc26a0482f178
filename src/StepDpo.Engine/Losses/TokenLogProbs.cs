using StepDpo.Engine.Devices;
using StepDpo.Engine.Modeling;
using static TorchSharp.torch;

namespace StepDpo.Engine.Losses;

/// <summary>Log-probabilities of answers under a model, in fp32 (of a model in fp64: in fp64). Logits are computed only where an answer token is predicted.</summary>
public static class TokenLogProbs
{
    /// <summary>log p of every answer token given what stands before it: [answer tokens], row after row.</summary>
    public static Tensor Of(CausalLm model, AnswerBatch batch)
    {
        using var scope = NewDisposeScope();
        var hidden = model.Hidden(batch.Ids);
        var read = hidden.view(-1, hidden.shape[^1]).index_select(0, batch.Places);
        return Wide(model.Logits(read)).log_softmax(-1).gather(1, batch.Targets.unsqueeze(1)).squeeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>Logits in the type that softmax is taken in: fp32 at least.</summary>
    public static Tensor Wide(Tensor logits) => logits.dtype == ScalarType.Float64 ? logits : logits.to_type(ScalarType.Float32);

    /// <summary>
    /// Sums over each row's answer, in fp64: a whole solution's sum is some hundreds and a loss reads small differences of such
    /// sums. [answer tokens] -> [rows].
    /// </summary>
    public static Tensor SumByRow(Tensor tokenLogProbs, AnswerBatch batch)
    {
        using var scope = NewDisposeScope();
        var sums = zeros(batch.Rows, dtype: ScalarType.Float64, device: tokenLogProbs.device);
        return sums.index_add(0, batch.Owners, tokenLogProbs.to_type(ScalarType.Float64), Scalars.One).MoveToOuterDisposeScope();
    }
}
