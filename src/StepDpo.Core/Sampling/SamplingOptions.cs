using StepDpo.Contracts;
using StepDpo.Core.Runs;

namespace StepDpo.Core.Sampling;

/// <summary>What a sampling run samples. Defaults are the paper's: 2 solutions a problem at temperature 0.8, top-p 0.95.</summary>
public sealed record SamplingOptions : IRunOptions
{
    /// <inheritdoc/>
    public static RunKind Kind => RunKind.Sampling;

    /// <summary>The problems, in the order in which they are sampled; fixed when the run is queued.</summary>
    public required IReadOnlyList<long> ProblemIds { get; init; }

    /// <summary>Solutions a problem.</summary>
    public int SamplesPerProblem { get; init; } = 2;

    /// <summary>Temperature.</summary>
    public double Temperature { get; init; } = 0.8;

    /// <summary>Nucleus: the smallest set of tokens with this probability.</summary>
    public double TopP { get; init; } = 0.95;

    /// <summary>Most tokens of a solution.</summary>
    public int MaxTokens { get; init; } = 2048;

    /// <summary>Seed of the draws: the same seed, model and problems give the same texts.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Problems a request. A request's texts are stored together, and depend on which problems are asked for together.</summary>
    public int ProblemsPerRequest { get; init; } = 8;

    /// <inheritdoc/>
    public IEnumerable<(string Field, Sentence Message)> Problems()
    {
        if (ProblemIds.Count is 0 or > 100_000) yield return (nameof(ProblemIds), $"A run samples 1 to 100,000 problems; found {ProblemIds.Count}.");
        if (SamplesPerProblem is < 1 or > 1000) yield return (nameof(SamplesPerProblem), $"Solutions per problem must be 1 to 1,000; found {SamplesPerProblem}.");
        foreach (var problem in TextLimits.Problems(Temperature, TopP, MaxTokens)) yield return problem;
        if (ProblemsPerRequest is < 1 or > 256) yield return (nameof(ProblemsPerRequest), $"Problems per request must be 1 to 256; found {ProblemsPerRequest}.");
    }
}

/// <summary>The limits that all runs which sample share.</summary>
internal static class TextLimits
{
    /// <summary>Says what is wrong with temperature, top-p or the number of tokens.</summary>
    public static IEnumerable<(string Field, Sentence Message)> Problems(double temperature, double topP, int maxTokens)
    {
        if (!(temperature >= 0 && temperature <= 5)) yield return ("Temperature", $"The temperature must lie within 0 and 5; found {temperature}.");
        if (!(topP > 0 && topP <= 1)) yield return ("TopP", $"Top-p must be above 0 and at most 1; found {topP}.");
        if (maxTokens is < 1 or > 131_072) yield return ("MaxTokens", $"The number of tokens must be 1 to 131,072; found {maxTokens}.");
    }
}
