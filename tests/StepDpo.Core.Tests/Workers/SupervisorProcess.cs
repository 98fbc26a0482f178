using System.Diagnostics;
using System.Runtime.CompilerServices;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Workers;

namespace StepDpo.Core.Tests.Workers;

/// <summary>A supervisor that a test can kill -9: this very assembly, started again, which starts a worker and waits.</summary>
internal static class SupervisorProcess
{
    private const string Variable = "STEPDPO_TEST_SUPERVISE";

    /// <summary>Starts it and waits until its worker owns the folder.</summary>
    public static Process Start(RunFolder folder, WorkerOptions options)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add("exec");
        if (start.ArgumentList.Count > 0) start.ArgumentList.Add(typeof(SupervisorProcess).Assembly.Location);
        start.Environment[Variable] = string.Join('\n', [folder.Path, .. options.Command]);
        var process = Process.Start(start)!;
        Assert.Equal("started", process.StandardOutput.ReadLine());
        return process;
    }

    // A module initializer: xunit writes the entry point.
    [ModuleInitializer]
    internal static void SuperviseIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } order) return;
        var words = order.Split('\n');
        var options = new WorkerOptions { Command = words[1..], DataFolder = Path.GetTempPath(), Niceness = 0 };
        using var worker = new TrainingLauncher(options).StartOrAdoptAsync(new RunFolder(words[0]), attempt: 1).GetAwaiter().GetResult();
        Console.WriteLine("started");
        Console.In.Read(); // Ends with the test at the latest.
        Environment.Exit(0);
    }
}
