using System.Text.Json.Serialization;

namespace StepDpo.Contracts.Completions;

/// <summary>Answer of <c>POST /v1/completions</c>.</summary>
public sealed record CompletionResponse
{
    /// <summary>Id of this answer.</summary>
    [JsonPropertyName("id")] public string Id { get; init; } = "";

    /// <summary>Always <c>text_completion</c>.</summary>
    [JsonPropertyName("object")] public string Object { get; init; } = "text_completion";

    /// <summary>Unix seconds.</summary>
    [JsonPropertyName("created")] public long Created { get; init; }

    /// <summary>Id of the model that answered; the caller checks it.</summary>
    [JsonPropertyName("model")] public required string Model { get; init; }

    /// <summary>Our server: the SHA-256 of the weights that answered; the caller checks it. Others: whatever they send.</summary>
    [JsonPropertyName("system_fingerprint"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? SystemFingerprint { get; init; }

    /// <summary>Flattened: index = prompt * n + sample.</summary>
    [JsonPropertyName("choices")] public required IReadOnlyList<CompletionChoice> Choices { get; init; }

    /// <summary>Tokens read and written.</summary>
    [JsonPropertyName("usage"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public CompletionUsage? Usage { get; init; }
}

/// <summary>One sampled text.</summary>
public sealed record CompletionChoice
{
    /// <summary>prompt * n + sample.</summary>
    [JsonPropertyName("index")] public int Index { get; init; }

    /// <summary>The new text (with <c>echo</c>: prompt and new text); without the stop text.</summary>
    [JsonPropertyName("text")] public required string Text { get; init; }

    /// <summary><c>stop</c> (end token or stop text) or <c>length</c>.</summary>
    [JsonPropertyName("finish_reason")] public string? FinishReason { get; init; }

    /// <summary>vLLM: the stop text that ended the choice; null when an end token did.</summary>
    [JsonPropertyName("stop_reason"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public object? StopReason { get; init; }

    /// <summary>Per-token log-probabilities, where asked for.</summary>
    [JsonPropertyName("logprobs"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public CompletionLogprobs? Logprobs { get; init; }
}

/// <summary>Log-probabilities of a choice's tokens, in natural logarithms, of the untempered distribution.</summary>
public sealed record CompletionLogprobs
{
    /// <summary>Each token's text.</summary>
    [JsonPropertyName("tokens")] public IReadOnlyList<string> Tokens { get; init; } = [];

    /// <summary>log p of each token given those before it; null for the very first of a text (nothing stands before it).</summary>
    [JsonPropertyName("token_logprobs")] public IReadOnlyList<double?> TokenLogprobs { get; init; } = [];

    /// <summary>Where each token begins in the text, in UTF-16 units.</summary>
    [JsonPropertyName("text_offset")] public IReadOnlyList<int> TextOffset { get; init; } = [];
}

/// <summary>Token counts of a request.</summary>
public sealed record CompletionUsage
{
    /// <summary>Tokens of the prompts, each counted once.</summary>
    [JsonPropertyName("prompt_tokens")] public int PromptTokens { get; init; }

    /// <summary>New tokens of all choices.</summary>
    [JsonPropertyName("completion_tokens")] public int CompletionTokens { get; init; }

    /// <summary>Their sum.</summary>
    [JsonPropertyName("total_tokens")] public int TotalTokens { get; init; }
}

/// <summary>Body of an error: <c>{"error": {"message", "type", "param"}}</c>.</summary>
/// <param name="Error">What went wrong.</param>
public sealed record CompletionError([property: JsonPropertyName("error")] CompletionErrorBody Error);

/// <summary>What went wrong, in OpenAI's words.</summary>
/// <param name="Message">Plain text that names the field and the number that was wrong.</param>
/// <param name="Type"><c>invalid_request_error</c> or <c>server_error</c>.</param>
/// <param name="Param">The field, where one is to blame.</param>
public sealed record CompletionErrorBody(
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("param"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Param = null);

/// <summary>Answer of <c>GET /v1/models</c>.</summary>
/// <param name="Data">One model: a serving process holds one.</param>
public sealed record ModelList([property: JsonPropertyName("data")] IReadOnlyList<ServedModel> Data);

/// <summary>A served model.</summary>
/// <param name="Id">Its id in requests.</param>
/// <param name="WeightsSha256">SHA-256 of its weights (ours; null from other servers).</param>
/// <param name="ContextLength">Largest number of tokens, prompt and new ones together (vLLM's <c>max_model_len</c>).</param>
public sealed record ServedModel(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("weights_sha256"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? WeightsSha256 = null,
    [property: JsonPropertyName("max_model_len"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? ContextLength = null);
