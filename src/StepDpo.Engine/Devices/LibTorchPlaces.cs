namespace StepDpo.Engine.Devices;

/// <summary>Where a libtorch may be. A value, so that what is chosen from it can be tried on any folders.</summary>
/// <param name="Named">The folder that somebody named; null: none.</param>
/// <param name="HasGpu">Whether an NVIDIA driver runs here: without one a libtorch with CUDA is worth nothing.</param>
/// <param name="PackageCache">NuGet's package cache.</param>
/// <param name="PythonPrefixes">Folders below which Python installations keep their packages, the most likely first.</param>
/// <param name="CpuBuild">The folder of the CPU build that this program was built with.</param>
public sealed record LibTorchPlaces(string? Named, bool HasGpu, string PackageCache, IReadOnlyList<string> PythonPrefixes, string CpuBuild)
{
    /// <summary>Of this process. No Python is started: folders say enough, and a <c>python3</c> on the path may be anybody's.</summary>
    /// <param name="cpuBuild">The folder of the CPU build.</param>
    public static LibTorchPlaces Here(string cpuBuild)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        // A virtual environment or an installation of its own on the path: its bin holds a python3.
        var onPath = (Variable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Where(folder => Path.IsPathRooted(folder) && File.Exists(Path.Combine(folder, "python3"))).Select(Path.GetDirectoryName);
        string?[] prefixes = [Variable("VIRTUAL_ENV"), Variable("CONDA_PREFIX"), .. onPath, Path.Combine(home, ".local"), "/usr/local", "/usr", "/opt/conda"];
        return new LibTorchPlaces(
            Variable(LibTorch.FolderVariable),
            HasGpu: File.Exists("/proc/driver/nvidia/version") || File.Exists("/dev/nvidiactl") || File.Exists("/dev/dxg"),
            PackageCache: Variable("NUGET_PACKAGES") ?? Path.Combine(home, ".nuget/packages"),
            PythonPrefixes: [.. prefixes.OfType<string>().Distinct()],
            cpuBuild);
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
