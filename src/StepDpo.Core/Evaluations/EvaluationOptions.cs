using StepDpo.Contracts;
using StepDpo.Core.Problems;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Evaluations;

/// <summary>What an evaluation measures: one text a problem of a split, greedy by default as in the paper.</summary>
public sealed record EvaluationOptions : IRunOptions
{
    /// <inheritdoc/>
    public static RunKind Kind => RunKind.Evaluation;

    /// <summary>The split; choices between checkpoints use Validation, reports use Test.</summary>
    public Split Split { get; init; } = Split.Test;

    /// <summary>The problems, in the order in which they are asked; fixed when the run is queued, so that two evaluations compare.</summary>
    public required IReadOnlyList<long> ProblemIds { get; init; }

    /// <summary>Temperature; 0 is greedy.</summary>
    public double Temperature { get; init; }

    /// <summary>Nucleus; without effect when greedy.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Most tokens of a text.</summary>
    public int MaxTokens { get; init; } = 2048;

    /// <summary>Seed of the draws, where there are any.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Problems a request.</summary>
    public int ProblemsPerRequest { get; init; } = 16;

    /// <inheritdoc/>
    public IEnumerable<(string Field, Sentence Message)> Problems()
    {
        if (ProblemIds.Count is 0 or > 100_000) yield return (nameof(ProblemIds), $"An evaluation asks 1 to 100,000 problems; found {ProblemIds.Count}.");
        foreach (var problem in TextLimits.Problems(Temperature, TopP, MaxTokens)) yield return problem;
        if (ProblemsPerRequest is < 1 or > 256) yield return (nameof(ProblemsPerRequest), $"Problems per request must be 1 to 256; found {ProblemsPerRequest}.");
    }
}
