using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using StepDpo.Contracts.Completions;

namespace StepDpo.Engine.Tests.Serving;

public sealed class ServeLifeTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_nobody_asks_ends_by_itself_and_takes_its_socket_along()
    {
        await using var server = new ServingProcess("--idle-exit", "2");
        await server.InitializeAsync();
        using (var beat = await server.Http.PostAsync("heartbeat", null, Cancellation)) Assert.True(beat.IsSuccessStatusCode);

        await server.Process.WaitForExitAsync(Cancellation).WaitAsync(Limit, Cancellation);

        Assert.Equal(0, server.Process.ExitCode);
        Assert.False(File.Exists(server.Socket));
    }

    [Theory]
    [InlineData("neither or both", "--id", "x")]
    [InlineData("--token-file", "--id", "x", "--port", "1234")]
    [InlineData("--idle-exit: found 0", "--id", "x", "--socket", "/nowhere/socket", "--idle-exit", "0")]
    [InlineData("--cache-mb: found 0", "--id", "x", "--socket", "/nowhere/socket", "--cache-mb", "0")]
    [InlineData("--id", "--socket", "/nowhere/socket")]
    public async Task Wrong_arguments_are_one_plain_line_and_exit_code_2(string message, params string[] arguments)
    {
        using var worker = ServingProcess.Start(["serve", ServingProcess.ModelFolder, .. arguments]);
        var error = await worker.StandardError.ReadToEndAsync(Cancellation);
        await worker.WaitForExitAsync(Cancellation);
        Assert.Equal(2, worker.ExitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_loopback_port_answers_only_those_who_know_the_token()
    {
        using var folder = new TemporaryFolder();
        const string Token = "a-token-of-this-test";
        await File.WriteAllTextAsync(folder.In("token"), Token + "\n", Cancellation);
        var port = FreePort();
        using var worker = ServingProcess.Start("serve", ServingProcess.ModelFolder, "--port", $"{port}", "--token-file", folder.In("token"), "--id", "x", "--idle-exit", "30");
        try
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            await ReadyAsync(http);
            Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("v1/models", Cancellation)).StatusCode);
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token + "x");
            Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsync("heartbeat", null, Cancellation)).StatusCode);
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
            Assert.Equal("x", Assert.Single((await http.GetFromJsonAsync<ModelList>("v1/models", Cancellation))!.Data).Id);
        }
        finally
        {
            worker.Kill();
            await worker.WaitForExitAsync(Cancellation);
        }
    }

    private static async Task ReadyAsync(HttpClient http)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var deadline = DateTime.UtcNow + Limit;
        while (await timer.WaitForNextTickAsync(Cancellation))
        {
            Assert.True(DateTime.UtcNow < deadline, "serve does not listen");
            try
            {
                using var answer = await http.GetAsync("health", Cancellation);
                if (answer.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
