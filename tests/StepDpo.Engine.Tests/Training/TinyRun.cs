using System.Diagnostics;
using System.Security.Cryptography;
using StepDpo.Contracts;
using StepDpo.Contracts.Models;
using StepDpo.Contracts.Prompts;
using StepDpo.Contracts.Runs;

namespace StepDpo.Engine.Tests.Training;

/// <summary>A run folder, unless told otherwise over tiny-qwen2 and sixteen pairs: 8 steps, the last of each epoch with a single pair.</summary>
internal sealed class TinyRun : IDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly List<Process> _workers = [];
    private readonly string? _sharedReference;

    /// <param name="change">Other options.</param>
    /// <param name="validates">Whether three pairs are held out.</param>
    /// <param name="parent">Where the folder is made.</param>
    /// <param name="sharedReference">The cache of reference log-probabilities that runs share; null: none.</param>
    /// <param name="model">Another model.</param>
    /// <param name="pairs">Its pairs.</param>
    /// <param name="template">Its prompts.</param>
    public TinyRun(
        Func<TrainingOptions, TrainingOptions>? change = null, bool validates = false, string? parent = null, string? sharedReference = null,
        string? model = null, IReadOnlyList<PreferenceExample>? pairs = null, PromptTemplate? template = null)
    {
        _sharedReference = sharedReference;
        _folder = new TemporaryFolder(parent);
        Folder = new RunFolder(_folder.Path);
        var options = new TrainingOptions { LearningRate = 1e-3, BatchSize = 5, MicroBatchSize = 2, Epochs = 2, CheckpointEverySteps = 3, ValidateEverySteps = 3 };
        pairs ??= SixteenPairs();
        File.WriteAllText(Folder.Pairs, string.Concat(pairs.Select(pair => pair.ToJsonLine() + "\n")));
        if (validates) File.WriteAllText(Folder.Validation, string.Concat(pairs.Take(3).Select(pair => pair.ToJsonLine() + "\n")));
        RunFolder.WriteAtomically(Folder.Description, Description = new RunDescription
        {
            Name = "tiny",
            ModelFolder = model ?? Model,
            ModelSha256 = ModelFolder.WeightsSha256(model ?? Model),
            PairsSha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Folder.Pairs))),
            Template = template ?? PromptTemplate.Qwen2Boxed,
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

    private static IReadOnlyList<PreferenceExample> SixteenPairs()
    {
        var pairs = PreferenceExample.ReadFile(Shared.Golden("losses/pairs.jsonl"));
        return [.. pairs, .. pairs.Select(pair => pair with { Chosen = pair.Chosen + "\n" })];
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
