using StepDpo.Engine.Devices;
using StepDpo.Engine.Examples;
using StepDpo.Engine.Modeling;
using static TorchSharp.torch;

namespace StepDpo.Engine.Scoring;

/// <summary>
/// The fast way to score answers, exact to rounding and held against <see cref="SequencePass"/>: the tokens that a pair's sides
/// share are read once (<see cref="AnswerTrees"/>), rows are packed without padding (<see cref="TreeAttention"/>), the last layer
/// and the head answer only where a token is scored, the head in chunks (<see cref="ChunkedLogProbs"/>); where memory asks for it
/// layers are computed again in the backward pass (<see cref="LayerSegments"/>). The gradient of the
/// embedding is added to the rows of the tokens that occur, not as a matrix over the vocabulary.
/// </summary>
public static class TreePass
{
    /// <summary>One forward pass; what it holds until <see cref="AnswerScores.Backward"/> lives in the caller's dispose scope.</summary>
    /// <param name="model">The thread's grad mode decides whether a graph is kept.</param>
    /// <param name="chosen">The winner of each row.</param>
    /// <param name="rejected">The losers, as many; null where there are none.</param>
    public static AnswerScores Of(CausalLm model, IReadOnlyList<AnswerTokens> chosen, IReadOnlyList<AnswerTokens>? rejected) =>
        With(new TreePassOptions())(model, chosen, rejected);

    /// <summary>The pass with some of its parts, for measurements.</summary>
    public static ScoringPass With(TreePassOptions options) => (model, chosen, rejected) => Of(model, chosen, rejected, options);

    private static AnswerScores Of(CausalLm model, IReadOnlyList<AnswerTokens> chosen, IReadOnlyList<AnswerTokens>? rejected, TreePassOptions options)
    {
        var trees = AnswerTrees.Of(chosen, rejected, options.SharePrefix);
        var ids = tensor([.. trees.Ids], device: model.Device);
        var embedding = model.EmbeddingWeight;
        var embedded = Embed(model, ids).requires_grad_(embedding.requires_grad && is_grad_enabled());
        var layers = new LayerSegments(model, embedded, model.PlanForTrees(trees.Trees, options.TrimLastLayer), options.SegmentLayers);
        var logProbs = new ChunkedLogProbs(model, layers.Hidden, trees, options);
        return new AnswerScores(logProbs.Sums, chosen.Count, gradient =>
        {
            layers.Backward(logProbs.Backward(gradient));
            if (embedded.grad is { } ofTokens) Gradients.Of(embedding).index_add_(0, ids, ofTokens.squeeze(0), Scalars.One);
        });
    }

    private static Tensor Embed(CausalLm model, Tensor ids)
    {
        using var noGrad = no_grad();
        return model.Embed(ids);
    }
}
