using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using StepDpo.Contracts.Completions;

namespace StepDpo.Worker.Serving;

/// <summary>Where to listen: a Unix socket, or a loopback port that asks for a token.</summary>
internal sealed record ServeAddress(string? Socket, int Port, string? Token);

/// <summary>The web server around one model.</summary>
internal static class CompletionsServer
{
    private const uint AllButOwnersReadAndWrite = 0b001_111_111;

    /// <summary>Listens until it is told to stop, or nobody has asked for anything for <paramref name="idle"/>.</summary>
    public static async Task RunAsync(ServeAddress address, CompletionsEndpoint endpoint, TimeSpan? idle, TextWriter output, CancellationToken cancellation)
    {
        // Nothing of the surroundings (settings files, ASPNETCORE_ variables) may open another door.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            if (address.Socket is { } socket) kestrel.ListenUnixSocket(socket);
            else kestrel.Listen(IPAddress.Loopback, address.Port);
        });
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole();

        await using var app = builder.Build();
        var activity = new Activity(TimeProvider.System);
        app.Use((context, next) => activity.During(() => next(context)));
        if (address.Token is { } token) app.Use((context, next) => IsAllowed(context.Request, token) ? next(context) : Refuse(context));
        app.UseRouting();
        app.MapGet("/health", () => Results.Ok());
        app.MapGet("/load", () => endpoint.Load);
        app.MapPost("/heartbeat", () => Results.NoContent());
        app.MapGet("/v1/models", () => endpoint.Models);
        app.MapPost("/v1/completions", endpoint.CompleteAsync);

        // A socket's mode is the mask's from its first moment on; setting it afterwards would leave a gap.
        if (address.Socket is not null) umask(AllButOwnersReadAndWrite);
        await app.StartAsync(cancellation);
        await output.WriteLineAsync($"Serves {endpoint.Id} at {address.Socket ?? $"http://127.0.0.1:{address.Port}"}.");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, app.Lifetime.ApplicationStopping);
        await activity.UntilIdleAsync(idle, stop.Token);
        await app.StopAsync(CancellationToken.None);
    }

    private static bool IsAllowed(HttpRequest request, string token) =>
        request.Path == "/health"
        || CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(request.Headers.Authorization.ToString()), Encoding.UTF8.GetBytes($"Bearer {token}"));

    private static Task Refuse(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return context.Response.WriteAsJsonAsync(new CompletionError(new CompletionErrorBody("The Authorization header must hold this server's token: Bearer TOKEN.", "invalid_request_error")));
    }

    [DllImport("libc")]
    private static extern uint umask(uint mask);
}
