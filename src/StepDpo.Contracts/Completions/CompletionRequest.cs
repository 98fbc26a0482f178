using System.Text.Json.Serialization;

namespace StepDpo.Contracts.Completions;

/// <summary>
/// Body of <c>POST /v1/completions</c>, the OpenAI protocol as vLLM speaks it. Only fields that every server honours, and
/// vLLM's <c>add_special_tokens</c>: the prompt already holds the template, so nothing may be added.
/// </summary>
public sealed record CompletionRequest
{
    /// <summary>Id of the model, as <c>/v1/models</c> lists it.</summary>
    [JsonPropertyName("model")] public required string Model { get; init; }

    /// <summary>The texts to continue. A single string on the wire is read as a list of one.</summary>
    [JsonPropertyName("prompt"), JsonConverter(typeof(StringOrListConverter))] public required IReadOnlyList<string> Prompt { get; init; }

    /// <summary>Largest number of new tokens a choice; 0 only with <see cref="Echo"/>.</summary>
    [JsonPropertyName("max_tokens")] public int MaxTokens { get; init; } = 16;

    /// <summary>0 is greedy.</summary>
    [JsonPropertyName("temperature")] public double Temperature { get; init; } = 1;

    /// <summary>Nucleus: the smallest set of tokens whose mass reaches this.</summary>
    [JsonPropertyName("top_p")] public double TopP { get; init; } = 1;

    /// <summary>Choices a prompt; choices come flattened, index = prompt * n + sample.</summary>
    [JsonPropertyName("n")] public int N { get; init; } = 1;

    /// <summary>Seed of the draws; sample i of prompt p draws from (seed, p's place, i, position) and from nothing else.</summary>
    [JsonPropertyName("seed"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public long? Seed { get; init; }

    /// <summary>Texts that end a choice; they are cut off.</summary>
    [JsonPropertyName("stop"), JsonConverter(typeof(StringOrListConverter)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<string>? Stop { get; init; }

    /// <summary>Any number: log-probabilities of the tokens are returned.</summary>
    [JsonPropertyName("logprobs"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? Logprobs { get; init; }

    /// <summary>The prompt is part of the returned text and of its log-probabilities: with <c>max_tokens</c> 0 this scores a text.</summary>
    [JsonPropertyName("echo")] public bool Echo { get; init; }

    /// <summary>False: the prompt is tokenised as it stands.</summary>
    [JsonPropertyName("add_special_tokens")] public bool AddSpecialTokens { get; init; }

    /// <summary>True: the answer comes as server-sent events, a <see cref="CompletionResponse"/> of one choice's next text each, and then <c>[DONE]</c>.</summary>
    [JsonPropertyName("stream")] public bool Stream { get; init; }

    /// <summary>What a stream holds besides texts.</summary>
    [JsonPropertyName("stream_options"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public StreamOptions? StreamOptions { get; init; }

    /// <summary>Ours alone: each text depends on this request only, not on what is sampled beside it; slower (docs/decisions/0023).</summary>
    [JsonPropertyName("batch_invariant"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public bool BatchInvariant { get; init; }
}

/// <summary>What a stream holds besides texts.</summary>
/// <param name="IncludeUsage">A last event before <c>[DONE]</c> has no choices and counts the tokens.</param>
public sealed record StreamOptions([property: JsonPropertyName("include_usage")] bool IncludeUsage = false);
