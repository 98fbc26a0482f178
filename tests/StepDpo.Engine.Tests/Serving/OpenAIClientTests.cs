using Betalgo.Ranul.OpenAI;
using Betalgo.Ranul.OpenAI.Managers;
using Betalgo.Ranul.OpenAI.ObjectModels.RequestModels;

namespace StepDpo.Engine.Tests.Serving;

/// <summary>
/// The protocol as a client sees it that others wrote: the OpenAI library of Betalgo. OpenAI's own for .NET has no text
/// completions since its version 2.
/// </summary>
public sealed class OpenAIClientTests : IClassFixture<ServingProcess>, IDisposable
{
    private const string Prompt = "Start with 57. Add 23. Subtract 44. Add 2. Add 3.\nSolve it step by step.\nStep 1:";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private readonly HttpClient _http;
    private readonly OpenAIService _client;

    public OpenAIClientTests(ServingProcess server)
    {
        _http = server.NewClient();
        _client = new OpenAIService(new OpenAIOptions { ApiKey = "none", BaseDomain = "http://worker" }, _http);
    }

    private static CompletionCreateRequest Request => new() { Model = ServingProcess.Id, Prompt = Prompt, N = 2, MaxTokens = 60, Temperature = 0.8f, TopP = 0.95f, StopAsList = ["\nStep 3:"] };

    [Fact]
    public async Task Models_are_listed()
    {
        var models = await _client.Models.ListModel(Cancellation);
        Assert.True(models.Successful, models.Error?.Message);
        Assert.Equal(ServingProcess.Id, Assert.Single(models.Models).Id);
    }

    [Fact]
    public async Task A_completion_and_the_stream_of_it_are_read()
    {
        var whole = await _client.Completions.CreateCompletion(Request, cancellationToken: Cancellation);
        Assert.True(whole.Successful, whole.Error?.Message);
        Assert.Equal([0, 1], whole.Choices.Select(choice => choice.Index!.Value).Order());
        Assert.All(whole.Choices, choice => Assert.True(choice.FinishReason is "stop" or "length", choice.FinishReason));
        Assert.True(whole.Usage!.CompletionTokens > 0);

        var pieces = new Dictionary<int, string>();
        var finished = new HashSet<int>();
        await foreach (var chunk in _client.Completions.CreateCompletionAsStream(Request, cancellationToken: Cancellation))
        {
            Assert.True(chunk.Successful, chunk.Error?.Message);
            foreach (var choice in chunk.Choices)
            {
                pieces[choice.Index!.Value] = pieces.GetValueOrDefault(choice.Index.Value) + choice.Text;
                if (choice.FinishReason is not null) finished.Add(choice.Index.Value);
            }
        }

        Assert.Equal([0, 1], finished.Order());
        Assert.All(pieces.Values, text => Assert.InRange(text.Length, 10, 400));
        Assert.All(pieces.Values, text => Assert.DoesNotContain("\nStep 3:", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refusal_arrives_as_the_error_that_it_is()
    {
        var refused = await _client.Completions.CreateCompletion(new CompletionCreateRequest { Model = ServingProcess.Id, Prompt = Prompt, MaxTokens = 100_000 }, cancellationToken: Cancellation);
        Assert.False(refused.Successful);
        Assert.Contains("100000", refused.Error!.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _client.Dispose();
        _http.Dispose();
    }
}
