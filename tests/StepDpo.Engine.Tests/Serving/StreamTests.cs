using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using StepDpo.Contracts.Completions;
using StepDpo.Engine.Sampling;

namespace StepDpo.Engine.Tests.Serving;

public sealed class StreamTests(ServingProcess server) : IClassFixture<ServingProcess>
{
    private const string Prompt = "Start with 57. Add 23. Subtract 44. Add 2. Add 3.\nSolve it step by step.\nStep 1:";
    private const string Done = "[DONE]";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static CompletionRequest Request => new() { Model = ServingProcess.Id, Prompt = [Prompt], MaxTokens = 120, Temperature = 0.8, TopP = 0.95, Seed = 3 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_pieces_of_a_stream_put_together_are_the_answer(bool isBatchInvariant)
    {
        var request = Request with { Prompt = [Prompt, Prompt.Replace("57", "58", StringComparison.Ordinal)], N = 2, Stop = ["\nStep 3:", "p 4"], Logprobs = 1, Echo = true, BatchInvariant = isBatchInvariant };
        var whole = await server.CompleteAsync(request, Cancellation);

        var events = await StreamAsync(request with { StreamOptions = new StreamOptions(IncludeUsage: true) });

        Assert.Equal(Done, events[^1]);
        var chunks = events[..^1].Select(data => JsonSerializer.Deserialize<CompletionResponse>(data)!).ToList();
        Assert.All(chunks, chunk => Assert.Equal((whole.Model, whole.SystemFingerprint, chunks[0].Id), (chunk.Model, chunk.SystemFingerprint, chunk.Id)));
        Assert.Equal(whole.Usage, chunks[^1].Usage);
        Assert.Empty(chunks[^1].Choices);
        foreach (var wanted in whole.Choices)
        {
            var pieces = chunks[..^1].Select(chunk => Assert.Single(chunk.Choices)).Where(choice => choice.Index == wanted.Index).ToList();
            Assert.True(pieces.Count > 3);
            Assert.Equal(wanted.Text, string.Concat(pieces.Select(piece => piece.Text)));
            Assert.All(pieces[..^1], piece => Assert.Null(piece.FinishReason));
            Assert.Equal((wanted.FinishReason, wanted.StopReason?.ToString()), (pieces[^1].FinishReason, pieces[^1].StopReason?.ToString()));
            Assert.Equal(wanted.Logprobs!.Tokens, pieces.SelectMany(piece => piece.Logprobs!.Tokens));
            Assert.Equal(wanted.Logprobs.TextOffset, pieces.SelectMany(piece => piece.Logprobs!.TextOffset));
            Assert.All(wanted.Logprobs.TokenLogprobs.Zip(pieces.SelectMany(piece => piece.Logprobs!.TokenLogprobs)), pair => Assert.Equal(pair.First ?? 0, pair.Second ?? 0, 5e-4));
        }
    }

    [Fact]
    public async Task A_prompt_that_is_only_scored_comes_in_one_event()
    {
        var events = await StreamAsync(Request with { MaxTokens = 0, Echo = true, Logprobs = 1 });
        Assert.Equal(2, events.Count);
        var choice = Assert.Single(JsonSerializer.Deserialize<CompletionResponse>(events[0])!.Choices);
        Assert.Equal((Prompt, "length"), (choice.Text, choice.FinishReason));
    }

    // The server itself says that the request was cancelled; it would have gone on for minutes: a hundred thousand tokens.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_goes_away_ends_its_request_wherever_it_is(bool isStreaming)
    {
        var before = await LoadAsync();
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var body = JsonContent.Create(Request with { N = 2000, Temperature = 100, MaxTokens = 400, Stream = isStreaming });
        using var message = new HttpRequestMessage(HttpMethod.Post, "v1/completions") { Content = body };
        var answer = server.Http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, gone.Token);
        await UntilAsync(load => load.Running > 0);
        if (isStreaming) await ReadOneEventAsync(await answer);

        await gone.CancelAsync();
        if (isStreaming) (await answer).Dispose();
        else await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);

        await UntilAsync(load => load.Cancelled == before.Cancelled + 1);
        var after = await LoadAsync();
        Assert.Equal((0, 0, before.Answered), (after.Running, after.Waiting, after.Answered));
        Assert.Single((await server.CompleteAsync(Request, Cancellation)).Choices);
    }

    [Fact]
    public async Task A_request_beyond_the_memory_budget_is_refused_with_the_numbers()
    {
        // The nano model's context is 512 tokens; a quarter of a megabyte holds 256.
        await using var small = new ServingProcess("--cache-mb", "0.25");
        await small.InitializeAsync();
        using var answer = await small.Http.PostAsJsonAsync("v1/completions", Request with { MaxTokens = 400, Stream = true }, Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var error = (await answer.Content.ReadFromJsonAsync<CompletionError>(Cancellation))!.Error;
        Assert.Equal("max_tokens", error.Param);
        Assert.Matches("^max_tokens: prompt 0 has [0-9]+ tokens and max_tokens is 400: [0-9]+ together, more than the 256 whose keys", error.Message);
        Assert.Equal(9, (await small.CompleteAsync(Request with { MaxTokens = 20, N = 9 }, Cancellation)).Choices.Count);
    }

    private async Task<List<string>> StreamAsync(CompletionRequest request)
    {
        using var body = JsonContent.Create(request with { Stream = true });
        using var answer = await server.Http.PostAsync("v1/completions", body, Cancellation);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        var events = new List<string>();
        await foreach (var item in SseParser.Create(await answer.Content.ReadAsStreamAsync(Cancellation)).EnumerateAsync(Cancellation)) events.Add(item.Data);
        return events;
    }

    private static async Task ReadOneEventAsync(HttpResponseMessage answer)
    {
        await foreach (var item in SseParser.Create(await answer.Content.ReadAsStreamAsync(Cancellation)).EnumerateAsync(Cancellation))
        {
            Assert.Single(JsonSerializer.Deserialize<CompletionResponse>(item.Data)!.Choices);
            return;
        }
    }

    private async Task<SamplerLoad> LoadAsync() => (await server.Http.GetFromJsonAsync<SamplerLoad>("load", Cancellation))!;

    private async Task UntilAsync(Predicate<SamplerLoad> holds)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var deadline = DateTime.UtcNow + Limit;
        while (!holds(await LoadAsync()))
        {
            Assert.True(DateTime.UtcNow < deadline, $"The server's load stays at {await LoadAsync()}.");
            await timer.WaitForNextTickAsync(Cancellation);
        }
    }
}
