using System.Diagnostics;
using System.Text.Json;

namespace StepDpo.Bench.Contestants;

/// <summary>Somebody whose time is taken: a program with its arguments. Each turn is a process of its own, so that peak memory and caches are its own.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Program">The program.</param>
/// <param name="Arguments">Its arguments; it prints one JSON object as its last line.</param>
internal sealed record Contestant(string Name, string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>This program as a contestant (<see cref="ContestantVerb"/>).</summary>
    public static Contestant Ours(string name, params string[] arguments) =>
        new(name, Environment.ProcessPath!, [.. Host(), ContestantVerb.Name, .. arguments]);

    /// <summary><c>bench/baseline.py</c>, which the build copies beside this program.</summary>
    public static Contestant Baseline(string name, string python, params string[] arguments) =>
        new(name, python, [Path.Combine(AppContext.BaseDirectory, "baseline.py"), .. arguments]);

    /// <summary>Runs it once.</summary>
    /// <exception cref="InvalidOperationException">It failed; its own words are in the message.</exception>
    public Trial Run()
    {
        // Threads that wait do not spin: on a machine with other work that would take the processor from the one that works.
        using var process = Process.Start(new ProcessStartInfo(Program, Arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["OMP_WAIT_POLICY"] = "passive", ["GOMP_SPINCOUNT"] = "0" },
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        return process.ExitCode == 0 && lines.Length > 0
            ? JsonSerializer.Deserialize<Trial>(lines[^1], Trial.Json)!
            : throw new InvalidOperationException($"{Name} ended with {process.ExitCode}: {errors.Result}");
    }

    // Under a dotnet host the program is the host and the assembly its argument.
    private static string[] Host() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? ["exec", typeof(Contestant).Assembly.Location] : [];
}
