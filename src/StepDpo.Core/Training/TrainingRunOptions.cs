using StepDpo.Contracts;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Problems;
using StepDpo.Core.Runs;

namespace StepDpo.Core.Training;

/// <summary>What a training run is told beside its pairs, which are fixed in <see cref="TrainingInput"/> when it is queued.</summary>
public sealed record TrainingRunOptions : IRunOptions
{
    /// <inheritdoc/>
    public static RunKind Kind => RunKind.Training;

    /// <summary>What the worker computes.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>The evaluation that follows, or null.</summary>
    public FollowingEvaluation? EvaluateAfter { get; init; }

    /// <inheritdoc/>
    public IEnumerable<(string Field, Sentence Message)> Problems() => Training.Problems();
}

/// <summary>The evaluation that is queued when a training run has succeeded: the new model, greedy, over a split.</summary>
/// <param name="Split">The split.</param>
/// <param name="MaxTokens">Most tokens of a text.</param>
/// <param name="ProblemsPerRequest">Problems a request.</param>
public sealed record FollowingEvaluation(Split Split, int MaxTokens, int ProblemsPerRequest = 16);
