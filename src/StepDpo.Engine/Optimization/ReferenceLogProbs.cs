using StepDpo.Engine.Modeling;
using StepDpo.Engine.Scoring;
using static TorchSharp.torch;

namespace StepDpo.Engine.Optimization;

/// <summary>
/// Summed log-probabilities of the pairs under the frozen reference model. They never change, so they are computed once, from
/// the model that the run starts from.
/// </summary>
/// <param name="Chosen">log ref of each row's winner, in the rows' order.</param>
/// <param name="Rejected">The same of the losers.</param>
public sealed record ReferenceLogProbs(double[] Chosen, double[] Rejected)
{
    /// <summary>Scores all pairs; null when asked to stop.</summary>
    /// <param name="model">The reference model.</param>
    /// <param name="rows">Pairs, each with a loser.</param>
    /// <param name="microBatch">Pairs a forward pass.</param>
    /// <param name="stopRequested">Asked before each forward pass.</param>
    /// <param name="pass">How answers are scored; null: the fast way, <see cref="TreePass"/>.</param>
    public static ReferenceLogProbs? Of(CausalLm model, IReadOnlyList<TrainingRow> rows, int microBatch, Func<bool> stopRequested, ScoringPass? pass = null)
    {
        using var noGrad = no_grad();
        var found = new ReferenceLogProbs(new double[rows.Count], new double[rows.Count]);
        foreach (var micro in Enumerable.Range(0, rows.Count).OrderBy(index => rows[index].Length).Chunk(microBatch))
        {
            if (stopRequested()) return null;
            using var scope = NewDisposeScope();
            var scores = (pass ?? TreePass.Of)(model, [.. micro.Select(index => rows[index].Chosen)], [.. micro.Select(index => rows[index].Rejected!)]);
            var (chosen, rejected) = (scores.Chosen.cpu().data<double>(), scores.Rejected!.cpu().data<double>());
            for (var i = 0; i < micro.Length; i++) (found.Chosen[micro[i]], found.Rejected[micro[i]]) = (chosen[i], rejected[i]);
        }

        return found;
    }

    /// <summary>The values of some rows, by their indices, as tensors [rows] in fp64.</summary>
    public (Tensor Chosen, Tensor Rejected) At(IReadOnlyList<int> indices, Device device) =>
        (tensor(indices.Select(index => Chosen[index]).ToArray(), device: device), tensor(indices.Select(index => Rejected[index]).ToArray(), device: device));
}
