using System.Text.RegularExpressions;

namespace StepDpo.Engine.Devices;

/// <summary>One build of libtorch on this machine.</summary>
/// <param name="Origin">What it is part of, for people.</param>
/// <param name="Folders">Where its libraries and those that they need lie.</param>
public sealed partial record LibTorchBuild(string Origin, IReadOnlyList<string> Folders)
{
    /// <summary>Versions whose libraries hold all that TorchSharp 0.107 asks for (by their symbols).</summary>
    public static readonly IReadOnlyList<string> Versions = ["2.10", "2.11"];

    private const string PackageVersion = "2.10.0";
    private static readonly string[] Always = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];
    private static readonly string[] WithCuda = [.. Always, "libc10_cuda.so", "libtorch_cuda.so"];

    /// <summary>Whether it can use a GPU.</summary>
    public bool HasCuda => WithCuda.All(name => Find(name) is not null);

    /// <summary>A library's file; null where there is none.</summary>
    /// <param name="pattern">Its name, or a pattern of it.</param>
    public string? Find(string pattern) =>
        Folders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal)).FirstOrDefault();

    /// <summary>
    /// The build to use. A named folder comes before all. Where there is a GPU: NuGet's CUDA packages, then an installed PyTorch with
    /// CUDA. Else the CPU build, and where that is not here (a published program on another machine) any installed PyTorch.
    /// </summary>
    public static LibTorchBuild Choose(LibTorchPlaces places)
    {
        if (places.Named is { } named) return new LibTorchBuild($"the folder that {LibTorch.FolderVariable} names", [named, .. NvidiaBeside(named)]);
        var ofPython = places.PythonPrefixes.SelectMany(PyTorchsBelow).ToList();
        var cpu = new LibTorchBuild("the CPU build", [places.CpuBuild]);
        var withCuda = places.HasGpu ? new[] { OfPackages(places.PackageCache) }.Concat(ofPython).FirstOrDefault(build => build.HasCuda) : null;
        return withCuda ?? new[] { cpu }.Concat(ofPython).FirstOrDefault(build => build.IsWhole) ?? cpu;
    }

    private bool IsWhole => Always.All(name => Find(name) is not null);

    // The CUDA build is spread over packages, as each has a largest size; big libraries lie in that of the last of their pieces.
    private static LibTorchBuild OfPackages(string cache) => new("NuGet's CUDA packages", [.. Below(cache, "libtorch-cuda-*-linux-x64*").Select(package => Path.Combine(package, PackageVersion, "runtimes/linux-x64/native"))]);

    private static IEnumerable<LibTorchBuild> PyTorchsBelow(string prefix)
    {
        string[] packages = [.. Below(Path.Combine(prefix, "lib"), "python3*").Reverse().SelectMany(python => new[] { Path.Combine(python, "site-packages"), Path.Combine(python, "dist-packages") })];
        foreach (var folder in packages)
        {
            var libraries = Path.Combine(folder, "torch/lib");
            if (VersionOf(Path.Combine(folder, "torch/version.py")) is { } version && Versions.Any(known => version.StartsWith(known + ".", StringComparison.Ordinal)))
                yield return new LibTorchBuild($"PyTorch {version}", [libraries, .. NvidiaBeside(libraries)]);
        }
    }

    // PyTorch's own packages for pip leave NVIDIA's libraries to packages of NVIDIA, installed beside.
    private static IEnumerable<string> NvidiaBeside(string torchLibraries) =>
        Below(Path.GetFullPath(Path.Combine(torchLibraries, "../../nvidia")), "*").Select(package => Path.Combine(package, "lib"));

    private static string? VersionOf(string file) => File.Exists(file) && VersionLine().Match(File.ReadAllText(file)) is { Success: true } match ? match.Groups[1].Value : null;

    private static IEnumerable<string> Below(string folder, string pattern) =>
        Directory.Exists(folder) ? Directory.EnumerateDirectories(folder, pattern).Order(StringComparer.Ordinal) : [];

    [GeneratedRegex("""^__version__\s*=\s*['"]([^'"]+)['"]""", RegexOptions.Multiline)]
    private static partial Regex VersionLine();
}
