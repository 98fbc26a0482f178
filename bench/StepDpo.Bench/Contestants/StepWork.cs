using StepDpo.Engine.Modeling;
using StepDpo.Engine.Optimization;

namespace StepDpo.Bench.Contestants;

/// <summary>
/// The floating-point operations of a step that DPO needs when a pair's prefix is read once and logits are computed at the step's
/// places alone: what the share of a device's peak (MFU) is reckoned from, whoever computes more. Forward 2 a weight and token,
/// backward 4; attention likewise over the pairs of positions that see each other.
/// </summary>
internal static class StepWork
{
    /// <summary>Operations of a step over some rows.</summary>
    public static double Of(ModelConfig config, IEnumerable<TrainingRow> rows)
    {
        double heads = config.Heads * config.HeadDim, keys = config.KeyValueHeads * config.HeadDim;
        var weights = config.Layers * config.HiddenSize * ((2 * heads) + (2 * keys) + (3.0 * config.IntermediateSize));
        return rows.Sum(row =>
        {
            double prefix = row.Chosen.Prompt.Count, chosen = row.Chosen.Answer.Count, rejected = row.Rejected!.Answer.Count;
            var seen = (prefix * (prefix + 1) / 2) + Branch(prefix, chosen) + Branch(prefix, rejected);
            return 3 * ((2 * weights * (prefix + chosen + rejected)) + (4 * heads * config.Layers * seen) + (2.0 * config.HiddenSize * config.VocabularySize * (chosen + rejected)));
        });
    }

    private static double Branch(double prefix, double answer) => (answer * prefix) + (answer * (answer + 1) / 2);
}
