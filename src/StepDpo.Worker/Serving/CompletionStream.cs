using System.Runtime.CompilerServices;
using System.Text.Json;
using StepDpo.Contracts.Completions;
using StepDpo.Engine.Sampling;
using StepDpo.Engine.Tokenization;

namespace StepDpo.Worker.Serving;

/// <summary>
/// An answer as it grows, as OpenAI and vLLM send it: events of one choice's next text each, the last of a choice with its
/// finish reason; where asked for, one event with the counts; then <c>[DONE]</c>.
/// </summary>
internal sealed class CompletionStream(CompletionRequest request, int[][] prompts, CompletionResponse head, Tokenizer tokenizer, Sampler sampler)
{
    private const string Done = "[DONE]";

    private readonly TokenTexts[] _tokens = [.. Enumerable.Range(0, prompts.Length * request.N).Select(_ => new TokenTexts(tokenizer))];

    /// <summary>The events' data. Whoever stops reading ends the request.</summary>
    /// <param name="stopping">The server stops.</param>
    /// <param name="gone">The client has gone away.</param>
    public async IAsyncEnumerable<string> EventsAsync(CancellationToken stopping, [EnumeratorCancellation] CancellationToken gone)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(stopping, gone);
        await using var events = ResponsesAsync(cancel.Token).GetAsyncEnumerator(CancellationToken.None);
        string? failure = null;
        while (failure is null)
        {
            try
            {
                if (!await events.MoveNextAsync()) break;
            }
            catch (Exception e) when (!gone.IsCancellationRequested)
            {
                // The status has been sent: the protocol has no other place for what went wrong.
                if (e is not OperationCanceledException) await Console.Error.WriteLineAsync(e.ToString());
                failure = e is OperationCanceledException ? "The server is stopping." : e.Message;
            }

            yield return failure is null
                ? JsonSerializer.Serialize(events.Current)
                : JsonSerializer.Serialize(new CompletionError(new CompletionErrorBody(failure, "server_error")));
        }

        yield return Done;
    }

    private async IAsyncEnumerable<CompletionResponse> ResponsesAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        if (request.Echo)
        {
            var scores = request.Logprobs is null ? null : await sampler.ScoreAsync(prompts, cancellation);
            for (var index = 0; index < _tokens.Length; index++)
            {
                var prompt = index / request.N;
                if (scores is not null) _tokens[index].Add(prompts[prompt], [null, .. scores[prompt]]);
                yield return Chunk(index, request.Prompt[prompt], request.MaxTokens == 0 ? "length" : null, stop: null);
            }
        }

        var written = 0;
        if (request.MaxTokens > 0)
        {
            await foreach (var piece in sampler.StreamAsync(CompletionsEndpoint.SamplingOf(request, prompts, tokenizer), cancellation))
            {
                if (piece.Logprobs is { } logprobs) _tokens[piece.Index].Add(piece.Ids, [.. logprobs]);
                written += piece.End?.TokensDrawn ?? 0;
                yield return Chunk(piece.Index, piece.Text, piece.End is null ? null : CompletionsEndpoint.Reason(piece.End), piece.End?.StopText);
            }
        }

        if (request.StreamOptions is { IncludeUsage: true }) yield return head with { Usage = CompletionsEndpoint.Count(prompts, written) };
    }

    private CompletionResponse Chunk(int index, string text, string? reason, string? stop) => head with
    {
        Choices =
        [
            new CompletionChoice
            {
                Index = index,
                Text = text,
                FinishReason = reason,
                StopReason = stop,
                Logprobs = request.Logprobs is null ? null : _tokens[index].Take(),
            },
        ],
    };
}
