using StepDpo.Engine.Examples;
using StepDpo.Engine.Losses;
using StepDpo.Engine.Modeling;

namespace StepDpo.Engine.Scoring;

/// <summary>
/// The plain way to score answers: every winner and every loser is a sequence of its own, padded to the longest, prompt and all.
/// Slow and plain to see: what faster ways are held against.
/// </summary>
public static class SequencePass
{
    /// <summary>One forward pass; what it holds until <see cref="AnswerScores.Backward"/> lives in the caller's dispose scope.</summary>
    /// <param name="model">Its grad mode decides whether a graph is kept.</param>
    /// <param name="chosen">The winner of each row.</param>
    /// <param name="rejected">The losers, as many; null where there are none.</param>
    public static AnswerScores Of(CausalLm model, IReadOnlyList<AnswerTokens> chosen, IReadOnlyList<AnswerTokens>? rejected)
    {
        var batch = AnswerBatch.Of([.. chosen, .. rejected ?? []], model.Device);
        var sums = TokenLogProbs.SumByRow(TokenLogProbs.Of(model, batch), batch);
        return new AnswerScores(sums, chosen.Count, gradient => sums.backward([gradient]));
    }
}
