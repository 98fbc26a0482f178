using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.Sockets;
using StepDpo.Contracts.Completions;

namespace StepDpo.Engine.Tests.Serving;

/// <summary><c>serve</c> with the nano model, as a process of its own behind a Unix socket.</summary>
public sealed class ServingProcess : IAsyncLifetime
{
    public const string Id = "nano";

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();
    private readonly string[] _more;

    public ServingProcess() : this([])
    {
    }

    internal ServingProcess(params string[] more) => _more = more;

    public string Socket => _folder.In("serve");

    public Process Process { get; private set; } = null!;

    public HttpClient Http { get; private set; } = null!;

    public static string ModelFolder => Shared.Path("models/nano-arithmetic");

    public async ValueTask InitializeAsync()
    {
        Process = Start(["serve", ModelFolder, "--socket", Socket, "--id", Id, "--threads", "1", .. _more]);
        Http = NewClient();
        Http.BaseAddress = new Uri("http://worker");
        using var limit = new CancellationTokenSource(StartLimit);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await IsReadyAsync(limit.Token))
        {
            Assert.False(Process.HasExited, "serve ended before it listened");
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }

    /// <summary>A client over the socket that has sent nothing yet and knows no address.</summary>
    internal HttpClient NewClient() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var stream = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await stream.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancellation);
            return new NetworkStream(stream, ownsSocket: true);
        },
    });

    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited) Process.Kill();
        await Process.WaitForExitAsync();
        Process.Dispose();
        Http.Dispose();
        _folder.Dispose();
    }

    /// <summary>A worker with these arguments, started by the host that can load libtorch.</summary>
    internal static Process Start(params string[] arguments)
    {
        var host = Environment.GetEnvironmentVariable("STEPDPO_DOTNET") is { Length: > 0 } named ? named : Environment.ProcessPath!;
        var worker = Path.Combine(AppContext.BaseDirectory, "StepDpo.Worker.dll");
        return Process.Start(new ProcessStartInfo(host, ["exec", worker, .. arguments]) { RedirectStandardError = true })!;
    }

    internal async Task<CompletionResponse> CompleteAsync(CompletionRequest request, CancellationToken cancellation)
    {
        using var answer = await Http.PostAsJsonAsync("v1/completions", request, cancellation);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(cancellation));
        return (await answer.Content.ReadFromJsonAsync<CompletionResponse>(cancellation))!;
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellation)
    {
        try
        {
            using var answer = await Http.GetAsync("health", cancellation);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
