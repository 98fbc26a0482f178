using System.Text.Json.Serialization;

namespace StepDpo.Engine.Sampling;

/// <summary>What a sampler does at the moment, and what became of its requests.</summary>
/// <param name="Running">Samples that grow.</param>
/// <param name="Waiting">Samples that wait for room.</param>
/// <param name="Answered">Requests for samples that were answered.</param>
/// <param name="Cancelled">Requests for samples that ended since nobody waited for them any more.</param>
/// <param name="Failed">Requests for samples that failed.</param>
public sealed record SamplerLoad(
    [property: JsonPropertyName("running")] int Running,
    [property: JsonPropertyName("waiting")] int Waiting,
    [property: JsonPropertyName("answered")] long Answered,
    [property: JsonPropertyName("cancelled")] long Cancelled,
    [property: JsonPropertyName("failed")] long Failed);
