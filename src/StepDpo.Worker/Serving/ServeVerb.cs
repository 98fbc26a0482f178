using System.CommandLine;
using StepDpo.Contracts.Models;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Devices;
using StepDpo.Engine.Sampling;
using StepDpo.Engine.Tokenization;

namespace StepDpo.Worker.Serving;

/// <summary>
/// <c>serve MODEL_FOLDER (--socket PATH | --port N --token-file FILE) --id NAME</c>: answers OpenAI completions with one model,
/// which never changes while the process lives. It listens only once the model is loaded.
/// </summary>
internal static class ServeVerb
{
    private const int ShortestToken = 16;

    public static Command Create()
    {
        var folder = new Argument<string>("MODEL_FOLDER") { Description = "A model folder in Hugging Face's layout." };
        var socket = new Option<string>("--socket") { Description = "Listen on a Unix socket at this path, open to this user alone." };
        var port = new Option<int?>("--port") { Description = "Listen on this port of the loopback address; asks for --token-file." };
        var tokenFile = new Option<string>("--token-file") { Description = $"A file with the bearer token of --port, at least {ShortestToken} characters." };
        var id = new Option<string>("--id") { Description = "The model's id in requests and answers.", Required = true };
        var threads = new Option<int?>("--threads") { Description = "Threads of one operation; left out, libtorch chooses." };
        var idleExit = new Option<double?>("--idle-exit") { Description = "End after so many seconds without a request or a heartbeat; left out, never." };
        var cache = new Option<double?>("--cache-mb") { Description = "Megabytes that the keys and values of running samples may take (1024)." };
        var device = new Option<string>("--device") { Description = $"Where to compute: {ComputeDevice.Words}." };
        var precision = new Option<Precision?>("--precision") { Description = "What the weights are in; left out, Float32 on a CPU and BFloat16 on a GPU." };
        var verb = new Command("serve", "Answers OpenAI completions with one model.") { folder, socket, port, tokenFile, id, threads, idleExit, cache, device, precision };
        verb.SetAction(async (parsed, cancellation) =>
        {
            var address = Address(parsed.GetValue(socket), parsed.GetValue(port), parsed.GetValue(tokenFile));
            var idle = Idle(parsed.GetValue(idleExit));
            var options = Options(parsed.GetValue(cache));
            LibTorch.Load(parsed.GetValue(threads));
            var place = ComputeDevice.Choose(parsed.GetValue(device));
            var path = parsed.GetRequiredValue(folder);
            var tokenizer = Tokenizer.Load(path);
            var model = HuggingFaceFolder.Load(path, PrecisionTypes.Of(parsed.GetValue(precision) ?? PrecisionTypes.DefaultOn(place)), place);
            if (tokenizer.VocabularySize > model.Config.VocabularySize)
                throw new InvalidDataException($"{path}: tokenizer.json: found {tokenizer.VocabularySize} tokens, wanted at most the model's {model.Config.VocabularySize}");
            var served = new ServedWeights(parsed.GetRequiredValue(id), ModelFolder.WeightsSha256(path), model.Config.ContextLength);
            using var sampler = new Sampler(model, tokenizer, options);
            await CompletionsServer.RunAsync(address, new CompletionsEndpoint(served, tokenizer, sampler), idle, parsed.InvocationConfiguration.Output, cancellation);
            return 0;
        });
        return verb;
    }

    private static ServeAddress Address(string? socket, int? port, string? tokenFile)
    {
        if (socket is not null == port is not null) throw new InvalidDataException("serve: found neither or both of --socket and --port, wanted one");
        if (socket is not null)
        {
            return File.Exists(socket) ? throw new InvalidDataException($"--socket: {socket} exists already; another server may listen there") : new ServeAddress(socket, 0, null);
        }

        if (port is < 1 or > 65535) throw new InvalidDataException($"--port: found {port}, wanted 1 to 65535");
        if (tokenFile is null) throw new InvalidDataException("--port: wanted --token-file as well, lest every program on this machine may ask");
        var token = File.ReadAllText(tokenFile).Trim();
        return token.Length >= ShortestToken
            ? new ServeAddress(null, port!.Value, token)
            : throw new InvalidDataException($"{tokenFile}: found a token of {token.Length} characters, wanted at least {ShortestToken}");
    }

    private static SamplerOptions Options(double? megabytes) => megabytes switch
    {
        null => new SamplerOptions(),
        > 0 and <= 1 << 30 => new SamplerOptions { CacheBytes = (long)(megabytes * (1 << 20)) },
        _ => throw new InvalidDataException(FormattableString.Invariant($"--cache-mb: found {megabytes}, wanted above 0")),
    };

    private static TimeSpan? Idle(double? seconds) => seconds switch
    {
        null => null,
        >= 1 and <= 1_000_000 => TimeSpan.FromSeconds(seconds.Value),
        _ => throw new InvalidDataException(FormattableString.Invariant($"--idle-exit: found {seconds}, wanted 1 to 1,000,000 seconds")),
    };
}
