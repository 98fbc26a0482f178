using System.Diagnostics;
using System.Security.Cryptography;
using StepDpo.Contracts;
using StepDpo.Contracts.Models;
using StepDpo.Contracts.Prompts;
using StepDpo.Contracts.Runs;

namespace StepDpo.Engine.Tests.Training;

/// <summary>A run folder over tiny-qwen2 and sixteen pairs: 8 steps, the last of each epoch with a single pair.</summary>
internal sealed class TinyRun : IDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly List<Process> _workers = [];
    private readonly string? _sharedReference;

    public TinyRun(Func<TrainingOptions, TrainingOptions>? change = null, bool validates = false, string? parent = null, string? sharedReference = null)
    {
        _sharedReference = sharedReference;
        _folder = new TemporaryFolder(parent);
        Folder = new RunFolder(_folder.Path);
        var options = new TrainingOptions { LearningRate = 1e-3, BatchSize = 5, MicroBatchSize = 2, Epochs = 2, CheckpointEverySteps = 3, ValidateEverySteps = 3 };
        var pairs = PreferenceExample.ReadFile(Shared.Golden("losses/pairs.jsonl"));
        var bytes = string.Concat(pairs.Concat(pairs.Select(pair => pair with { Chosen = pair.Chosen + "\n" })).Select(pair => pair.ToJsonLine() + "\n"));
        File.WriteAllText(Folder.Pairs, bytes);
        if (validates) File.WriteAllText(Folder.Validation, string.Concat(pairs.Take(3).Select(pair => pair.ToJsonLine() + "\n")));
        RunFolder.WriteAtomically(Folder.Description, Description = new RunDescription
        {
            Name = "tiny",
            ModelFolder = Model,
            ModelSha256 = ModelFolder.WeightsSha256(Model),
            PairsSha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Folder.Pairs))),
            Template = PromptTemplate.Qwen2Boxed,
            Options = change is null ? options : change(options),
        });
    }

    public static string Model => Shared.Golden("models/tiny-qwen2");

    public RunFolder Folder { get; }

    public RunDescription Description { get; }

    /// <summary>Name of the weights after the last step.</summary>
    public string FinalSha256() => ModelFolder.WeightsSha256(Folder.Checkpoint(Folder.CheckpointSteps()[0]));

    /// <summary>
    /// Starts a real worker; its output goes to the run's log. It hears SIGINT even when the tests run in the background of a
    /// shell, which ignores it.
    /// </summary>
    /// <param name="attempt">Its number.</param>
    /// <param name="before">What the shell does first.</param>
    public Process Start(int attempt, string before = ":")
    {
        var worker = Path.Combine(AppContext.BaseDirectory, "StepDpo.Worker.dll");
        var host = Environment.GetEnvironmentVariable("STEPDPO_DOTNET") is { Length: > 0 } named ? named : Environment.ProcessPath!;
        var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", before + "; exec env --default-signal=INT \"$0\" exec \"$1\" train \"$2\" --attempt \"$3\" --threads 1 ${5:+--reference \"$5\"} >> \"$4\" 2>&1", host, worker, Folder.Path, $"{attempt}", Folder.Log, _sharedReference ?? ""]))!;
        _workers.Add(process);
        return process;
    }

    /// <summary>Runs an attempt to its end.</summary>
    public int Run(int attempt, string before = ":") => ExitCodeOf(Start(attempt, before));

    public static int ExitCodeOf(Process worker)
    {
        Assert.True(worker.WaitForExit(TimeSpan.FromMinutes(2)), "the worker does not end");
        return worker.ExitCode;
    }

    /// <summary>Waits until the worker has written so many steps, or has ended.</summary>
    public void WaitForStep(Process worker, int step)
    {
        var deadline = Stopwatch.StartNew();
        while (!worker.HasExited && Folder.ReadMetrics().Count < step)
        {
            if (deadline.Elapsed > TimeSpan.FromMinutes(2)) Assert.Fail($"step {step} does not come: {Log}");
            Thread.Sleep(2); // Polling: the process is outside.
        }
    }

    public static void Signal(Process worker, string signal)
    {
        using var kill = Process.Start("kill", [signal, $"{worker.Id}"]);
        kill.WaitForExit();
    }

    public string Log => File.ReadAllText(Folder.Log);

    public void Dispose()
    {
        foreach (var worker in _workers)
        {
            if (!worker.HasExited) worker.Kill();
            worker.WaitForExit();
            worker.Dispose();
        }

        _folder.Dispose();
    }
}
