using StepDpo.Contracts;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Rectifications;

/// <summary>What a rectification run samples. Defaults are the paper's: 20 continuations a prefix at temperature 0.8, top-p 0.95.</summary>
public sealed record RectificationOptions : IRunOptions
{
    /// <inheritdoc/>
    public static RunKind Kind => RunKind.Rectification;

    /// <summary>The prefixes, in the order in which they are continued; fixed when the run is queued.</summary>
    public required IReadOnlyList<long> PrefixIds { get; init; }

    /// <summary>Continuations a prefix, at most.</summary>
    public int ContinuationsPerPrefix { get; init; } = 20;

    /// <summary>Continuations a request; between two requests of a prefix the candidates are counted.</summary>
    public int ContinuationsPerRequest { get; init; } = 20;

    /// <summary>Prefixes that are continued at the same time.</summary>
    public int PrefixesAtOnce { get; init; } = 8;

    /// <summary>No more is sampled from a prefix once so many candidates wait for review; null: always the whole number, as the paper does.</summary>
    public int? EnoughCandidates { get; init; }

    /// <summary>Temperature.</summary>
    public double Temperature { get; init; } = 0.8;

    /// <summary>Prefixes that are sampled at another temperature, because a reviewer named it; fixed when the run is queued.</summary>
    public IReadOnlyDictionary<long, double> OwnTemperatures { get; init; } = new Dictionary<long, double>();

    /// <summary>Nucleus: the smallest set of tokens with this probability.</summary>
    public double TopP { get; init; } = 0.95;

    /// <summary>Most tokens of a continuation.</summary>
    public int MaxTokens { get; init; } = 2048;

    /// <summary>Seed of the draws.</summary>
    public long Seed { get; init; } = 42;

    /// <inheritdoc/>
    public IEnumerable<(string Field, Sentence Message)> Problems()
    {
        if (PrefixIds.Count is 0 or > 100_000) yield return (nameof(PrefixIds), $"A run continues 1 to 100,000 prefixes; found {PrefixIds.Count}.");
        if (ContinuationsPerPrefix is < 1 or > 1000) yield return (nameof(ContinuationsPerPrefix), $"Continuations per prefix must be 1 to 1,000; found {ContinuationsPerPrefix}.");
        if (ContinuationsPerRequest < 1 || ContinuationsPerRequest > ContinuationsPerPrefix) yield return (nameof(ContinuationsPerRequest), $"Continuations per request must be 1 to {ContinuationsPerPrefix}; found {ContinuationsPerRequest}.");
        if (PrefixesAtOnce is < 1 or > 256) yield return (nameof(PrefixesAtOnce), $"Prefixes at once must be 1 to 256; found {PrefixesAtOnce}.");
        if (EnoughCandidates is < 1) yield return (nameof(EnoughCandidates), $"Enough candidates must be at least 1; found {EnoughCandidates}.");
        if (OwnTemperatures.Values.FirstOrDefault(t => !(t >= 0 && t <= 5)) is var wrong && wrong != 0) yield return (nameof(OwnTemperatures), $"A prefix's temperature must lie within 0 and 5; found {wrong}.");
        foreach (var problem in TextLimits.Problems(Temperature, TopP, MaxTokens)) yield return problem;
    }
}
