using System.CommandLine;
using System.Runtime.InteropServices;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Checkpoints;
using StepDpo.Engine.Devices;
using StepDpo.Engine.Optimization;

namespace StepDpo.Worker.Training;

/// <summary>
/// <c>train RUN</c>: trains as the run folder says, or goes on where an earlier attempt ended. Exit codes:
/// <see cref="WorkerExitCode"/>. The stop file, SIGTERM and SIGINT make it write a checkpoint and end with 0.
/// </summary>
internal static class TrainVerb
{
    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "The run folder: run.json and pairs.jsonl." };
        var attempt = new Option<int?>("--attempt") { Description = "Fencing number; a lower one than the folder has seen is refused. Left out: that one again." };
        var threads = new Option<int?>("--threads") { Description = "Threads of one tensor operation. Left out: the number of cores." };
        var device = new Option<string>("--device") { Description = $"Where to compute: {ComputeDevice.Words}." };
        var reference = new Option<string?>("--reference") { Description = "Folder of the reference models' scores that runs share. Left out: the run scores all of its pairs." };
        var verb = new Command("train", "Trains as a run folder says, or goes on where an earlier attempt ended.") { run, attempt, threads, device, reference };
        verb.SetAction(parsed => Run(
            new RunFolder(parsed.GetRequiredValue(run)), parsed.GetValue(attempt), parsed.GetValue(threads), parsed.GetValue(device), parsed.GetValue(reference),
            parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error));
        return verb;
    }

    private static int Run(RunFolder folder, int? attempt, int? threads, string? device, string? reference, TextWriter output, TextWriter error)
    {
        if (!Directory.Exists(folder.Path)) throw new InvalidDataException($"{folder.Path}: found nothing, wanted a run folder");
        var number = attempt ?? folder.ReadLock()?.Attempt ?? 1;
        using var ownership = RunOwnership.TryTake(folder, number, out var refusal);
        if (ownership is null)
        {
            error.WriteLine(refusal);
            return WorkerExitCode.Owned;
        }

        var status = new StatusFile(folder, number);
        if (status.Last?.State == WorkerState.Succeeded)
        {
            output.WriteLine("This run has succeeded before; nothing is left to do.");
            return WorkerExitCode.Done;
        }

        return Run(folder, ownership, status, threads, device, reference, output, error);
    }

    private static int Run(RunFolder folder, RunOwnership ownership, StatusFile status, int? threads, string? device, string? reference, TextWriter output, TextWriter error)
    {
        var signalled = false;
        void OnSignal(PosixSignalContext signal) => (signal.Cancel, signalled) = (true, true);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        try
        {
            LibTorch.Load(threads);
            new TrainingRun(folder, ownership, status, ComputeDevice.Choose(device), reference, output, () => Volatile.Read(ref signalled) || File.Exists(folder.Stop)).Train();
            return WorkerExitCode.Done;
        }
        catch (SupersededException e)
        {
            error.WriteLine(e.Message);
            return WorkerExitCode.Owned;
        }
        catch (Exception e) when (e is InvalidDataException or TrainingDivergedException or NoRoomException || DurableFile.IsFull(e))
        {
            error.WriteLine(e.Message);
            status.Write(WorkerState.Failed, e.Message);
            return WorkerExitCode.BadInput;
        }
        catch (Exception e)
        {
            // The one place that catches everything: the trace belongs into the log, the exit code to the supervisor.
            error.WriteLine(e);
            return WorkerExitCode.Crashed;
        }
    }
}
