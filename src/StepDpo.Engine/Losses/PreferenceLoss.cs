using static TorchSharp.torch;

namespace StepDpo.Engine.Losses;

/// <summary>What a preference loss gives for each pair.</summary>
/// <param name="Losses">[pairs], with gradients.</param>
/// <param name="ChosenRewards">beta * (log pi - log ref) of the winners, [pairs], without gradients.</param>
/// <param name="RejectedRewards">The same of the losers; the margin is their difference.</param>
public sealed record PreferenceLoss(Tensor Losses, Tensor ChosenRewards, Tensor RejectedRewards)
{
    // Called at the end of a formula's dispose scope, which the results leave.
    internal static PreferenceLoss Of(Tensor losses, Tensor chosenRewards, Tensor rejectedRewards) => new(
        losses.MoveToOuterDisposeScope(),
        chosenRewards.detach().MoveToOuterDisposeScope(),
        rejectedRewards.detach().MoveToOuterDisposeScope());
}
