using StepDpo.Contracts.Runs;
using StepDpo.Engine.Devices;
using StepDpo.Engine.Losses;
using static TorchSharp.torch;

namespace StepDpo.Engine.Optimization;

/// <summary>
/// What a run minimises, put together from the formulas in <c>Losses</c>: SFT alone, or a preference loss and, where its weight is
/// not 0, SFT on the winners. It is a function of the answers' summed log-probabilities and of nothing else.
/// </summary>
internal sealed class Objective(TrainingOptions options)
{
    /// <summary>A micro-batch's share of the step's loss; the shares of a step's micro-batches add up to it.</summary>
    /// <param name="rows">The micro-batch.</param>
    /// <param name="policy">log pi of its answers, each [pairs] in fp64; no losers for SFT.</param>
    /// <param name="reference">log ref of the same; null for SFT.</param>
    /// <param name="step">Size of the whole step.</param>
    /// <param name="tally">Gets rewards and log-probabilities of the pairs.</param>
    /// <returns>A scalar in fp64.</returns>
    public Tensor ShareOf(
        IReadOnlyList<TrainingRow> rows, (Tensor Chosen, Tensor? Rejected) policy, (Tensor Chosen, Tensor Rejected)? reference, StepSize step, LossTally tally)
    {
        using var scope = NewDisposeScope();
        if (policy.Rejected is not { } rejected || reference is not { } frozen) return SftLoss.Of(policy.Chosen, step.ChosenTokens).MoveToOuterDisposeScope();
        var loss = Preference(rows, (policy.Chosen, rejected), frozen);
        tally.AddPairs(loss.ChosenRewards, loss.RejectedRewards, policy.Chosen.detach(), rejected.detach());
        var share = loss.Losses.sum() / Scalars.Of(step.Pairs);
        if (options.SftWeight > 0) share = share.add(SftLoss.Of(policy.Chosen, step.ChosenTokens), Scalars.Of(options.SftWeight));
        return share.MoveToOuterDisposeScope();
    }

    private PreferenceLoss Preference(IReadOnlyList<TrainingRow> rows, (Tensor Chosen, Tensor Rejected) policy, (Tensor Chosen, Tensor Rejected) reference) => options.Formula switch
    {
        PreferenceFormula.Sigmoid when options.Loss == LossKind.Dpo =>
            DpoLoss.Of(policy.Chosen, policy.Rejected, reference.Chosen, reference.Rejected, options.Beta, options.LabelSmoothing),
        PreferenceFormula.Sigmoid => StepDpoLoss.Of(policy.Chosen, policy.Rejected, reference.Chosen, reference.Rejected, options.Beta, options.LabelSmoothing),
        PreferenceFormula.Ipo => IpoLoss.OfAverages(
            policy.Chosen, policy.Rejected, reference.Chosen, reference.Rejected,
            TokensOf(rows.Select(row => row.Chosen), policy.Chosen.device), TokensOf(rows.Select(row => row.Rejected!), policy.Chosen.device), options.Beta),
        PreferenceFormula.IpoOfSums => IpoLoss.OfSums(policy.Chosen, policy.Rejected, reference.Chosen, reference.Rejected, options.Beta),
        PreferenceFormula.Hinge => HingeLoss.Of(policy.Chosen, policy.Rejected, reference.Chosen, reference.Rejected, options.Beta),
        _ => throw new InvalidOperationException($"{options.Formula} is an unknown formula"),
    };

    private static Tensor TokensOf(IEnumerable<Examples.AnswerTokens> answers, Device device) => tensor(answers.Select(answer => (double)answer.Answer.Count).ToArray(), device: device);
}

/// <summary>What means are taken over: of the whole optimiser step, so that micro-batches of any size add up to them.</summary>
/// <param name="Pairs">Its pairs.</param>
/// <param name="ChosenTokens">Tokens of their winners' answers.</param>
internal sealed record StepSize(int Pairs, long ChosenTokens)
{
    /// <summary>The size of a step over some rows.</summary>
    public static StepSize Of(IReadOnlyList<TrainingRow> rows, IReadOnlyList<int> batch) => new(batch.Count, batch.Sum(index => (long)rows[index].Chosen.Answer.Count));
}
