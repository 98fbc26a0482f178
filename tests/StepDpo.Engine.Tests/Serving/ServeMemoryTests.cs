using System.Globalization;
using StepDpo.Contracts.Completions;

namespace StepDpo.Engine.Tests.Serving;

public sealed class ServeMemoryTests
{
    // STEPDPO_SAMPLER_REQUESTS=10000 with the bound of 20 MB is the long form; a thousand that each lost the keys and values of
    // their prompt would lose 60 MB, so the short form has a bound that no garbage collector's mood reaches.
    private static readonly int _requests = int.Parse(Environment.GetEnvironmentVariable("STEPDPO_SAMPLER_REQUESTS") ?? "1000", CultureInfo.InvariantCulture);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_requests_of_all_kinds_leave_the_server_as_large_as_before()
    {
        await using var server = new ServingProcess();
        await server.InitializeAsync();
        await AskAsync(server, Math.Max(300, _requests / 10));
        var before = ResidentMemory.Of(server.Process);
        await AskAsync(server, _requests);
        var grown = (ResidentMemory.Of(server.Process) - before) / 1e6;
        TestContext.Current.TestOutputHelper?.WriteLine($"{_requests} requests: {grown:0.0} MB more than {before / 1e6:0} MB");
        Assert.True(grown < (_requests >= 10_000 ? 20 : 40), $"{_requests} requests: resident memory grew by {grown:0.0} MB");
    }

    private static Task AskAsync(ServingProcess server, int count) =>
        Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancellation }, async (i, cancellation) =>
        {
            var request = new CompletionRequest
            {
                Model = ServingProcess.Id,
                Prompt = [$"Start with {i % 90 + 10}. Add {i % 7 + 1}. Subtract 4. Add {i % 5 + 2}.\nSolve it step by step.\nStep 1:"],
                N = 1 + i % 3,
                MaxTokens = 1 + i % 6,
                Logprobs = i % 2 == 0 ? 1 : null,
                Echo = i % 4 == 0,
                BatchInvariant = i % 5 == 0,
                Stop = ["\nStep 2:"],
            };
            await server.CompleteAsync(request, cancellation);
        });
}
