using System.CommandLine;
using StepDpo.Contracts.Runs;
using StepDpo.Worker.Devices;
using StepDpo.Worker.Importing;
using StepDpo.Worker.Serving;
using StepDpo.Worker.Training;

namespace StepDpo.Worker;

/// <summary>The worker's command line. Each verb is a file of its own.</summary>
public static class WorkerCommand
{
    /// <summary>Runs a verb. Wrong input and a failing disk are told in one plain line; anything else is a bug and escapes with its trace.</summary>
    /// <returns>A <see cref="WorkerExitCode"/>.</returns>
    public static async Task<int> InvokeAsync(string[] args, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Samples from, trains and imports language models.")
        {
            DevicesVerb.Create(),
            ImportVerb.Create(),
            InspectVerb.Create(),
            ServeVerb.Create(),
            TrainVerb.Create(),
        };
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors is [var first, ..]) return Tell(error, first.Message, WorkerExitCode.BadInput);
        try
        {
            // Verbs that run long handle signals themselves: the default would end them after 2 seconds, in mid-checkpoint.
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
        catch (Exception e) when (e is InvalidDataException or FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException or DllNotFoundException)
        {
            return Tell(error, e.Message, WorkerExitCode.BadInput);
        }
        catch (IOException e)
        {
            return Tell(error, e.Message, WorkerExitCode.Crashed);
        }
    }

    private static int Tell(TextWriter error, string message, int code)
    {
        error.WriteLine(message.ReplaceLineEndings(" "));
        return code;
    }
}
