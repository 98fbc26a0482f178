using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace StepDpo.Engine.Devices;

/// <summary>
/// Loads libtorch before TorchSharp is touched. The libraries (450 MB) stay where they are: in the package cache, or in the
/// folder that <c>STEPDPO_LIBTORCH</c> names, which may be <c>torch/lib</c> of an installed PyTorch 2.10 or 2.11 (for CUDA,
/// <c>LD_LIBRARY_PATH</c> must name NVIDIA's libraries beside it).
/// </summary>
public static class LibTorch
{
    /// <summary>Environment variable naming the folder of libtorch_cpu.so.</summary>
    public const string FolderVariable = "STEPDPO_LIBTORCH";

    // The order matters: each library finds those before it already in the process. The others ship with CUDA builds only.
    private static readonly (string Name, bool Required)[] Libraries =
    [
        ("libgomp*.so.1", false), ("libc10.so", true), ("libtorch_cpu.so", true),
        ("libc10_cuda.so", false), ("libtorch_cuda.so", false), ("libtorch.so", true),
    ];

    private static readonly Lock Gate = new();
    private static bool _loaded;

    /// <summary>The folder that libtorch is, or will be, loaded from; empty when neither the variable nor the build names one.</summary>
    public static string Folder { get; } =
        Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } named ? named
        : typeof(LibTorch).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(attribute => attribute.Key == "LibTorchDirectory")?.Value ?? "";

    /// <summary>Whether that libtorch has CUDA.</summary>
    public static bool HasCuda => File.Exists(Path.Combine(Folder, "libtorch_cuda.so"));

    /// <summary>Loads libtorch once; later calls only set the number of threads, if one is given.</summary>
    /// <param name="threads">Threads of one operation; null leaves libtorch's own choice (the number of cores).</param>
    /// <exception cref="DllNotFoundException">A library is missing or does not load; the message names folder and file.</exception>
    public static void Load(int? threads = null)
    {
        lock (Gate)
        {
            if (!_loaded)
            {
                foreach (var (name, required) in Libraries) LoadLibrary(name, required);
                torch.InitializeDeviceType(DeviceType.CPU);
                _loaded = true;
            }

            if (threads is { } count) torch.set_num_threads(count);
        }
    }

    private static void LoadLibrary(string name, bool required)
    {
        var file = Directory.Exists(Folder) ? Directory.EnumerateFiles(Folder, name).FirstOrDefault() : null;
        if (file is null)
        {
            if (!required) return;
            throw new DllNotFoundException(
                $"{Path.Combine(Folder, name)}: not found; set {FolderVariable} to the folder that holds libtorch's libraries");
        }

        try
        {
            NativeLibrary.Load(file);
        }
        catch (DllNotFoundException e)
        {
            throw new DllNotFoundException($"{file}: does not load: {e.Message}", e);
        }
    }
}
