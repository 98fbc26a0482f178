using System.Globalization;

namespace StepDpo.Core.Workers;

/// <summary>How worker processes are started on this machine.</summary>
public sealed record WorkerOptions
{
    /// <summary>Environment variable naming the dotnet host that can load libtorch (docs/decisions/0002).</summary>
    public const string HostVariable = "STEPDPO_DOTNET";

    /// <summary>Program and leading arguments; a verb and its own arguments follow.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Where models, runs and logs live, absolute.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Added niceness, 0 to 19: the site on the same machine goes first.</summary>
    public int Niceness { get; init; } = 10;

    /// <summary>Threads of one operation; null leaves libtorch's own choice (the number of cores).</summary>
    public int? Threads { get; init; }

    /// <summary>How long a worker may take to write its checkpoint after it was asked to stop; then it is killed.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A training worker that writes nothing into its folder for this long hangs, and is replaced.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a model may take to load before it answers.</summary>
    public TimeSpan LoadLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A serving worker ends by itself when its parent has not been heard of for this long.</summary>
    public TimeSpan ServeIdleExit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Parent of the run folders.</summary>
    public string RunsFolder => Path.Combine(DataFolder, "runs");

    /// <summary>Parent of the model folders.</summary>
    public string ModelsFolder => Path.Combine(DataFolder, "models");

    /// <summary>Where training runs share the reference models' scores.</summary>
    public string ReferenceFolder => Path.Combine(DataFolder, "reference");

    /// <summary>Parent of the logs of serving workers.</summary>
    public string LogsFolder => Path.Combine(DataFolder, "logs");

    /// <summary>The command for a worker's assembly: <c>$STEPDPO_DOTNET exec StepDpo.Worker.dll</c>.</summary>
    public static IReadOnlyList<string> CommandFor(string assembly) =>
        [Environment.GetEnvironmentVariable(HostVariable) is { Length: > 0 } host ? host : "dotnet", "exec", Path.GetFullPath(assembly)];

    /// <summary>The whole command line: niced, then the program, then <paramref name="arguments"/>.</summary>
    internal IReadOnlyList<string> CommandLine(params IReadOnlyList<string> arguments) =>
        [.. Niceness > 0 ? ["nice", "-n", Niceness.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>(), .. Command, .. arguments];
}
