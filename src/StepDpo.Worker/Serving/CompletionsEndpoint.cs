using System.Text.Json;
using StepDpo.Contracts.Completions;
using StepDpo.Engine.Sampling;
using StepDpo.Engine.Tokenization;

namespace StepDpo.Worker.Serving;

/// <summary>The model that is served.</summary>
internal sealed record ServedWeights(string Id, string Sha256, int ContextLength);

/// <summary><c>POST /v1/completions</c>, <c>GET /v1/models</c> and <c>GET /load</c>.</summary>
internal sealed class CompletionsEndpoint(ServedWeights served, Tokenizer tokenizer, Sampler sampler)
{
    /// <summary>The model's id.</summary>
    public string Id => served.Id;

    /// <summary>What the sampler does at the moment.</summary>
    public SamplerLoad Load => sampler.Load;

    /// <summary>The one model there is.</summary>
    public ModelList Models { get; } = new([new ServedModel(served.Id, served.Sha256, served.ContextLength)]);

    /// <summary>Continues or scores texts. A client that goes away ends its request.</summary>
    public async Task<IResult> CompleteAsync(HttpContext context, IHostApplicationLifetime lifetime)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            var request = await JsonSerializer.DeserializeAsync<CompletionRequest>(context.Request.Body, JsonSerializerOptions.Default, cancel.Token)
                ?? throw new RequestRefusal(null, "The body must be an object; found null.");
            if (request.Model != served.Id)
                return Refusal(StatusCodes.Status404NotFound, $"model: found {request.Model}; this server serves {served.Id}.", "model");
            RequestRules.Check(request);
            var prompts = request.Prompt.Select(prompt => tokenizer.Encode(prompt, SpecialText.IsToken, request.AddSpecialTokens)).ToArray();
            RequestRules.CheckLengths(prompts, request.MaxTokens, served.ContextLength, sampler.MostTokens);
            if (request.Stream) return Results.ServerSentEvents(new CompletionStream(request, prompts, Head, tokenizer, sampler).EventsAsync(lifetime.ApplicationStopping, context.RequestAborted));
            return Results.Json(await AnswerAsync(request, prompts, cancel.Token));
        }
        catch (RequestRefusal refusal)
        {
            return Refusal(StatusCodes.Status400BadRequest, refusal.Message, refusal.Field);
        }
        catch (JsonException e)
        {
            return Refusal(StatusCodes.Status400BadRequest, $"The body is not what the protocol says: {e.Message}", e.Path is { Length: > 2 } path ? path[2..] : null);
        }
        catch (OperationCanceledException)
        {
            return Failure(StatusCodes.Status503ServiceUnavailable, "The server is stopping.");
        }
        catch (Exception e) when (e is not BadHttpRequestException)
        {
            await Console.Error.WriteLineAsync(e.ToString());
            return Failure(StatusCodes.Status500InternalServerError, e.Message);
        }
    }

    private async Task<CompletionResponse> AnswerAsync(CompletionRequest request, int[][] prompts, CancellationToken cancellation)
    {
        var samples = request.MaxTokens > 0 ? await sampler.SampleAsync(SamplingOf(request, prompts, tokenizer), cancellation) : null;
        var scores = request is { Echo: true, Logprobs: not null } ? await sampler.ScoreAsync(prompts, cancellation) : null;
        var choices = Enumerable.Range(0, prompts.Length * request.N)
            .Select(index => Choice(request, index, prompts[index / request.N], scores?[index / request.N], samples?[index])).ToList();
        return Head with { Choices = choices, Usage = Count(prompts, samples?.Sum(sample => sample.TokensDrawn) ?? 0) };
    }

    /// <summary>An answer without texts.</summary>
    private CompletionResponse Head => new()
    {
        Id = $"cmpl-{Guid.NewGuid():n}",
        Created = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
        Model = served.Id,
        SystemFingerprint = served.Sha256,
        Choices = [],
    };

    /// <summary>The tokens of an answer.</summary>
    internal static CompletionUsage Count(int[][] prompts, int written)
    {
        var read = prompts.Sum(prompt => prompt.Length);
        return new CompletionUsage { PromptTokens = read, CompletionTokens = written, TotalTokens = read + written };
    }

    /// <summary>What the sampler is to do.</summary>
    internal static SamplingRequest SamplingOf(CompletionRequest request, int[][] prompts, Tokenizer tokenizer) => new()
    {
        Prompts = prompts,
        N = request.N,
        MaxTokens = request.MaxTokens,
        Temperature = request.Temperature,
        TopP = request.TopP,
        Seed = request.Seed ?? Random.Shared.NextInt64(),
        Stop = request.Stop ?? [],
        EndIds = [.. tokenizer.EosIds],
        WantsLogprobs = request.Logprobs is not null,
        IsBatchInvariant = request.BatchInvariant,
    };

    /// <summary>Why a choice ended, in the protocol's words.</summary>
    internal static string Reason(SampledText? sample) => sample?.Finish == FinishReason.Stop ? "stop" : "length";

    private CompletionChoice Choice(CompletionRequest request, int index, int[] prompt, double[]? scores, SampledText? sample)
    {
        var echoed = request.Echo ? request.Prompt[index / request.N] : "";
        var tokens = new TokenTexts(tokenizer);
        if (scores is not null) tokens.Add(prompt, [null, .. scores]);
        if (sample?.Logprobs is { } logprobs) tokens.Add(sample.Ids, [.. logprobs]);
        return new CompletionChoice
        {
            Index = index,
            Text = echoed + sample?.Text,
            FinishReason = Reason(sample),
            StopReason = sample?.StopText,
            Logprobs = request.Logprobs is null ? null : tokens.Take(),
        };
    }

    private static IResult Refusal(int status, string message, string? field) =>
        Results.Json(new CompletionError(new CompletionErrorBody(message, "invalid_request_error", field)), statusCode: status);

    private static IResult Failure(int status, string message) =>
        Results.Json(new CompletionError(new CompletionErrorBody(message, "server_error")), statusCode: status);
}
