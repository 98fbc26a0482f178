using System.Globalization;
using StepDpo.Contracts.Completions;

namespace StepDpo.Core.Workers;

/// <summary>
/// A serving worker that we started for one model. It is ours alone: it ends with us (no more heartbeats) or when this is
/// disposed.
/// </summary>
public sealed class ModelServer : IAsyncDisposable
{
    private readonly WorkerProcess _process;
    private readonly DirectoryInfo _folder;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _heart;

    private ModelServer(WorkerProcess process, DirectoryInfo folder, CompletionsClient client, TimeSpan idleExit)
    {
        (_process, _folder, Client) = (process, folder, client);
        _heart = BeatAsync(idleExit / 4);
    }

    /// <summary>Speaks to it.</summary>
    public CompletionsClient Client { get; }

    /// <summary>Starts <c>serve</c> and waits until the model is loaded.</summary>
    /// <param name="options">How workers are started.</param>
    /// <param name="modelFolder">The model's folder.</param>
    /// <param name="id">The id under which it answers.</param>
    /// <param name="clock">Measures pauses.</param>
    /// <param name="cancellationToken">Gives up waiting and ends the worker.</param>
    /// <exception cref="EndpointException">The worker ended while loading; the message holds its last words.</exception>
    public static async Task<ModelServer> StartAsync(WorkerOptions options, string modelFolder, string id, TimeProvider clock, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.LogsFolder);
        // A short path, readable by us alone: the kernel allows 107 bytes for a socket.
        var folder = Directory.CreateTempSubdirectory("stepdpo-");
        var socket = Path.Combine(folder.FullName, "serve");
        var log = Path.Combine(options.LogsFolder, $"serve-{id}.log");
        var process = WorkerProcess.Start(
            options.CommandLine("serve", modelFolder, "--socket", socket, "--id", id,
                "--idle-exit", options.ServeIdleExit.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)),
            log, options.Threads);
        var server = new ModelServer(process, folder, CompletionsClient.OverSocket(socket, TimeSpan.FromSeconds(5), clock), options.ServeIdleExit);
        try
        {
            await server.WaitUntilReadyAsync(options.LoadLimit, log, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The model as the worker describes it.</summary>
    public async Task<ServedModel> ModelAsync(CancellationToken cancellationToken) => (await Client.ModelsAsync(cancellationToken))[0];

    /// <summary>Ends the worker.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _heart;
        await _process.KillAsync();
        _process.Dispose();
        Client.Dispose();
        _end.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task WaitUntilReadyAsync(TimeSpan limit, string log, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(limit);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        try
        {
            while (!await Client.IsReadyAsync(patience.Token))
            {
                if (!_process.IsAlive) throw new EndpointException($"The model could not be served.\n{LogTail.Read(log)}", mayPass: false);
                await timer.WaitForNextTickAsync(patience.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EndpointException($"The model was not loaded within {limit.TotalMinutes:0} minutes.\n{LogTail.Read(log)}", mayPass: false);
        }
    }

    private async Task BeatAsync(TimeSpan period)
    {
        using var timer = new PeriodicTimer(period);
        try
        {
            while (await timer.WaitForNextTickAsync(_end.Token))
            {
                try
                {
                    await Client.HeartbeatAsync(_end.Token);
                }
                catch (HttpRequestException)
                {
                    // Not listening yet, or dead: whoever sends a request will hear of it.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }
}
