using System.Net;
using System.Net.Http.Json;
using System.Runtime.Versioning;
using System.Text;
using StepDpo.Contracts.Completions;
using StepDpo.Contracts.Models;

namespace StepDpo.Engine.Tests.Serving;

public sealed class ServeTests(ServingProcess server) : IClassFixture<ServingProcess>
{
    private const string Prompt = "Start with 57. Add 23. Subtract 44. Add 2. Add 3.\nSolve it step by step.\nStep 1:";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static CompletionRequest Request => new() { Model = ServingProcess.Id, Prompt = [Prompt], MaxTokens = 240, Temperature = 0 };

    [Fact]
    public async Task Greedy_texts_over_the_socket_equal_the_golden_ones()
    {
        var rows = Shared.ReadLines(Path.Combine(ServingProcess.ModelFolder, "greedy.jsonl")).ToList();

        var answer = await server.CompleteAsync(Request with { Prompt = [.. rows.Select(row => row.GetProperty("prompt").GetString()!)] }, Cancellation);

        Assert.Equal(rows.Select(row => row.GetProperty("text").GetString()), answer.Choices.Select(choice => choice.Text));
        Assert.Equal(Enumerable.Range(0, rows.Count), answer.Choices.Select(choice => choice.Index));
        Assert.All(answer.Choices, choice => Assert.Equal("stop", choice.FinishReason));
        Assert.Equal(rows.Sum(row => row.Ids("ids").Length), answer.Usage!.CompletionTokens);
        Assert.Equal(rows.Sum(row => row.Ids("prompt_ids").Length), answer.Usage.PromptTokens);
    }

    [Fact]
    public async Task Every_answer_and_the_list_of_models_name_the_model_and_its_weights()
    {
        var sha = ModelFolder.WeightsSha256(ServingProcess.ModelFolder);
        var answer = await server.CompleteAsync(Request with { MaxTokens = 1 }, Cancellation);
        Assert.Equal((ServingProcess.Id, sha), (answer.Model, answer.SystemFingerprint));
        Assert.Equal("length", Assert.Single(answer.Choices).FinishReason);
        var models = await server.Http.GetFromJsonAsync<ModelList>("v1/models", Cancellation);
        Assert.Equal(new ServedModel(ServingProcess.Id, sha, 512), Assert.Single(models!.Data));
    }

    [Fact]
    public async Task Several_samples_of_several_prompts_come_flattened_and_a_seed_repeats_them()
    {
        var request = Request with { Prompt = [Prompt, Prompt.Replace("57", "58", StringComparison.Ordinal)], N = 3, Temperature = 0.8, TopP = 0.95, Seed = 7, Stop = ["\nStep 2:"] };
        var first = await server.CompleteAsync(request, Cancellation);
        var again = await server.CompleteAsync(request, Cancellation);
        Assert.Equal(Enumerable.Range(0, 6), first.Choices.Select(choice => choice.Index));
        Assert.Equal(first.Choices.Select(choice => choice.Text), again.Choices.Select(choice => choice.Text));
        Assert.All(first.Choices, choice => Assert.DoesNotContain("Step 2", choice.Text, StringComparison.Ordinal));
        Assert.All(first.Choices, choice => Assert.Equal("\nStep 2:", choice.StopReason?.ToString()));
        Assert.All(first.Choices.Take(3), choice => Assert.Contains("57", choice.Text, StringComparison.Ordinal));
        Assert.All(first.Choices.Skip(3), choice => Assert.Contains("58", choice.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Echo_without_new_tokens_scores_a_text_as_sampling_scored_it()
    {
        var sampled = Assert.Single((await server.CompleteAsync(Request with { Logprobs = 1 }, Cancellation)).Choices);
        var text = Prompt + sampled.Text;
        var scored = Assert.Single((await server.CompleteAsync(Request with { Prompt = [text], MaxTokens = 0, Echo = true, Logprobs = 1 }, Cancellation)).Choices);
        Assert.Equal(text, scored.Text);
        Assert.Equal(text, string.Concat(scored.Logprobs!.Tokens));
        Assert.Null(scored.Logprobs.TokenLogprobs[0]);
        var count = sampled.Logprobs!.Tokens.Count - 1;
        Assert.Equal("<|endoftext|>", sampled.Logprobs.Tokens[^1]);
        Assert.Equal(sampled.Logprobs.Tokens.Take(count), scored.Logprobs.Tokens.TakeLast(count));
        Assert.All(sampled.Logprobs.TokenLogprobs.Take(count).Zip(scored.Logprobs.TokenLogprobs.TakeLast(count)), pair => Assert.Equal(pair.First!.Value, pair.Second!.Value, 5e-4));
        Assert.All(scored.Logprobs.TextOffset.Zip(scored.Logprobs.Tokens), pair => Assert.Equal(pair.Second, text.Substring(pair.First, pair.Second.Length)));
    }

    [Theory]
    [InlineData("""{"model":"nano","prompt":"a","stream":"yes"}""", "stream", "not what the protocol says")]
    [InlineData("""{"model":"nano","prompt":"a","stream":true,"n":0}""", "n", "found 0, wanted at least 1")]
    [InlineData("""{"model":"nano","prompt":[]}""", "prompt", "found 0 texts")]
    [InlineData("""{"model":"nano","prompt":["a",""]}""", "prompt", "prompt 1 holds no token")]
    [InlineData("""{"model":"nano","prompt":[[1,2]]}""", "prompt", "token ids are not supported")]
    [InlineData("""{"model":"nano","prompt":"a","n":0}""", "n", "found 0, wanted at least 1")]
    [InlineData("""{"model":"nano","prompt":"a","n":20000}""", "n", "20000 texts")]
    [InlineData("""{"model":"nano","prompt":"a","temperature":-1}""", "temperature", "found -1")]
    [InlineData("""{"model":"nano","prompt":"a","temperature":"hot"}""", "temperature", "not what the protocol says")]
    [InlineData("""{"model":"nano","prompt":"a","top_p":0}""", "top_p", "found 0")]
    [InlineData("""{"model":"nano","prompt":"a","max_tokens":0}""", "max_tokens", "wanted at least 1")]
    [InlineData("""{"model":"nano","prompt":"7 8","max_tokens":510}""", "max_tokens", "has 3 tokens and max_tokens is 510: 513 together, more than the model's 512")]
    [InlineData("""{"model":"nano","prompt":"a","stop":["x",""]}""", "stop", "empty text")]
    [InlineData("""{"model":"nano"}""", null, "prompt")]
    [InlineData("""[]""", null, "not what the protocol says")]
    [InlineData("""{"model":""", null, "not what the protocol says")]
    public async Task Bad_input_is_refused_with_the_field_and_the_number(string body, string? field, string message)
    {
        using var answer = await server.Http.PostAsync("v1/completions", new StringContent(body, Encoding.UTF8, "application/json"), Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var error = (await answer.Content.ReadFromJsonAsync<CompletionError>(Cancellation))!.Error;
        Assert.Equal("invalid_request_error", error.Type);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        if (field is not null) Assert.StartsWith(field, error.Param, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_model_s_name_is_not_answered()
    {
        using var answer = await server.Http.PostAsJsonAsync("v1/completions", Request with { Model = "other" }, Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void The_socket_is_open_to_its_owner_alone() =>
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(server.Socket));
}
