using System.Globalization;
using StepDpo.Contracts.Completions;

namespace StepDpo.Worker.Serving;

/// <summary>A request that is answered with 400: the field and what is wrong with it.</summary>
internal sealed class RequestRefusal(string? field, string message) : Exception(message)
{
    /// <summary>The field to blame.</summary>
    public string? Field { get; } = field;
}

/// <summary>What a completions request may ask for.</summary>
internal static class RequestRules
{
    private const int MostPrompts = 4096;
    private const int MostTexts = 16384;
    private const int MostStops = 16;
    private const double HighestTemperature = 100;

    /// <summary>Checks every field that can be judged without the tokenizer.</summary>
    /// <exception cref="RequestRefusal">The first field that is wrong.</exception>
    public static void Check(CompletionRequest request)
    {
        Require(request.Prompt.Count is >= 1 and <= MostPrompts, "prompt", $"found {request.Prompt.Count} texts, wanted 1 to {MostPrompts}.");
        Require(request.N >= 1, "n", $"found {request.N}, wanted at least 1.");
        Require((long)request.N * request.Prompt.Count <= MostTexts, "n", $"{request.N} samples of {request.Prompt.Count} prompts are {(long)request.N * request.Prompt.Count} texts; wanted at most {MostTexts} in a request.");
        Require(request.Temperature is >= 0 and <= HighestTemperature, "temperature", $"found {request.Temperature}, wanted 0 to {HighestTemperature}.");
        Require(request.TopP is > 0 and <= 1, "top_p", $"found {request.TopP}, wanted above 0 and at most 1.");
        Require(request.MaxTokens >= (request.Echo ? 0 : 1), "max_tokens", $"found {request.MaxTokens}, wanted at least {(request.Echo ? "0" : "1 (0 only with echo, which scores the prompt)")}.");
        Require(request.Logprobs is null or >= 0, "logprobs", $"found {request.Logprobs}, wanted 0 or more.");
        Require(request.Stop is null || request.Stop.Count <= MostStops, "stop", $"found {request.Stop?.Count} texts, wanted at most {MostStops}.");
        Require(request.Stop is null || request.Stop.All(stop => stop.Length > 0), "stop", $"found an empty text.");
    }

    /// <summary>Checks that each prompt holds something to continue and leaves room for the new tokens, in the model's context and in the sampler's memory.</summary>
    /// <exception cref="RequestRefusal">A prompt is empty or too long.</exception>
    public static void CheckLengths(IReadOnlyList<int[]> prompts, int maxTokens, int contextLength, long cacheTokens)
    {
        for (var i = 0; i < prompts.Count; i++)
        {
            Require(prompts[i].Length > 0, "prompt", $"prompt {i} holds no token; there is nothing to continue.");
            var total = (long)prompts[i].Length + maxTokens;
            Require(total <= contextLength, prompts[i].Length > contextLength ? "prompt" : "max_tokens",
                $"prompt {i} has {prompts[i].Length} tokens and max_tokens is {maxTokens}: {total} together, more than the model's {contextLength}.");
            Require(total <= cacheTokens, prompts[i].Length > cacheTokens ? "prompt" : "max_tokens",
                $"prompt {i} has {prompts[i].Length} tokens and max_tokens is {maxTokens}: {total} together, more than the {cacheTokens} whose keys and values the server's memory budget holds.");
        }
    }

    private static void Require(bool holds, string field, FormattableString message)
    {
        if (!holds) throw new RequestRefusal(field, $"{field}: {message.ToString(CultureInfo.InvariantCulture)}");
    }
}
