using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using StepDpo.Contracts.Completions;

namespace StepDpo.Core.Workers;

/// <summary>
/// Speaks OpenAI completions to one endpoint. An HTTP client of its own: completions take minutes, which the usual limits cut
/// off. Only what cannot have been heard is sent again (refused connections, 429, 503); redirects are not followed.
/// </summary>
public sealed class CompletionsClient : IDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http;
    private readonly bool _ours;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _clock;

    private CompletionsClient(SocketsHttpHandler handler, Uri address, bool ours, TimeSpan patience, TimeProvider clock)
    {
        handler.AllowAutoRedirect = false;
        handler.UseCookies = false;
        handler.UseProxy = false;
        _http = new HttpClient(handler)
        {
            BaseAddress = new Uri(address.AbsoluteUri.TrimEnd('/') + "/"),
            Timeout = TimeSpan.FromHours(1),
            MaxResponseContentBufferSize = 256L << 20,
        };
        (_ours, _patience, _clock) = (ours, patience, clock);
    }

    /// <summary>Our own serving worker, on a Unix socket.</summary>
    /// <param name="socket">Path of the socket.</param>
    /// <param name="patience">How long to try again when nobody listens or the server is too busy.</param>
    /// <param name="clock">Measures the pauses.</param>
    public static CompletionsClient OverSocket(string socket, TimeSpan patience, TimeProvider clock)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var stream = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await stream.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
                    return new NetworkStream(stream, ownsSocket: true);
                }
                catch
                {
                    stream.Dispose();
                    throw;
                }
            },
        };
        return new CompletionsClient(handler, new Uri("http://worker"), ours: true, patience, clock);
    }

    /// <summary>An endpoint elsewhere. The caller has found it on the allow-list; what its name resolves to is checked at each connection.</summary>
    /// <param name="address">Base address, with or without <c>/v1</c> at its end.</param>
    /// <param name="patience">How long to try again when nobody listens or the server is too busy.</param>
    /// <param name="clock">Measures the pauses.</param>
    public static CompletionsClient To(Uri address, TimeSpan patience, TimeProvider clock)
    {
        var text = address.AbsoluteUri.TrimEnd('/');
        var root = new Uri(text.EndsWith("/v1", StringComparison.Ordinal) ? text[..^3] : text);
        return new CompletionsClient(new SocketsHttpHandler { ConnectCallback = AddressRule.ConnectAsync }, root, ours: false, patience, clock);
    }

    /// <summary>The models that the endpoint serves.</summary>
    /// <exception cref="EndpointException">It does not answer as the protocol says.</exception>
    public async Task<IReadOnlyList<ServedModel>> ModelsAsync(CancellationToken cancellationToken) =>
        (await SendAsync<ModelList>(() => new HttpRequestMessage(HttpMethod.Get, "v1/models"), cancellationToken)).Data;

    /// <summary>
    /// Asks for texts, and checks that the answer is of the model that was meant and holds as many texts as were asked for:
    /// a server that was restarted with another model cannot mix into a run.
    /// </summary>
    /// <param name="request">What to continue.</param>
    /// <param name="weightsSha256">Identity of the weights that must answer; null where the endpoint cannot say.</param>
    /// <param name="cancellationToken">Closes the connection.</param>
    /// <exception cref="EndpointException">It does not answer as the protocol says, or another model answered.</exception>
    public async Task<IReadOnlyList<CompletionChoice>> CompleteAsync(CompletionRequest request, string? weightsSha256, CancellationToken cancellationToken)
    {
        var answer = await SendAsync<CompletionResponse>(
            () => new HttpRequestMessage(HttpMethod.Post, "v1/completions") { Content = JsonContent.Create(request) }, cancellationToken);
        if (answer.Model != request.Model)
            throw new EndpointException($"Another model answered: wanted {request.Model}.", mayPass: false);
        if (weightsSha256 is not null && answer.SystemFingerprint != weightsSha256)
            throw new EndpointException($"Other weights answered: wanted {weightsSha256} of {request.Model}.", mayPass: false);
        var wanted = request.Prompt.Count * request.N;
        var choices = answer.Choices.OrderBy(choice => choice.Index).ToList();
        return choices.Select(choice => choice.Index).SequenceEqual(Enumerable.Range(0, wanted))
            ? choices
            : throw new EndpointException($"The endpoint sent {choices.Count} texts where {wanted} were asked for; it may not know the field n.", mayPass: false);
    }

    /// <summary>Tells our worker that its parent lives.</summary>
    /// <exception cref="EndpointException">It does not answer.</exception>
    public async Task HeartbeatAsync(CancellationToken cancellationToken)
    {
        using var answer = await _http.PostAsync("heartbeat", null, cancellationToken);
    }

    /// <summary>Whether our worker has loaded its model.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _http.GetAsync("health", cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<T> SendAsync<T>(Func<HttpRequestMessage> create, CancellationToken cancellationToken)
    {
        var started = _clock.GetTimestamp();
        for (var pause = TimeSpan.FromMilliseconds(250); ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            EndpointException refusal;
            var wait = pause;
            try
            {
                using var request = create();
                using var answer = await _http.SendAsync(request, cancellationToken);
                if (answer.IsSuccessStatusCode) return await ReadAsync<T>(answer, cancellationToken);
                refusal = new EndpointException(await ExplainAsync(answer, cancellationToken),
                    mayPass: answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable);
                if (!refusal.MayPass) throw refusal;
                wait = answer.Headers.RetryAfter?.Delta is { } asked && asked < TimeSpan.FromMinutes(2) ? asked : pause;
            }
            catch (HttpRequestException e) when (e.InnerException is SocketException or EndpointException)
            {
                if (e.InnerException is EndpointException denied) throw denied;
                refusal = new EndpointException($"Nobody listens at the endpoint: {e.InnerException.Message}.", mayPass: true, e);
            }
            catch (HttpRequestException e)
            {
                // The request may have been heard: not sent again here. The caller stores nothing of it and may ask anew.
                throw new EndpointException("The connection to the endpoint broke off.", mayPass: true, e);
            }
            catch (TaskCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                throw new EndpointException("The endpoint did not answer within an hour.", mayPass: true, e);
            }

            if (_clock.GetElapsedTime(started) + wait > _patience) throw refusal;
            await Task.Delay(wait, _clock, cancellationToken);
        }
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        try
        {
            return await answer.Content.ReadFromJsonAsync<T>(cancellationToken)
                ?? throw new EndpointException("The endpoint's answer is empty.", mayPass: false);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new EndpointException("The endpoint's answer is not what the completions protocol says.", mayPass: false, e);
        }
    }

    // A foreign server's words are not shown: they may hold what an attacker wants to read out of our network.
    private async Task<string> ExplainAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var status = $"The endpoint answered with status {(int)answer.StatusCode}";
        if (!_ours) return status + ".";
        try
        {
            return $"{status}: {(await answer.Content.ReadFromJsonAsync<CompletionError>(cancellationToken))?.Error.Message}";
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return status + ".";
        }
    }
}
