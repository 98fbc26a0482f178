using StepDpo.Contracts.Completions;
using StepDpo.Core.Workers;

namespace StepDpo.Core.Models;

/// <summary>A model that answers: a worker of ours that was started for it, or an endpoint elsewhere.</summary>
public sealed class ModelEndpoint : IAsyncDisposable
{
    private readonly CompletionsClient _client;
    private readonly IAsyncDisposable? _server;
    private readonly string _id;
    private readonly string? _weightsSha256;

    internal ModelEndpoint(CompletionsClient client, IAsyncDisposable? server, string id, string? weightsSha256) =>
        (_client, _server, _id, _weightsSha256) = (client, server, id, weightsSha256);

    /// <summary>Whether each answer is known to come from these weights. What runs behind a foreign endpoint cannot be known.</summary>
    public bool IsVerified => _weightsSha256 is not null;

    /// <summary>Asks for texts: <paramref name="request"/> with this model's id, and with log-probabilities where the server is ours.</summary>
    /// <returns>The texts, index = prompt * n + sample.</returns>
    /// <exception cref="EndpointException">It does not answer, or another model answered.</exception>
    public Task<IReadOnlyList<CompletionChoice>> CompleteAsync(CompletionRequest request, CancellationToken cancellationToken) =>
        _client.CompleteAsync(request with { Model = _id, Logprobs = IsVerified ? 0 : null }, _weightsSha256, cancellationToken);

    /// <summary>Ends the worker, if it is ours.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        else _client.Dispose();
    }
}
